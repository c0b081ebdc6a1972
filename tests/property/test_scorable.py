"""No submission is between refused and scorable, whatever folder is handed in.

What `check` calls valid `evaluate` scores, what it refuses `evaluate` refuses in the
same words; neither ends in any other way.
"""

import json
import shutil
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from bratsfuse.evaluation.pipeline import evaluate
from bratsfuse.evaluation.settings import Settings
from bratsfuse.issues import errors_in
from bratsfuse.release import read_manifest
from bratsfuse.submission import expected_of, parse, read
from bratsfuse.submission.check import check

TRACKS = ("fusion", "segmentation")
COLUMNS = dict(zip(TRACKS, ("fused", "mask"), strict=True))
PLACES = {
    "png": "{track}/{id}.png",
    "jpg": "{track}/{id}.jpg",
    "nifti": "{track}/{case}.nii.gz",
    "other folder": "{track}s/{id}.png",
    "folder per case": "{track}/{case}/{id}.png",
    "case folders": "{case}/{track}_{id}.png",
    "suffix": "{track}/{id}_pred.png",
    "array": "{track}.npy",
    "top": "{id}.png",
}
"""Form of a track -> names of its files; only the first is one that is read."""
FORMS = st.sampled_from(["none", "hdf5", "hdf5", "png", "png", *PLACES])
ROWS = st.sampled_from(["all", "all", "all", "some", "none", "doubled"])
PIXELS = st.sampled_from(["good", "good", "constant", "bad label", "float", "turned"])
TRACK = st.tuples(FORMS, ROWS, PIXELS)
RECORDS = st.sampled_from(
    [
        *(2 * [["fusion"], ["segmentation"], ["fusion", "segmentation"]]),
        [],
        ["fusion", "fusion"],
        None,
    ]
)
EXTRAS = st.sets(
    st.sampled_from([".DS_Store", "pred.zip", "notes.txt", "mask/.DS_Store", "more/"])
)
WRAPPED = st.sampled_from(["folder", "folder", "zip", "inside", "bare"])


@pytest.fixture(scope="module", autouse=True)
def read_here():
    """Read in this process: a child for each example would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "limit_process", lambda *_: None)
        patch.setattr(read, "run_parser", lambda work, *_: parse.main(work))
        yield


def pixels_of(kind, track, row, size):
    rng = np.random.default_rng(row)
    image = rng.integers(1 if track == "fusion" else 0, 4, size).astype(np.uint8)
    if kind == "constant":
        return np.zeros_like(image)
    if kind == "bad label":
        return image * 60
    if kind == "float":
        return image / 4
    return np.ascontiguousarray(image[::-1]) if kind == "turned" else image


def handed_in(folder, record, tracks, extras, wrapped, split):
    """Write a submission of any form; return its path."""
    ids, size = split
    inner = folder / "inside" / "one"
    inner.mkdir(parents=True)
    if record is not None:
        text = f'name = "x"\ntracks = {json.dumps(record)}\n'
        (inner / "submission.toml").write_text(text)
    columns = {}
    for track, (form, rows, kind) in zip(TRACKS, tracks, strict=True):
        chosen = {"all": ids, "some": ids[1:], "none": [], "doubled": [*ids, ids[0]]}
        images = [pixels_of(kind, track, i, size) for i in range(len(chosen[rows]))]
        if form == "hdf5":
            columns[COLUMNS[track]] = (chosen[rows], images)
        elif form != "none":
            for one, image in zip(chosen[rows], images, strict=True):
                name = PLACES[form].format(track=COLUMNS[track], id=one, case=one.case)
                path = inner / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix in (".png", ".jpg"):
                    Image.fromarray(image.astype(np.uint8)).save(path)
                else:
                    path.write_bytes(b"something")
    if columns:
        rows = next(iter(columns.values()))[0]
        with h5py.File(inner / "predictions.h5", "w") as file:
            file["case_id"] = np.array([one.case for one in rows], "S64")
            file["slice_index"] = np.array([one.z for one in rows], np.int64)
            for name, (_, images) in columns.items():
                file[name] = np.array(images).reshape(-1, *size)
    for name in extras:
        path = inner / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_bytes(b"x")
    if wrapped == "zip":
        return Path(shutil.make_archive(str(folder / "packed"), "zip", inner))
    if wrapped == "bare" and columns:
        return inner / "predictions.h5"
    return inner.parent if wrapped == "inside" else inner


def by_kind(issues):
    return {(issue.code, issue.where) for issue in errors_in(issues)}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    record=RECORDS,
    tracks=st.tuples(TRACK, TRACK),
    extras=EXTRAS,
    wrapped=WRAPPED,
    lenient=st.booleans(),
)
@example(["fusion"], (("jpg", "all", "good"), ("none",) * 3), set(), "folder", False)
@example(["fusion"], (("hdf5", "none", "good"), ("none",) * 3), set(), "bare", True)
@example(["fusion"], (("none",) * 3, ("none",) * 3), {".DS_Store"}, "folder", True)
@example(
    list(TRACKS), (("png", "all", "good"), ("jpg", "all", "good")), set(), "zip", True
)
@example(
    list(TRACKS), (("png", "all", "good"), ("png", "some", "good")), set(), "zip", True
)
def test_what_is_called_valid_is_scored_and_nothing_else(
    built_toy_release, record, tracks, extras, wrapped, lenient
):
    manifest = read_manifest(built_toy_release)
    expected = expected_of(built_toy_release, manifest, "test")
    split = expected.ids, expected.image_shape
    with tempfile.TemporaryDirectory() as name:
        path = handed_in(Path(name), record, tracks, extras, wrapped, split)
        found = check(path, built_toy_release, "test")
        result = evaluate(path, built_toy_release, Settings(allow_missing=lenient))
    errors = by_kind(found.issues)
    if lenient:
        errors = {one for one in errors if one[0] != "missing-predictions"}
    assert (result.report.status == "scored") == (not errors)
    assert by_kind(result.report.issues) == errors
    for issue in found.issues:
        assert "; " in issue.message, f"no fix: {issue}"
        assert "\n" not in str(issue)
    if not errors:
        assert set(result.report.coverage) == set(found.record.tracks)
        assert all(part.scored for part in result.report.coverage.values())


def test_where_labels_are_hidden_check_says_who_can_score(toy_release, tmp_path):
    """Such a submission is valid, and nobody but the organiser scores its masks."""
    expected = expected_of(toy_release, read_manifest(toy_release), "test")
    tracks = (("none",) * 3, ("png", "all", "good"))
    split = expected.ids, expected.image_shape
    path = handed_in(tmp_path, ["segmentation"], tracks, set(), "folder", split)
    before = check(path, toy_release, "test").issues
    with h5py.File(toy_release / "data" / "test.h5", "r+") as file:
        del file["mask"]
    found = check(path, toy_release, "test").issues
    assert errors_in(found) == []
    (new,) = [issue for issue in found if issue.code == "labels-withheld"]
    assert "--key" in new.message
    assert not [issue for issue in before if issue.code == "labels-withheld"]
