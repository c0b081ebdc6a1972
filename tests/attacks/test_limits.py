"""The reading process ends at its limits, and nothing that it says is believed."""

import json
import zlib

import h5py
import numpy as np
import pytest
from toy_submission import EXPECTED, MASK, Place

from bratsfuse.records import SliceId
from bratsfuse.submission import Expected, Limits, read, read_submission
from bratsfuse.submission.limits import MIB

pytestmark = pytest.mark.usefixtures("new_process")


def codes(path, expected=EXPECTED, **limits):
    with read_submission(path, expected, limits=Limits(**limits)) as reading:
        return {issue.code for issue in reading.issues}


def large(shape):
    return Expected(
        split="test",
        fingerprint="0" * 64,
        ids=(SliceId("a", 1),),
        patients=("a",),
        image_shape=shape,
        labels=frozenset({0, 1}),
    )


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "submission", tmp_path / "secret.h5")


def test_a_small_file_that_takes_long_to_unpack_is_too_slow(tmp_path, monkeypatch):
    """Every row is allowed, and all are the same few bytes."""
    # A busy machine may need minutes for the second of work that is allowed.
    monkeypatch.setattr("bratsfuse.submission.read.WALL", 600)
    path, rows, shape = tmp_path / "slow.h5", 20, (2000, 2000)
    bomb = zlib.compress(np.full(shape, 0.5).tobytes(), 1)
    with h5py.File(path, "w") as file:
        file["case_id"] = ["a"] * rows
        file["slice_index"] = np.arange(rows)
        made = file.create_dataset(
            "mask", (rows, *shape), np.float64, chunks=(1, *shape), compression="gzip"
        )
        for row in range(rows):
            made.id.write_direct_chunk((row, 0, 0), bomb)
    limits = {"seconds": 1, "seconds_per_slice": 0}
    assert codes(path, large(shape), **limits) == {"too-slow"}


def test_a_file_that_needs_much_memory_is_refused(tmp_path):
    path, shape = tmp_path / "wide.h5", (4000, 4000)
    with h5py.File(path, "w") as file:
        file["case_id"] = ["a"]
        file["slice_index"] = np.array([1])
        file["mask"] = np.zeros((1, *shape))
    assert codes(path, large(shape), memory_bytes=400 * MIB) == {"out-of-memory"}


def answering(monkeypatch, text):
    """Let the reading process be one that has been taken over."""
    code = f"import sys, pathlib; pathlib.Path(sys.argv[1], 'answer.json').{text}"
    monkeypatch.setattr(read, "START", code)


@pytest.mark.parametrize(
    "code",
    ["import os; os.abort()", "import os; os.kill(os.getpid(), 11)", "pass"],
)
def test_a_reader_that_dies_is_one_clear_problem(code, monkeypatch, place):
    monkeypatch.setattr(read, "START", code)
    assert codes(place.folder()) == {"reader-died"}


@pytest.mark.parametrize(
    "answer",
    ["", "null", "{}", "[" * 100000, '{"issues": 1, "present": {}, "record": null}'],
)
def test_an_answer_of_another_form_is_not_taken(answer, monkeypatch, place):
    answering(monkeypatch, f"write_text({answer!r})")
    assert codes(place.folder()) == {"reader-died"}


def test_an_answer_without_end_is_not_read(monkeypatch, place):
    answering(monkeypatch, "write_bytes(b' ' * 20_000_000)")
    assert codes(place.folder()) == {"reader-died"}


def test_an_answer_that_links_to_another_file_is_not_read(monkeypatch, place):
    target = place.root.parent / "answer.json"
    target.write_text('{"issues": [], "present": {}, "record": null}')
    answering(monkeypatch, f"symlink_to({str(target)!r})")
    assert codes(place.folder()) == {"reader-died"}


def test_what_an_answer_says_is_checked(monkeypatch, place):
    bad = {
        "issues": [{"severity": "note", "code": "bad-label", "message": "\x1b[2J"}],
        "present": {"segmentation": [-1, 2, 99, 10**30]},
        "record": {"name": "\x1b[2J", "tracks": ["fusion"]},
    }
    answering(monkeypatch, f"write_text({json.dumps(bad)!r})")
    with read_submission(place.folder(), EXPECTED) as reading:
        assert [issue.severity for issue in reading.issues[:1]] == ["error"]
        assert all(str(issue).isprintable() for issue in reading.issues)
        assert reading.record is None
        present = reading.staged["segmentation"].present
        assert present.tolist() == [False, False, True, False]


def test_nothing_is_left_behind(place, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "work"))
    (tmp_path / "work").mkdir()
    place.folder(mask=MASK[:3])
    with read_submission(place.root, EXPECTED):
        assert any((tmp_path / "work").iterdir())
    assert not any((tmp_path / "work").iterdir())
