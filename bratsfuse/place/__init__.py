"""Where results are put: complete or not at all, and never over anything else.

A result is made beside its target in a hidden folder, ``.<name>.unfinished``, that only
its owner may enter. ``lock`` in it is held by the process that works there, ``new``
becomes the target, and ``old`` is the folder that the target was, until the new one is
in its place. What a killed process leaves there, the next one for the same target puts
back or clears. Nothing else in bratsfuse renames files or names unfinished ones.
"""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.errors import BratsfuseError, InvalidInputError, unwritable
from bratsfuse.place.system import NO_LINKS, is_own, let_go, lock, sync

_LOCK, _NEW, _OLD = "lock", "new", "old"
_NO_LOCKS: Final = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a result is, and what it may replace.

    Attributes
    ----------
    name, error
        What to call it, and what to raise if it cannot be put where it is wanted.
    file, private, parents
        Whether it is a file; whether only its owner may read it, which else the umask
        decides; whether the folders above it are made.
    flaw
        Returns why something is not of this kind, or ""; None if nothing is replaced.
    spare, advice
        Returns whether one may be replaced unasked; what to do about one that exists.
    """

    name: str
    error: type[BratsfuseError] = InvalidInputError
    file: bool = False
    private: bool = False
    parents: bool = False
    flaw: Callable[[Path], str] | None = None
    spare: Callable[[Path], bool] | None = None
    advice: str = "choose another name or pass --overwrite"


FILE: Final = Kind(name="file", file=True, flaw=lambda _: "")  # replaces any other


def lacking(*names: str) -> Callable[[Path], str]:
    """Return the flaw of a folder that these files show."""
    return lambda folder: ", ".join(
        f"no {name}" for name in names if not (folder / name).is_file()
    )


def check_target(
    target: Path, kind: Kind, *, overwrite: bool = False, outside: Iterable[Path] = ()
) -> None:
    """Refuse a place where a result cannot or must not be, best before any work.

    Parameters
    ----------
    target, kind, overwrite, outside
        Where the result is to be, what it is, whether it may replace another, and what
        it must neither be nor be in, such as the inputs.

    Raises
    ------
    BratsfuseError
        If the folder above is missing or read-only; if the target is in one of
        `outside`, a link, a mount point, or must not be replaced.
    """
    with _in_one_line(target, kind):
        for place in outside:
            if target.resolve().is_relative_to(place.resolve()):
                raise kind.error(f"{target}: is in {place}; choose a path outside it")
        parent = _absolute(target).parent
        while kind.parents and not os.path.lexists(parent):
            parent = parent.parent
        if not parent.is_dir():
            raise kind.error(f"{parent}: no such folder; create it first")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise kind.error(f"{parent}: no permission to write in it")
        _gives_way(target, kind, overwrite=overwrite)


@contextmanager
def new_result(
    target: Path,
    kind: Kind = FILE,
    *,
    overwrite: bool = False,
    outside: Iterable[Path] = (),
    then: Callable[[], object] = lambda: None,
) -> Iterator[Path]:
    """Yield an empty file or folder of the target's name, which becomes the target.

    The target is looked at as by `check_target`, and again at the end. `then` is called
    when a folder is in its place; if it fails, all is put back.

    Raises
    ------
    BratsfuseError
        As of `check_target` and `workplace`. What was there is there again, and nothing
        else is left.
    """
    check_target(target, kind, overwrite=overwrite, outside=outside)
    place = _absolute(target)
    with workplace(target, kind) as folder:
        check_target(target, kind, overwrite=overwrite)  # one may have been put back
        new = folder / place.name
        if kind.file:
            new.touch(0o600 if kind.private else 0o666, exist_ok=False)
        else:
            new.mkdir()
        mode = new.stat().st_mode & 0o7777
        yield new
        new.chmod(mode)  # some libraries put a file of their own in its place
        for path in (*new.rglob("*"), new):
            sync(path)
        if kind.file:
            _put_file(new, place, kind, overwrite)
        else:
            _put_folder(new, place, kind, overwrite, then)


def write_file(target: Path, content: str | bytes, kind: Kind = FILE) -> None:
    """Write a file, or write it anew, text as UTF-8; raise what `new_result` does."""
    with new_result(target, kind, overwrite=True) as new:
        new.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def workplace(target: Path, kind: Kind = FILE, *, wait: bool = False) -> Iterator[Path]:
    """Hold a target and yield an empty folder beside it that is gone afterwards.

    Raises
    ------
    BratsfuseError
        Of the class ``kind.error``: if another process holds the target, unless asked
        to wait for it; if something cannot be read or written.
    """
    place = _absolute(target)
    work = unfinished(place)
    with _in_one_line(target, kind):
        if kind.parents:
            place.parent.mkdir(parents=True, exist_ok=True)
        held = _locked(work, target, kind, wait=wait)
        try:
            _clear_killed(work, place, kind)
            (work / _NEW).mkdir()
            yield work / _NEW
        finally:
            if not os.path.lexists(work / _OLD):  # else it could not be put back
                shutil.rmtree(work / _NEW, ignore_errors=True)
            let_go(held, work / _LOCK)
            with suppress(OSError):
                work.rmdir()


def own_folder(folder: Path, kind: Kind = FILE, *, shared: bool = False) -> None:
    """Make a folder for its owner, or a `shared` one; refuse links and others' own."""
    try:
        folder.mkdir(mode=0o777 if shared else 0o700)
    except FileExistsError:
        if folder.is_symlink() or not (shared or is_own(folder)):
            raise kind.error(f"{folder}: no folder of yours; remove it") from None


def unfinished(target: Path) -> Path:
    """Return the folder where a result is made, and where the old one waits."""
    place = _absolute(target)
    return place.with_name(f".{place.name}.unfinished")


def _absolute(target: Path) -> Path:
    """Return a path with a name, which "." and ".." have not."""
    return target.resolve() if target.name in ("", "..") else target.absolute()


def _gives_way(target: Path, kind: Kind, *, overwrite: bool) -> bool:
    """Return whether something is there that will be replaced; refuse what must not."""
    if target.is_symlink():
        raise kind.error(f"{target}: is a link; remove it or choose another name")
    if not target.exists():
        return False
    if os.path.ismount(target):
        raise kind.error(f"{target}: is a mount point; choose a name inside it")
    flaw = f"{target}: already exists and is no {kind.name}"
    if not (target.is_file() if kind.file else target.is_dir()):
        raise kind.error(f"{flaw}; choose another name")
    if not kind.file and not any(target.iterdir()):
        return False
    if kind.flaw and (why := kind.flaw(target)):
        raise kind.error(f"{flaw} ({why}); choose another name")
    if not (overwrite and kind.flaw) and not (kind.spare and kind.spare(target)):
        raise kind.error(f"{target}: already exists; {kind.advice}")
    return True


def _locked(work: Path, target: Path, kind: Kind, *, wait: bool) -> int:
    """Return the open lock of a folder of unfinished work, made if it is not there."""
    for _ in range(1000):  # races lost; if so many, there is no other process
        if not work.parent.is_dir():
            raise kind.error(f"{work.parent}: no such folder; create it first")
        try:
            own_folder(work, kind)
            held = os.open(work / _LOCK, os.O_RDWR | os.O_CREAT | NO_LINKS, 0o600)
        except FileNotFoundError:  # whoever held it has just finished
            continue
        try:
            lock(held, wait=wait)
        except OSError as problem:
            if problem.errno not in _NO_LOCKS:  # as some network file systems say
                os.close(held)
                text = "another process is writing it; wait for it to end"
                raise kind.error(f"{target}: {text}") from problem
        if os.fstat(held).st_nlink:
            return held
        os.close(held)  # whoever held it has finished since it was opened
    raise kind.error(f"{work.parent}: nothing can be made here; choose another folder")


def _clear_killed(work: Path, place: Path, kind: Kind) -> None:
    """Undo what a killed process had begun; what it had finished stays."""
    old, new = work / _OLD, work / _NEW / place.name
    if old.exists() and (new.exists() or not os.path.lexists(place)):
        old.rename(place)  # refused by the system if anything else is there
    for path in filter(Path.exists, (work / _NEW, old)):
        shutil.rmtree(path)


def _put_folder(
    new: Path, place: Path, kind: Kind, overwrite: bool, then: Callable[[], object]
) -> None:
    """Rename a folder to its name; what was there goes when all has succeeded."""
    old = unfinished(place) / _OLD
    try:
        if _gives_way(place, kind, overwrite=overwrite):
            place.rename(old)
        elif sys.platform == "win32" and place.exists():
            place.rmdir()  # it renames nothing to what exists, however empty
        try:
            new.rename(place)  # refused by the system if there is anything by now
        except OSError:
            _gives_way(place, kind, overwrite=False)
            raise
        sync(place.parent)
        then()
    except BaseException as problem:
        try:
            if not new.exists():
                place.rename(new)
            if old.exists():
                old.rename(place)
        except OSError as second:
            text = f"could not be replaced ({problem}) nor put back ({second.strerror})"
            raise kind.error(f"{place}: {text}; it is in {old}") from problem
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put_file(new: Path, place: Path, kind: Kind, overwrite: bool) -> None:
    """Rename a file to its name, or link it, which overwrites nothing."""
    if not _gives_way(place, kind, overwrite=overwrite) and not overwrite:
        try:
            place.hardlink_to(new)  # refused by the system if there is anything by now
        except OSError:  # or on a file system without links
            _gives_way(place, kind, overwrite=False)
    new.replace(place)
    sync(place.parent)


@contextmanager
def _in_one_line(target: Path, kind: Kind) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise kind.error(f"{target}: {unwritable(problem)}") from problem
