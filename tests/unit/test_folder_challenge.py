"""The label values of a challenge's own files, and ours turned into them."""

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    ornt_transform,
)

from bratsfuse.anatomy import Label
from bratsfuse.folder_scores.challenge import (
    coding_of_files,
    in_file_order,
    score_challenge,
)
from bratsfuse.folder_scores.label_file import read_labels
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.of_segmentation import find_challenge


@pytest.mark.parametrize("name", segmentation.CHALLENGES)
def test_the_coding_has_the_labels_of_the_challenge(name):
    coding = coding_of_files(name)
    values = find_challenge(name).labels - {0}
    assert values <= set(coding.labels)
    for group, label in {"et": Label.ET, "ed": Label.ED, "cc": Label.CC}.items():
        for own, labels in find_challenge(name).groups.items():
            if own.lower() == group:
                assert {coding.labels[value] for value in labels} == {label}


def test_canonical_labels_become_those_of_paediatric_files():
    reference = np.zeros((9, 12, 12), np.uint8)
    reference[2:7, 2:9, 2:9] = Label.ED
    reference[3:6, 3:6, 3:6] = Label.ET
    stored = np.where(reference == Label.ET, 1, np.where(reference, 4, 0))
    found = score_challenge(
        reference, reference, (1, 1, 1), "brats2026-ped", as_stored=False
    )
    wanted = segmentation.challenge_scores(
        *[stored.astype(np.uint8)] * 2, "brats2026-ped"
    )
    for group, scores in found.items():
        for key, value in scores.items():
            assert value == pytest.approx(wanted[group][key], nan_ok=True)
    assert found["et"]["tp"] == found["ed"]["tp"] == 1
    assert found["netc"]["tp"] == 0


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PSL", "AIR"])
def test_volumes_get_the_axes_of_their_file(tmp_path, codes):
    """The scripts number lesions in the order of the file, which some values show."""
    affine = np.diag([-1.0, -2.0, 3.0, 1.0])
    turn = ornt_transform(axcodes2ornt("LPS"), axcodes2ornt(codes))
    stored = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    to_lps = inv_ornt_aff(turn, stored.shape)
    volume = nib.Nifti1Image(apply_orientation(stored, turn), affine @ to_lps)
    nib.save(volume, tmp_path / "labels.nii.gz")
    file = read_labels(tmp_path / "labels.nii.gz")
    assert file.orientation == codes
    np.testing.assert_array_equal(file.labels, stored.T)
    first, second, spacing = in_file_order(
        file.labels, file.labels, file.spacing_mm, codes
    )
    in_file = np.asarray(volume.dataobj)
    np.testing.assert_array_equal(first, in_file.T)
    np.testing.assert_array_equal(second, in_file.T)
    assert spacing == volume.header.get_zooms()[::-1]
