"""Whoever reads a mask refuses labels without a meaning: they are no background."""

import h5py
import pytest

from bratsfuse import BraTSFuse
from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.evaluation.references import references_of
from bratsfuse.experiments.fidelity import lesion_fidelity
from bratsfuse.methods import predict, segment_folders
from bratsfuse.release import read_manifest
from bratsfuse.training.slices import Slices


def put(release, split, value):
    """Write a value into the last mask of a split, as its digests do not allow."""
    with h5py.File(release / "data" / f"{split}.h5", "r+") as file:
        masks = file["mask"]
        mask = masks[len(masks) - 1]
        mask[5, 5] = value
        masks[len(masks) - 1] = mask
        return len(masks) - 1


def read_from_disk(release, split, row):
    return BraTSFuse(release, split, in_memory=False)[row]


def read_into_memory(release, split, row):
    return BraTSFuse(release, split, in_memory=True)[row]


def read_as_a_column(release, split, row):
    slices = Slices(release, split, ["t1ce", "flair"])
    return slices.batch([row])


def read_to_score(release, split, row):
    references, origin = references_of(release, read_manifest(release), split, None)
    assert origin == "public"
    return references[row]


def read_to_find_lesions(release, split, row):
    return lesion_fidelity(release, "laplacian", split)


READERS = [
    read_from_disk,
    read_into_memory,
    read_as_a_column,
    read_to_score,
    read_to_find_lesions,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("value", [4, 7, 255])
def test_a_mask_of_a_release_has_no_other_labels_than_it_says(toy_release, read, value):
    split = "train"
    row = put(toy_release, split, 1)
    read(toy_release, split, row)
    put(toy_release, split, value)
    with pytest.raises(
        ReleaseError, match=f"row {row} of column mask contains {value};"
    ):
        read(toy_release, split, row)


THEIRS = """
import numpy as np
from bratsfuse.anatomy import Modality
from bratsfuse.baselines import Baseline

def predict(images):
    flair = next(iter(images.values()))
    return {"segmentation": (flair > 0).astype(np.uint8) * np.uint8(LABEL)}

MODEL = Baseline(summary="theirs", tracks=("segmentation",),
                 sources=(Modality.FLAIR,), predict=predict)
"""


@pytest.fixture
def method_that_predicts(tmp_path, monkeypatch):
    """Return the name of a third party's method that predicts one label."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(label):
        text = THEIRS.replace("LABEL", str(label))
        (tmp_path / f"theirs_{label}.py").write_text(text)
        return f"theirs_{label}:MODEL"

    return written


@pytest.mark.parametrize("value", [4, 9])
def test_a_method_that_predicts_other_labels_writes_no_submission(
    built_toy_release, method_that_predicts, tmp_path, value
):
    predict(method_that_predicts(3), built_toy_release, tmp_path / "good")
    with pytest.raises(
        InvalidInputError, match=f"predicted the labels {value}; expected 0, 1, 2, 3"
    ):
        predict(method_that_predicts(value), built_toy_release, tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_a_method_that_predicts_no_labels_writes_no_masks_of_own_images(
    built_toy_release, method_that_predicts, tmp_path
):
    flair = tmp_path / "flair"
    flair.mkdir()
    for path in sorted((built_toy_release.parent / "raw").rglob("*_flair.nii.gz"))[:1]:
        (flair / path.name).write_bytes(path.read_bytes())
    sources = {Modality.FLAIR: flair}
    segment_folders(method_that_predicts(4), sources, tmp_path / "good")
    with pytest.raises(InvalidInputError, match="1 label outside the coding, 9"):
        segment_folders(method_that_predicts(9), sources, tmp_path / "bad")
    assert not (tmp_path / "bad").exists()
