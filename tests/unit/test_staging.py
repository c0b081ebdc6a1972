"""Nothing of a killed evaluation is left for ever."""

import os
import subprocess
import sys
import tempfile

import pytest

from bratsfuse.submission._staging import _host, staging_folder


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
    left = temporary / f"bratsfuse-reading-{_host()}-{dead.pid}-x"
    others = [
        temporary / f"bratsfuse-reading-{_host()}-{os.getppid()}-x",
        temporary / f"bratsfuse-reading-00-{dead.pid}-x",
        temporary / "bratsfuse-reading-notes",
    ]
    for folder in (left, *others):
        (folder / "images").mkdir(parents=True)
    link = temporary / f"bratsfuse-reading-{_host()}-{dead.pid}-link"
    link.symlink_to(others[0])
    with staging_folder():
        assert not left.exists()
    assert sorted(temporary.iterdir()) == sorted([*others, link])
    assert (others[0] / "images").is_dir()
