"""A full disk, a killed reader, a fault of ours: an error, never a refused report."""

import errno
import os
import signal

import pytest
from click.testing import CliRunner
from toy_submission import EXPECTED, Place

from bratsfuse.cli import main
from bratsfuse.errors import ScoringError
from bratsfuse.submission import read, read_submission
from bratsfuse.submission.stage import prepare
from bratsfuse.submission.trouble import MachineTroubleError, refuse_trouble

pytestmark = pytest.mark.usefixtures("new_process")

KILLS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]
READ = read.START.split("; ", 1)[1]
"""The reading process, but for its first import."""


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "submission", tmp_path / "secret.h5")


def reading(monkeypatch, code):
    """Let the reading process run this first, and then read."""
    monkeypatch.setattr(read, "START", f"import os, sys\n{code}\n{READ}")


def told(submission):
    with pytest.raises(ScoringError) as problem, read_submission(submission, EXPECTED):
        pass
    assert "\n" not in str(problem.value)
    return str(problem.value)


@pytest.mark.parametrize("number", KILLS)
def test_a_reader_killed_by_the_system_is_no_fault_of_a_submission(
    number, monkeypatch, place
):
    # Below nohup the signal of a closed terminal is ignored, also by what is started.
    default = f"signal.signal({int(number)}, signal.SIG_DFL)"
    code = "import signal\n" + default * (number != signal.SIGKILL)
    reading(monkeypatch, f"{code}\nos.kill(os.getpid(), {int(number)})")
    assert number.name in told(place.folder())


@pytest.mark.parametrize("code", ["1 / 0", "raise SystemExit(3)", "import nothing_"])
def test_a_fault_of_ours_is_no_fault_of_a_submission(code, monkeypatch, place):
    reading(monkeypatch, code)
    assert "fault of bratsfuse" in told(place.folder())


@pytest.mark.parametrize("name", ["pwrite", "pwritev"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_or_failing_disk_is_no_fault_of_a_submission(
    number, name, monkeypatch, place
):
    if name == "pwritev":  # the answer, not the images
        code = f"""
import pathlib
def fail(*_): raise OSError({number}, "no")
pathlib.Path.write_text = fail
"""
    else:
        code = f"""
def fail(*_): raise OSError({number}, "no")
os.pwrite = fail
"""
    reading(monkeypatch, code)
    assert "disk" in told(place.folder())


def test_a_failing_disk_under_a_zip_is_no_fault_of_it():
    refuse_trouble(OSError(errno.ENOENT, "gone"))
    refuse_trouble(ValueError("broken"))
    with pytest.raises(MachineTroubleError):
        refuse_trouble(OSError(errno.EIO, "failed"))


def test_room_for_the_images_is_taken_before_reading(tmp_path):
    prepare(tmp_path, 4, 1 << 16)
    for path in tmp_path.iterdir():
        assert path.stat().st_size == 4 << 16
        assert path.stat().st_blocks * 512 >= 4 << 16


def test_a_reader_that_gets_no_processor_is_no_fault_of_a_submission(
    monkeypatch, place
):
    monkeypatch.setattr(read, "WALL", -1)  # so that the time is over at once
    reading(monkeypatch, "import time; time.sleep(60)")
    assert "too busy" in told(place.folder())


@pytest.mark.parametrize("trouble", ["killed", "full"])
def test_evaluate_writes_no_report_for_trouble_of_the_machine(
    trouble, monkeypatch, toy_release, tmp_path
):
    submission = tmp_path / "submission"
    runner = CliRunner()
    arguments = ["template", str(toy_release), "-o", str(submission)]
    assert runner.invoke(main, arguments).exit_code == 0
    if trouble == "killed":
        reading(monkeypatch, "os.kill(os.getpid(), 9)")
    else:

        def full(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "posix_fallocate", full)
    report = tmp_path / "report"
    words = ["evaluate", str(submission), "--release", str(toy_release)]
    ran = runner.invoke(main, [*words, "-o", str(report)])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("error: ")
    assert "refused" not in ran.output
    assert not report.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release", "submission"]
