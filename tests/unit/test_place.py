"""Where results are put: what each promise of `bratsfuse.place` is worth."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.place import (
    FILE,
    Kind,
    check_target,
    lacking,
    new_result,
    own_folder,
    unfinished,
    workplace,
    write_file,
)

BOX = Kind(name="box", error=ReleaseError, flaw=lacking("mark"))
NEVER = Kind(name="crate", advice="choose a new name")
PRIVATE = Kind(name="secret", file=True, private=True, flaw=lambda _: "")


def put(target, text="new", **options):
    with new_result(target, options.pop("kind", BOX), **options) as new:
        (new / "below").mkdir()
        (new / "below" / "file").write_text(text)
        (new / "mark").touch()


def held(target):
    return (target / "below" / "file").read_text()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


# What may be replaced.


def test_a_new_folder_appears_whole_and_nothing_else_stays(target):
    put(target)
    assert held(target) == "new"
    assert names(target.parent) == ["target"]


def test_an_empty_folder_is_replaced_even_if_one_works_in_it(target, monkeypatch):
    target.mkdir()
    monkeypatch.chdir(target)
    put(Path())
    assert held(target) == "new"
    (target.parent / "other").mkdir()
    monkeypatch.chdir(target.parent / "other")
    with pytest.raises(ReleaseError, match="already exists"):
        put(Path("../target"))
    with pytest.raises(ReleaseError, match="is no box"):
        put(Path(".."))


def test_one_is_replaced_when_told_to(target):
    put(target, "old")
    with pytest.raises(ReleaseError, match="already exists; choose another name or"):
        put(target)
    assert held(target) == "old"
    put(target, overwrite=True)
    assert held(target) == "new"
    assert names(target.parent) == ["target"]


def test_one_that_holds_nothing_to_lose_is_replaced_unasked(target):
    kind = Kind(name="box", flaw=lacking("mark"), spare=lambda box: held(box) == "old")
    put(target, "old")
    put(target, "new", kind=kind)
    with pytest.raises(InvalidInputError, match="already exists"):
        put(target, kind=kind)


def test_what_is_of_no_kind_is_never_replaced(target):
    target.mkdir()
    (target / "thesis").write_text("years")
    with pytest.raises(ReleaseError, match=r"is no box \(no mark\)"):
        put(target, overwrite=True)
    with pytest.raises(InvalidInputError, match="already exists; choose a new name"):
        put(target, kind=NEVER, overwrite=True)
    assert names(target) == ["thesis"]
    with pytest.raises(InvalidInputError, match="is no file"):
        write_file(target, "text")
    write_file(target.parent / "file", "text")
    with pytest.raises(ReleaseError, match="is no box"):
        put(target.parent / "file", overwrite=True)


def test_a_result_in_an_input_is_refused(target):
    (target / "in").mkdir(parents=True)
    (target.parent / "link").symlink_to(target)
    for place in (target, target / "in" / "new", target.parent / "link" / "new"):
        with pytest.raises(ReleaseError, match="choose a path outside"):
            check_target(place, BOX, outside=[target])
    check_target(target.with_name("target2"), BOX, outside=[target])


def test_the_folder_above_has_to_be_there_unless_the_kind_makes_it(target):
    with pytest.raises(ReleaseError, match="no such folder; create it first"):
        put(target / "new")
    with pytest.raises(InvalidInputError, match="no such folder; create it first"):
        write_file(target / "new", "")
    missing = workplace(target / "new")
    with pytest.raises(InvalidInputError, match="no such folder; create it first"):
        missing.__enter__()
    kind = Kind(name="box", parents=True)
    put(target / "a" / "new", kind=kind)
    assert held(target / "a" / "new") == "new"
    write_file(target.parent / "file", "")
    with pytest.raises(InvalidInputError, match="no such folder"):
        put(target.parent / "file" / "new", kind=kind)


def test_a_link_is_neither_followed_nor_replaced(target, tmp_path):
    put(tmp_path / "other", "old")
    for to in ("other", "nowhere"):
        target.unlink(missing_ok=True)
        target.symlink_to(tmp_path / to)
        with pytest.raises(ReleaseError, match="is a link"):
            put(target, overwrite=True)
        with pytest.raises(InvalidInputError, match="is a link"):
            write_file(target, "text")
        assert target.is_symlink()
    assert held(tmp_path / "other") == "old"
    assert names(tmp_path) == ["other", "target"]


def test_a_mount_point_is_refused(target, monkeypatch):
    target.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == target)
    with pytest.raises(ReleaseError, match="mount point"):
        put(target)
    assert names(target.parent) == ["target"]
    monkeypatch.undo()
    with pytest.raises(ReleaseError, match="mount point"):
        check_target(Path("/"), BOX)


def test_where_nothing_can_be_written_is_told_at_once(target, monkeypatch):
    # Root may write anywhere, so the answer of the system is put in its place.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ReleaseError, match="no permission to write in it"):
        put(target)
    monkeypatch.undo()

    def read_only(path, *_):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(os, "mkdir", read_only)
    with pytest.raises(ReleaseError, match=r"cannot be written \(Read-only"):
        put(target)


# What happens meanwhile.


def test_a_folder_that_appears_meanwhile_stays(target):
    for overwrite in (False, True):
        shutil.rmtree(target, ignore_errors=True)
        making = new_result(target, BOX, overwrite=overwrite)
        making.__enter__()
        target.mkdir()
        (target / "thesis").write_text("years")
        with pytest.raises(ReleaseError, match="already exists"):
            making.__exit__(None, None, None)
        assert names(target) == ["thesis"]
        assert names(target.parent) == ["target"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_appears_in_the_last_moment_stays(target, monkeypatch, overwrite):
    rename = Path.rename

    def late(path, to):
        if to == target and not target.exists():
            target.mkdir()
            (target / "thesis").write_text("years")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(ReleaseError, match="already exists"):
        put(target, overwrite=overwrite)
    assert names(target) == ["thesis"]
    assert names(target.parent) == ["target"]


def test_a_file_that_appears_in_the_last_moment_stays(target, monkeypatch):
    link = Path.hardlink_to

    def late(path, to):
        path.write_text("years")
        return link(path, to)

    monkeypatch.setattr(Path, "hardlink_to", late)
    with (
        pytest.raises(InvalidInputError, match="already exists"),
        new_result(target, FILE) as new,
    ):
        new.write_text("text")
    assert target.read_text() == "years"
    assert names(target.parent) == ["target"]


def test_a_file_system_without_hard_links_will_do(target, monkeypatch):
    def no_links(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    with new_result(target, FILE) as new:
        new.write_text("text")
    assert target.read_text() == "text"


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EBUSY, errno.EACCES])
@pytest.mark.parametrize("which", [1, 2])
def test_a_rename_that_fails_leaves_the_old_folder(target, monkeypatch, code, which):
    """As on another file system (EXDEV), a mount point (EBUSY), a read-only folder."""
    put(target, "old")
    rename, calls = Path.rename, []

    def fail(path, to):
        calls.append(path)
        if len(calls) == which:
            raise OSError(code, os.strerror(code), str(path))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ReleaseError, match="cannot be written") as problem:
        put(target, overwrite=True)
    assert "\n" not in str(problem.value)
    assert held(target) == "old"
    assert names(target.parent) == ["target"]


def test_what_cannot_be_put_back_is_kept_and_told(target, monkeypatch):
    put(target, "old")
    rename = Path.rename

    def fail(path, to):
        if to == target:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ReleaseError, match="nor put back") as problem:
        put(target, overwrite=True)
    old = unfinished(target) / "old"
    assert str(old) in str(problem.value)
    assert held(old) == "old"
    monkeypatch.undo()
    put(target, overwrite=True)  # puts it back first
    assert held(target) == "new"
    assert names(target.parent) == ["target"]


@pytest.mark.parametrize("old", [True, False])
def test_if_what_follows_fails_all_is_put_back(target, old):
    if old:
        put(target, "old")
    seen = []

    def fail():
        seen.append(held(target))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put(target, overwrite=True, then=fail)
    assert seen == ["new"]
    assert not old or held(target) == "old"
    assert names(target.parent) == ["target"] * old


def test_a_failure_on_the_way_leaves_nothing(target):
    for problem, told in (
        (ZeroDivisionError, ZeroDivisionError),
        (KeyboardInterrupt, KeyboardInterrupt),
        (OSError("no\nspace"), ReleaseError),
    ):
        with pytest.raises(told) as caught, new_result(target, BOX):
            raise problem
        assert "\n" not in str(caught.value)
        assert names(target.parent) == []


# A process that is killed.

PUT = """
import os, signal, sys
from pathlib import Path
from bratsfuse.errors import ReleaseError
from bratsfuse.place import Kind, lacking, new_result, workplace

def put(target, **options):
    box = Kind(name="box", error=ReleaseError, flaw=lacking("mark"))
    with new_result(target, box, overwrite=True, **options) as new:
        (new / "below").mkdir()
        (new / "below" / "file").write_text("new")
        (new / "mark").touch()

target = Path(sys.argv[1])
"""
# Without pytest and this file, which take longer to import than all else.

KILLED = """
moment = sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

rename, calls = Path.rename, []

def counted(path, to):
    calls.append(path)
    if moment == f"before rename {len(calls)}":
        die()
    result = rename(path, to)
    if moment == f"after rename {len(calls)}":
        die()
    return result

Path.rename = counted
put(target, then=die if moment == "then" else lambda: None)
"""


def run_and_kill(target, moment):
    command = [sys.executable, "-c", PUT + KILLED, str(target), moment]
    done = subprocess.run(command, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before rename 1", "old"),
        ("after rename 1", "old"),
        ("before rename 2", "old"),
        ("after rename 2", "new"),
        ("then", "new"),
    ],
)
def test_a_killed_process_loses_neither_and_the_next_one_goes_on(target, moment, left):
    put(target, "old")
    run_and_kill(target, moment)
    with workplace(target, BOX):  # whoever comes next
        assert held(target) == left
    assert names(target.parent) == ["target"]
    run_and_kill(target, moment)
    put(target, "newer", overwrite=True)
    assert held(target) == "newer"
    assert names(target.parent) == ["target"]


def test_what_a_killed_process_moved_aside_is_never_lost(target):
    put(target, "old")
    run_and_kill(target, "after rename 1")
    put(target.with_name("stranger"), "other")
    target.with_name("stranger").rename(target)
    for _ in range(2):
        with pytest.raises(ReleaseError, match=r"cannot be written.*old"):
            put(target, overwrite=True)
    assert held(unfinished(target) / "old") == "old"
    assert held(target) == "other"


def test_a_killed_process_that_had_an_old_folder_refuses_as_before(target):
    """What is put back is seen before hours of work, not after."""
    put(target, "old")
    run_and_kill(target, "after rename 1")
    assert not target.exists()
    with pytest.raises(ReleaseError, match="already exists"), new_result(target, BOX):
        pytest.fail("work has begun")
    assert held(target) == "old"


# Several processes.


def test_a_second_process_is_refused_in_one_line(target):
    with new_result(target, BOX) as new:
        (new / "mark").touch()
        other = subprocess.run(
            [sys.executable, "-c", f"{PUT}put(target)", str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        last = other.stderr.splitlines()[-1]
        assert "ReleaseError" in last
        assert "another process" in last
        with pytest.raises(ReleaseError, match="another process"):
            put(target)
    assert names(target) == ["mark"]


MANY = """
for _ in range(30):
    with workplace(target, wait=True):
        target.write_text(str(int(target.read_text()) + 1))
"""


def test_those_who_wait_come_one_after_the_other(target):
    target.write_text("0")
    command = [sys.executable, "-c", PUT + MANY, str(target)]
    working = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in working] == [0, 0, 0]
    assert target.read_text() == "90"
    assert names(target.parent) == ["target"]


def test_a_file_system_without_locks_will_do(target, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    put(target)
    assert names(target.parent) == ["target"]


# Links under the temporary name, permissions, disks.


def test_a_link_planted_under_the_temporary_name_is_refused(target, tmp_path):
    (tmp_path / "victim").mkdir()
    unfinished(target).symlink_to(tmp_path / "victim")
    with pytest.raises(ReleaseError, match="remove it"):
        put(target)
    with pytest.raises(InvalidInputError, match="remove it"):
        write_file(target, "text")
    assert names(tmp_path / "victim") == []
    unfinished(target).unlink()
    unfinished(target).mkdir()
    (tmp_path / "file").write_text("mine")
    (unfinished(target) / "lock").symlink_to(tmp_path / "file")
    with pytest.raises(ReleaseError, match="cannot be written"):
        put(target)
    assert (tmp_path / "file").read_text() == "mine"
    assert not target.exists()


def test_a_planted_folder_of_somebody_else_is_refused(target, monkeypatch):
    unfinished(target).mkdir()
    own_folder(unfinished(target), BOX)
    monkeypatch.setattr(os, "geteuid", lambda: unfinished(target).stat().st_uid + 1)
    with pytest.raises(ReleaseError, match="no folder of yours"):
        put(target)


@pytest.mark.parametrize("shared", [False, True])
def test_a_folder_for_more_files_is_no_link(target, tmp_path, shared):
    (tmp_path / "victim").mkdir()
    for victim in (tmp_path / "victim", tmp_path / "nothing"):
        target.symlink_to(victim)
        with pytest.raises(InvalidInputError, match="remove it"):
            own_folder(target, shared=shared)
        target.unlink()
    own_folder(target, shared=shared)
    own_folder(target, shared=shared)
    assert target.is_dir()


def test_the_figures_of_a_run_are_not_drawn_through_a_link(tmp_path):
    from bratsfuse.training.figures import draw_figures

    (tmp_path / "victim").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "figures").symlink_to(tmp_path / "victim")
    with pytest.raises(InvalidInputError, match="remove it"):
        draw_figures(tmp_path / "run", [{"step": 1.0, "train_loss": 2.0}], ["t1ce"])
    assert names(tmp_path / "victim") == []


def test_nobody_else_may_enter_unfinished_work(target):
    with new_result(target, BOX):
        assert stat.S_IMODE(unfinished(target).stat().st_mode) == 0o700


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_the_umask_decides_who_may_read(target, umask):
    before = os.umask(umask)
    try:
        put(target)
        write_file(target.with_name("text"), "text")
        with new_result(target.with_name("replaced")) as new:
            new.unlink()  # as libraries do that write a file of their own
            new.touch(mode=0o600)
        write_file(target.with_name("key"), "secret", PRIVATE)
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [target, *target.parent.iterdir(), target / "below" / "file"]
    }
    wanted = 0o666 & ~umask
    assert modes["target"] == 0o777 & ~umask
    assert (modes["text"], modes["replaced"], modes["file"]) == (wanted,) * 3
    assert modes["key"] == 0o600


def test_a_private_file_is_private_before_anything_is_in_it(target):
    with new_result(target, PRIVATE) as new:
        assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_all_is_on_the_disk_before_the_rename_and_the_rename_after(target, monkeypatch):
    done = []
    fsync, rename = os.fsync, Path.rename

    def synced(opened):
        done.append(Path(f"/proc/self/fd/{opened}").readlink().name)
        fsync(opened)

    def renamed(path, to):
        done.append("rename")
        return rename(path, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    put(target)
    at = done.index("rename")
    assert set(done[:at]) == {"target", "below", "file", "mark"}
    assert done[at + 1 :] == [target.parent.name]


def test_a_file_that_cannot_be_synced_is_not_put_there(target, monkeypatch):
    def full(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReleaseError, match="cannot be written"):
        put(target)
    assert names(target.parent) == []


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")  # noqa: S108
def test_a_target_may_be_on_another_file_system(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        put(Path(name, "target"))
        put(Path(name, "target"), "newer", overwrite=True)
        assert held(Path(name, "target")) == "newer"
        assert names(Path(name)) == ["target"]
        (tmp_path / "link").symlink_to(name)
        put(tmp_path / "link" / "other")
        assert names(Path(name)) == ["other", "target"]


def test_a_file_system_that_makes_nothing_is_refused_and_not_tried_for_ever(
    target, monkeypatch
):
    def lost(*_arguments, **_options):
        raise FileNotFoundError

    monkeypatch.setattr("bratsfuse.place.os.open", lost)
    with pytest.raises(ReleaseError, match="nothing can be made here"):
        put(target)
    assert not target.exists()
