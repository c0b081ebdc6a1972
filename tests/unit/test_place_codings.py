"""What files beside masks say their labels mean, and where they are looked for."""

import json

import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.place_codings import find_codings
from bratsfuse.folder_scores.places import Place, find_place
from bratsfuse.raw.coding_beside import coding_beside

NNUNET = {"labels": {"background": 0, "edema": 1, "necrosis": 2, "enhancing": 3}}


def folder_of(root, name, said_in=None):
    """Return a folder with a mask; a file in a folder says what labels mean."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / f"{folder.name}.nii").touch()
    if said_in is not None:
        (root / said_in / "dataset.json").write_text(json.dumps(NNUNET))
    return folder


@pytest.mark.parametrize(
    ("name", "said_in", "found"),
    [
        ("a", "a", True),
        ("a", ".", False),
        ("labelsTr", ".", True),
        ("gt_segmentations", ".", True),
        ("fold_0/validation", ".", True),
        ("fold_0/validation", "fold_0", False),
        ("other/validation", ".", False),
    ],
)
def test_nnunet_puts_the_file_beside_or_above(tmp_path, name, said_in, found):
    coding = coding_beside(folder_of(tmp_path, name, said_in))
    assert (coding is not None) == found
    assert not found or list(coding.labels) == [1, 2, 3]


def test_one_place_in_two_codings_is_refused(tmp_path):
    folders = [folder_of(tmp_path, "a", "a"), folder_of(tmp_path, "b")]
    pattern = find_place(tmp_path / "*" / "*.nii")
    assert len(pattern.files) == len(folders)
    with pytest.raises(InvalidInputError, match="pass --reference-coding"):
        find_codings(pattern, {}, coding=None, reference_coding=None)
    found = find_codings(pattern, {}, coding="brats2018", reference_coding=None)
    assert found.reference.name == "brats2018"
    assert not found.issues


def test_what_is_stated_comes_before_files_and_these_before_the_challenge(tmp_path):
    said = find_place(folder_of(tmp_path, "a", "a"))
    plain = Place(tmp_path / "b", {"x": tmp_path / "b" / "x.nii"})
    found = find_codings(
        plain,
        {"reference": said, "two": plain},
        coding=None,
        reference_coding="brats2021",
        challenge="brats2025-ped",
    )
    assert found.reference.name == "brats2021"
    assert found.methods["reference"].name.endswith("dataset.json")
    assert found.methods["two"].name == "brats2025-ped"
    codes = sorted(issue.code for issue in found.issues)
    assert codes == ["coding-beside", "coding-of-challenge"]
