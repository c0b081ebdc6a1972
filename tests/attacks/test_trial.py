"""A file that lets the HDF5 library loop, die or take all memory ends no reader."""

import errno
import os
import shutil
import signal

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.errors import ReleaseError, WorkerDiedError
from bratsfuse.release import SplitFile, trial


@pytest.fixture(autouse=True)
def little_time(monkeypatch):
    monkeypatch.setattr(trial, "SECONDS", 1)
    monkeypatch.setattr(trial, "TRIED", set())
    # A worker of pytest-xdist has threads; these tests want a copy all the same.
    monkeypatch.setattr(trial, "may_be_copied", lambda: True)


@pytest.fixture
def looping(toy_release):
    """A release whose first text has a length that lets the library stand still."""
    path = toy_release / "data" / "train.h5"
    content = bytearray(path.read_bytes())
    first = content.index(b"GCOL") + 16  # a heap of texts: its first one follows
    content[first + 8 : first + 16] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(content)
    return toy_release


def test_a_structure_without_end_is_refused(looping):
    with (
        SplitFile(looping / "data" / "train.h5") as file,
        pytest.raises(ReleaseError, match="no end after 1 s of work"),
    ):
        file.names  # noqa: B018  (reads)


@pytest.mark.parametrize("command", ["verify", "export"])
def test_commands_end_in_one_line(command, looping, tmp_path):
    more = ["-o", str(tmp_path / "out")] if command == "export" else []
    done = CliRunner().invoke(main, [command, str(looping), *more])
    assert done.exit_code == 1
    assert "train.h5: HDF5 cannot read it safely" in done.output
    assert "copy it again from where it was published" in done.output


def test_a_process_with_threads_starts_a_new_one(looping, monkeypatch):
    monkeypatch.setattr(trial, "may_be_copied", lambda: False)
    monkeypatch.setattr(trial, "START", "import sys, signal; signal.raise_signal(24)")
    with (
        SplitFile(looping / "data" / "train.h5") as file,
        pytest.raises(ReleaseError, match="no end after 1 s of work"),
    ):
        file.names  # noqa: B018  (reads)


def test_where_work_cannot_be_limited_the_clock_is_looked_at(toy_release, monkeypatch):
    monkeypatch.setattr(trial, "may_be_copied", lambda: False)
    monkeypatch.setattr(trial, "WAIT", 0.5)
    monkeypatch.setattr(trial, "START", "import time; time.sleep(60)")
    with pytest.raises(ReleaseError, match=r"no end after 0\.5 s"):
        trial.try_reading(toy_release / "data" / "train.h5")


def test_a_death_as_windows_tells_of_it(toy_release, monkeypatch):
    monkeypatch.setattr(trial, "in_a_copy", lambda _: 0xC0000005)
    with pytest.raises(ReleaseError, match="reading it ended with 0xc0000005"):
        trial.try_reading(toy_release / "data" / "train.h5")


def test_a_new_process_reads_as_a_copy_does(toy_release, monkeypatch):
    path = toy_release / "data" / "train.h5"
    assert trial.in_a_process(path) == trial.in_a_copy(path) == 0


@pytest.mark.parametrize(
    ("dies", "told"),
    [
        (lambda _: os.kill(os.getpid(), signal.SIGSEGV), "was ended by SIGSEGV"),
        (lambda _: bytearray(1 << 45), "takes more than 1024 MiB of memory"),
    ],
)
def test_a_library_that_dies_is_told(dies, told, toy_release, monkeypatch):
    monkeypatch.setattr(trial, "read_structure", dies)
    with pytest.raises(ReleaseError, match=told):
        trial.try_reading(toy_release / "data" / "test.h5")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("way", ["in_a_copy", "in_a_process"])
def test_a_reader_that_others_kill_is_no_fault_of_a_file(
    number, way, toy_release, monkeypatch
):
    monkeypatch.setattr(trial, way, lambda _: -number)
    monkeypatch.setattr(trial, "may_be_copied", lambda: way == "in_a_copy")
    path = toy_release / "data" / "test.h5"
    with pytest.raises(WorkerDiedError, match=number.name) as problem:
        SplitFile(path).names  # noqa: B018  (reads)
    assert problem.value.status == -number
    done = CliRunner().invoke(main, ["verify", str(toy_release)])
    assert done.exit_code == 1
    assert "want of memory" in done.stderr
    assert "damaged" not in done.output
    monkeypatch.undo()
    assert SplitFile(path).names  # nothing of it is remembered


def test_no_room_for_a_reader_is_no_fault_of_a_file(toy_release, monkeypatch):
    def full(_):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(trial, "in_a_copy", full)
    with pytest.raises(WorkerDiedError, match="no process can be started"):
        SplitFile(toy_release / "data" / "test.h5").names  # noqa: B018  (reads)


def test_what_is_raised_is_left_to_who_reads_afterwards(toy_release):
    path = toy_release / "data" / "test.h5"
    path.write_bytes(b"no HDF5")
    trial.try_reading(path)
    with pytest.raises(ReleaseError, match="HDF5 cannot read it"):
        SplitFile(path).names  # noqa: B018  (reads)


@pytest.fixture
def tried(monkeypatch):
    """The files that were given to another process."""
    seen = []
    monkeypatch.setattr(trial, "in_a_copy", lambda path: seen.append(path) or 0)
    return seen


def test_a_small_file_is_tried_once_with_all_its_copies(toy_release, tried):
    path = toy_release / "data" / "test.h5"
    copy = shutil.copy(path, path.with_name("copy.h5"))
    for one in (path, copy, path):
        trial.try_reading(one)
    assert tried == [path]
    path.write_bytes(path.read_bytes()[:-1] + b"?")  # of equal length
    trial.try_reading(path)
    assert tried == [path, path]


def test_a_large_file_is_tried_once_and_again_when_it_has_changed(
    toy_release, tried, monkeypatch
):
    monkeypatch.setattr(trial, "SMALL", 0)
    path = toy_release / "data" / "test.h5"
    for _ in range(3):
        trial.try_reading(path)
    assert len(tried) == 1
    os.utime(path, ns=(1, 1))
    trial.try_reading(path)
    assert len(tried) == 2
