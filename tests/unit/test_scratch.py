"""Nothing of a killed process is left for ever in the folder for temporary files."""

import os
import subprocess
import sys
import tempfile

import pytest

from bratsfuse.scratch import host_name, keep, staging_folder


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_staging_folder_is_private_and_gone_afterwards(temporary):
    with staging_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == temporary
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(temporary):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = temporary / f"bratsfuse-reading-{host_name()}-{dead.pid}-x"
    others = [
        temporary / f"bratsfuse-reading-{host_name()}-{os.getppid()}-x",
        temporary / f"bratsfuse-reading-00-{dead.pid}-x",
        temporary / "bratsfuse-reading-notes",
    ]
    for folder in (left, *others):
        (folder / "images").mkdir(parents=True)
    link = temporary / f"bratsfuse-reading-{host_name()}-{dead.pid}-link"
    link.symlink_to(others[0])
    with staging_folder():
        assert not left.exists()
    assert sorted(temporary.iterdir()) == sorted([*others, link])
    assert (others[0] / "images").is_dir()


def test_what_is_to_be_kept_stays_when_its_process_is_gone(temporary):
    code = (
        "from bratsfuse.scratch import keep, staging_folder\n"
        "with staging_folder() as folder:\n"
        "    (folder / 'hours-of-work').touch(); keep(folder)"
    )
    where = {**os.environ, "TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", code], env=where, check=True)
    (kept,) = temporary.iterdir()
    with staging_folder() as other:
        keep(other)
    assert (kept / "hours-of-work").is_file()
    assert other.is_dir()
