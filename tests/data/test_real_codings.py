"""Real masks of 2018 are coded 0, 1, 2, 4: refused unless that is said."""

import nibabel as nib
import numpy as np
import pytest

from bratsfuse.anatomy.recoding import recode
from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import segmentation
from bratsfuse.raw import read_volume_file

pytestmark = pytest.mark.data


@pytest.mark.parametrize("case", ["Brats18_TCIA01_201_1", "Brats18_CBICA_AQN_1"])
def test_enhancing_tumour_of_2018_is_scored_by_its_coding_alone(real_data, case):
    (path,) = (real_data / "brats2018" / case).glob("*_seg.nii*")
    volume = read_volume_file(path)
    reference = volume.data
    prediction = np.where(reference == 4, 0, reference)
    with pytest.raises(InvalidInputError, match="4 without 3 is ambiguous"):
        segmentation.evaluate(reference, prediction)
    given = {"spacing_mm": volume.spacing_mm, "metrics": ["dice", "hd95"]}
    stated = segmentation.evaluate(reference, prediction, coding="brats2018", **given)
    ours = [recode(mask, "brats2018") for mask in (reference, prediction)]
    assert stated == segmentation.evaluate(*ours, **given)
    assert stated["ET"]["dice"] == 0.0
    assert stated["TC"]["dice"] < 1.0
    assert volume.spacing_mm == tuple(map(float, nib.load(path).header.get_zooms()[:3]))
