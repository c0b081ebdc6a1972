"""What Windows lacks is asked for only where it is: as far as can be seen elsewhere."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bratsfuse.errors import InvalidInputError, ScoringError
from bratsfuse.place import Kind, lacking, new_result, workplace, write_file
from bratsfuse.scratch import staging_folder
from bratsfuse.submission import read_submission

BOX = Kind(name="box", flaw=lacking("mark"))
TAKEN = [sys.platform != "linux", "what is open is looked up in /proc"]

IMPORTS = """
import importlib, os, pkgutil, signal, sys
import bratsfuse

names = [one.name for one in pkgutil.walk_packages(bratsfuse.__path__, "bratsfuse.")]
names.remove("bratsfuse.__main__")
for name in names:  # the libraries, as they are here
    importlib.import_module(name)
for name in [name for name in sys.modules if name.startswith("bratsfuse")]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fchmod", "fork", "geteuid",
             "getuid", "killpg", "mkfifo", "sched_getaffinity", "setsid"):
    delattr(os, name)
for name in ("SIGBUS", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGXCPU"):
    delattr(signal, name)
sys.platform = "win32"
for name in names:
    importlib.import_module(name)
print(len(names), len(sys.modules["bratsfuse"].BraTSFuse(sys.argv[1], "test")))
"""


@pytest.mark.slow  # loads every library
def test_every_module_is_imported_and_a_release_read_without_what_windows_lacks(
    toy_release,
):
    command = [sys.executable, "-c", IMPORTS, str(toy_release)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    modules, slices = map(int, done.stdout.split())
    assert modules > 400
    assert slices > 0


def in_use(path):
    return any(
        link.readlink() == path
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink()
    )


@pytest.fixture
def windows(monkeypatch):
    """Its lock, and a file system that neither removes nor replaces what is in use."""
    ours = SimpleNamespace(platform="win32")
    for module in ("place.system", "place", "scratch"):
        monkeypatch.setattr(f"bratsfuse.{module}.sys", ours)

    def locking(opened, mode, _count):
        fcntl.flock(opened, mode)

    way = fcntl.LOCK_EX | fcntl.LOCK_NB
    module = SimpleNamespace(LK_NBLCK=way, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    unlink, rename = Path.unlink, Path.rename

    def careful_unlink(path, **options):
        if in_use(path):
            raise PermissionError(13, "in use by another process", str(path))
        unlink(path, **options)

    def careful_rename(path, target):
        if Path(target).exists():
            raise FileExistsError(17, "already exists", str(target))
        return rename(path, target)

    monkeypatch.setattr(Path, "unlink", careful_unlink)
    monkeypatch.setattr(Path, "rename", careful_rename)


def put(target, text, **options):
    with new_result(target, BOX, **options) as new:
        (new / "mark").write_text(text)


@pytest.mark.skipif(*TAKEN[:1], reason=TAKEN[1])
@pytest.mark.usefixtures("windows")
def test_results_are_put_in_their_places(tmp_path):
    target, file = tmp_path / "target", tmp_path / "file"
    target.mkdir()  # empty, so that it is replaced unasked
    put(target, "first")
    put(target, "second", overwrite=True)
    assert (target / "mark").read_text() == "second"
    write_file(file, "text")
    write_file(file, "other text")
    assert file.read_text() == "other text"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "target"]


@pytest.mark.skipif(*TAKEN[:1], reason=TAKEN[1])
@pytest.mark.usefixtures("windows")
def test_one_process_at_a_time_holds_a_target(tmp_path):
    with workplace(tmp_path / "target"):  # noqa: SIM117  (one after the other)
        with pytest.raises(InvalidInputError, match="another process is writing it"):
            put(tmp_path / "target", "text")
    put(tmp_path / "target", "text")


@pytest.mark.usefixtures("windows")
def test_no_process_is_asked_whether_it_lives(monkeypatch):
    """There the question would end it."""
    monkeypatch.setattr(os, "kill", None)
    with staging_folder() as left:
        (left / "file").touch()
        with staging_folder():
            assert (left / "file").exists()


def test_submissions_are_not_read_without_limits(tmp_path, monkeypatch):
    monkeypatch.setattr("bratsfuse.submission.read.find_spec", lambda _: None)
    with (
        pytest.raises(ScoringError, match="use Linux or macOS"),
        read_submission(tmp_path, None),
    ):
        pass
