import pickle
import shutil
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from bratsfuse.issues import Severity
from bratsfuse.records import SliceId
from bratsfuse.submission import (
    Expected,
    SubmissionRecord,
    read_submission,
    write_submission,
)
from bratsfuse.submission.findings import Findings, printable

SHAPE = (14, 14)
IDS = tuple(SliceId("BraTS2021_00003", z) for z in range(70, 76))
EXPECTED = Expected(
    split="test",
    fingerprint="0" * 64,
    ids=IDS,
    patients=("3",) * 6,
    image_shape=SHAPE,
    labels=frozenset({0, 1, 2, 3}),
)
RECORD = SubmissionRecord(name="toy", tracks=("fusion", "segmentation"))
RNG = np.random.default_rng(2)
FUSED = RNG.integers(0, 256, (6, *SHAPE), dtype=np.uint8)
MASK = RNG.integers(0, 4, (6, *SHAPE), dtype=np.uint8)


def written(target, order=range(6), mask=MASK):
    ids = [IDS[row] for row in order]
    tracks = {"fusion": FUSED[list(order)], "segmentation": mask[list(order)]}
    write_submission(target, RECORD, ids, tracks)
    return target


def as_pngs(target):
    for name, images in (("fused", FUSED), ("mask", MASK)):
        (target / name).mkdir(parents=True)
        for one, image in zip(IDS, images, strict=True):
            Image.fromarray(image).save(target / name / f"{one}.png")
    text = 'name = "toy"\ntracks = ["fusion", "segmentation"]\n'
    (target / "submission.toml").write_text(text)
    return target


def as_zip(folder, top=""):
    path = folder.with_name(f"{folder.name}{len(top)}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part in sorted(folder.rglob("*")):
            file.write(part, top + part.relative_to(folder).as_posix())
    return path


def contiguous(target):
    with h5py.File(target, "w") as file:
        file["case_id"] = np.array([one.case for one in IDS], "S40")
        file["slice_index"] = np.array([one.z for one in IDS], np.uint64)
        file["fused"] = FUSED
        file.create_dataset(
            "mask", data=MASK, chunks=(4, 5, 14), compression="lzf", fletcher32=True
        )
    return target


FORMS = {
    "folder": lambda path: written(path),
    "other order": lambda path: written(path, order=(3, 1, 5, 0, 2, 4)),
    "zip": lambda path: as_zip(written(path)),
    "zip of a folder": lambda path: as_zip(written(path), "toy/"),
    "bare HDF5": lambda path: written(path) / "predictions.h5",
    "other HDF5": lambda path: contiguous(path),
    "PNG": lambda path: as_pngs(path),
    "zip of PNG": lambda path: as_zip(as_pngs(path), "toy/"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_images_and_digest(form, tmp_path):
    written(tmp_path / "plain")
    with read_submission(tmp_path / "plain", EXPECTED) as plain:
        digest = plain.sha256
    with read_submission(FORMS[form](tmp_path / "one"), EXPECTED) as reading:
        assert reading.issues == ()
        assert reading.sha256 == digest
        assert reading.record.tracks == ("fusion", "segmentation")
        for track, images in (("fusion", FUSED), ("segmentation", MASK)):
            staged = reading.staged[track]
            assert staged.present.all()
            assert all((staged[row] == images[row]).all() for row in range(6))


def test_another_pixel_gives_another_digest(tmp_path):
    changed = MASK.copy()
    changed[2, 3, 4] = (changed[2, 3, 4] + 1) % 4
    written(tmp_path / "a")
    written(tmp_path / "b", mask=changed)
    with (
        read_submission(tmp_path / "a", EXPECTED) as one,
        read_submission(tmp_path / "b", EXPECTED) as other,
    ):
        assert one.sha256 != other.sha256


def test_images_and_masks_may_be_in_different_forms(tmp_path):
    as_pngs(tmp_path / "mixed")
    shutil.rmtree(tmp_path / "mixed" / "fused")
    contiguous(tmp_path / "mixed" / "predictions.h5")
    with h5py.File(tmp_path / "mixed" / "predictions.h5", "r+") as file:
        del file["mask"]
    with read_submission(tmp_path / "mixed", EXPECTED) as reading:
        assert reading.issues == ()
        assert set(reading.staged) == {"fusion", "segmentation"}


def test_what_is_missing_is_counted_and_the_rest_is_there(tmp_path):
    written(tmp_path / "part", order=(0, 4))
    with read_submission(tmp_path / "part", EXPECTED) as reading:
        codes = [(issue.code, issue.where) for issue in reading.issues]
        assert codes == [
            ("missing-predictions", "fused"),
            ("missing-predictions", "mask"),
        ]
        assert "4 of 6" in reading.issues[0].message
        assert "BraTS2021_00003_z071" in reading.issues[0].message
        present = reading.staged["fusion"].present
        assert present.tolist() == [True, False, False, False, True, False]


def test_staged_images_travel_without_their_mapping(tmp_path):
    written(tmp_path / "one")
    with read_submission(tmp_path / "one", EXPECTED) as reading:
        staged = reading.staged["fusion"]
        assert (staged[1] == FUSED[1]).all()
        content = pickle.dumps(staged)
        assert len(content) < 1000
        assert (pickle.loads(content)[1] == FUSED[1]).all()  # noqa: S301  (our own)


def test_a_misspelt_id_is_told_with_the_one_that_was_meant(tmp_path):
    ids = [*IDS[:5], SliceId(" brats2021_00003", 75)]
    tracks = {"fusion": FUSED, "segmentation": MASK}
    write_submission(tmp_path / "one", RECORD, ids, tracks)
    with read_submission(tmp_path / "one", EXPECTED) as reading:
        told = next(i.message for i in reading.issues if i.code == "unknown-id")
    assert "did you mean 'BraTS2021_00003_z075'" in told


@pytest.mark.parametrize(
    ("array", "hint"),
    [
        (np.moveaxis(MASK, 0, -1), "np.moveaxis(array, -1, 0)"),
        (MASK[None], "array[0]"),
        (MASK[:5], "columns-disagree"),
        (MASK[..., None], "array[..., 0]"),
        (MASK[:, None], "array[:, 0]"),
        (np.stack([MASK] * 4, 1), "array.argmax(1)"),
        (MASK.astype(np.int64), "astype(np.uint8)"),
        (MASK / 7, "most probable label"),
        (np.where(MASK == 3, 4, MASK).astype(np.uint8), "write 3 for enhancing"),
        (np.where(MASK > 0, 255, 0).astype(np.uint8), "255"),
    ],
)
def test_a_wrong_array_is_told_with_its_cure(array, hint, tmp_path):
    contiguous(tmp_path / "one.h5")
    with h5py.File(tmp_path / "one.h5", "r+") as file:
        del file["mask"]
        file["mask"] = array
    with read_submission(tmp_path / "one.h5", EXPECTED) as reading:
        assert hint in " ".join(map(str, reading.issues))


def test_problems_of_a_kind_become_one_line():
    findings = Findings()
    for number in range(408):
        findings.add("bad-id", "mask", "{count} ids", example=f"a{number}")
    (issue,) = findings.issues()
    assert issue.severity is Severity.ERROR
    assert issue.message.startswith("408 ids (a0, a1, ...); ")


def test_endless_problems_are_cut():
    findings = Findings()
    for number in range(1000):
        findings.add("bad-id", f"place {number}", "x")
    issues = findings.issues()
    assert len(issues) == 201
    assert issues[-1].code == "more-problems"
    assert "800 more" in issues[-1].message


def test_a_strangers_text_cannot_command_a_terminal():
    assert printable("a\x1b[2J\n\u202e") == "a\\u001b[2J\\n\\u202e"
    assert len(printable("x" * 10_000)) < 400
