"""Damaged submissions: reading one always ends, with an answer or by its limits."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bratsfuse.records import SliceId
from bratsfuse.submission import SubmissionRecord, write_submission

SCRIPT = Path(__file__).with_name("submission_fuzz_batch.py")
SHAPE = (12, 10)
IDS = [SliceId("BraTS2021_00003", z) for z in (70, 71, 72)]
RECORD = SubmissionRecord(name="toy", tracks=("fusion", "segmentation"))
IMAGES = np.random.default_rng(1).integers(0, 4, (3, *SHAPE), dtype=np.uint8)

EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
    min_size=1,
    max_size=12,
)
DAMAGE = st.tuples(EDITS, st.one_of(st.none(), st.floats(0, 1)))
"""Bytes to overwrite, by relative place, and where to cut the file."""


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """Kind of file -> a valid submission, and the file in it that is to be damaged."""
    folder = tmp_path_factory.mktemp("valid")
    tracks = {"fusion": iter(IMAGES), "segmentation": iter(IMAGES)}
    write_submission(folder / "hdf5", RECORD, IDS, tracks)
    shutil.make_archive(str(folder / "zip" / "toy"), "zip", folder / "hdf5")
    for name in ("fused", "mask"):
        (folder / "png" / name).mkdir(parents=True)
        for one, image in zip(IDS, IMAGES, strict=True):
            Image.fromarray(image).save(folder / "png" / name / f"{one}.png")
    shutil.copy(folder / "hdf5" / "submission.toml", folder / "png")
    shutil.copytree(folder / "hdf5", folder / "toml")
    shutil.copytree(folder / "hdf5", folder / "old_hdf5")
    with h5py.File(folder / "old_hdf5" / "predictions.h5", "w") as file:
        file["case_id"] = np.array([one.case for one in IDS], "S20")
        file["slice_index"] = [one.z for one in IDS]
        for name in ("fused", "mask"):
            file.create_dataset(
                name, data=IMAGES, chunks=(2, 7, 7), compression="lzf", shuffle=True
            )
    return {
        "hdf5": folder / "hdf5" / "predictions.h5",
        "old_hdf5": folder / "old_hdf5" / "predictions.h5",
        "zip": folder / "zip" / "toy.zip",
        "png": folder / "png" / "mask" / f"{IDS[0]}.png",
        "toml": folder / "toml" / "submission.toml",
    }


def damaged(content, damage):
    edits, end = damage
    changed = bytearray(content)
    for place, value in edits:
        changed[int(place * len(changed))] = value
    return bytes(changed if end is None else changed[: int(end * len(changed))])


def statuses_of(kind, file, damages):
    """Read as many submissions as there are damages, in one batch."""
    root = file.parent.parent if kind == "png" else file.parent
    with tempfile.TemporaryDirectory() as name:
        paths = []
        for number, damage in enumerate(damages):
            copy = shutil.copytree(root, Path(name) / str(number))
            target = copy / file.relative_to(root)
            target.write_bytes(damaged(file.read_bytes(), damage))
            paths.append(str(target if kind == "zip" else copy))
        content = [paths, [[one.case, one.z] for one in IDS], SHAPE]
        (Path(name) / "paths.json").write_text(json.dumps(content))
        code = f"import sys, runpy; sys.path[:] = {sys.path!r}; sys.argv.pop(0); "
        code += "runpy.run_path(sys.argv[0], run_name='__main__')"
        done = subprocess.run(
            [sys.executable, "-c", code, str(SCRIPT), name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("kind", ["hdf5", "old_hdf5", "zip", "png", "toml"])
@settings(
    max_examples=2,  # of 20 to 60 damaged submissions each
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(damages=st.lists(DAMAGE, min_size=20, max_size=60))
def test_reading_a_damaged_submission_ends_with_an_answer(kind, valid, damages):
    """A signal is an answer too, which the parent tells of. A traceback is not."""
    statuses, told = statuses_of(kind, valid[kind], damages)
    assert len(statuses) == len(damages)
    assert all(status <= 0 for status in statuses), told


def test_an_undamaged_submission_is_read_by_the_batch(valid):
    """So the statuses above are those of the reader."""
    for kind, file in valid.items():
        statuses, told = statuses_of(kind, file, [([], None)])
        assert statuses == [0], told
