"""What Windows does in another way: locks, owners, links and what is on the disk."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)
"""The flag that opens no link; Windows has none, and few links."""

_LOOK_AGAIN_S: Final = 0.1


def lock(opened: int, *, wait: bool) -> None:
    """Lock an open file for this process.

    Parameters
    ----------
    opened
        Its descriptor.
    wait
        Whether to wait for the process that has locked it.

    Raises
    ------
    OSError
        If another process has locked it, or the file system has no locks.
    """
    if sys.platform == "win32":
        _lock_on_windows(opened, wait=wait)
        return
    import fcntl

    fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _lock_on_windows(opened: int, *, wait: bool) -> None:
    import msvcrt

    while True:
        try:
            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            if not wait:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def let_go(opened: int, path: Path) -> None:
    """Let go of a locked file and remove it, in the order that the system allows.

    Where an open file can be removed it is gone before anyone else has the lock: who
    opened it sees that it has no name any more.
    """
    if sys.platform == "win32":
        os.close(opened)
        with suppress(OSError):  # another process has opened it by now
            path.unlink()
        return
    path.unlink(missing_ok=True)
    os.close(opened)


def is_own(path: Path) -> bool:
    """Return whether this user owns a path; on Windows its permissions decide."""
    return sys.platform == "win32" or path.stat().st_uid == os.geteuid()


def sync(path: Path) -> None:
    """Have the system write a file to the disk, or the names in a folder if it can."""
    # Windows writes out only what is open for writing.
    way = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY
    try:
        opened = os.open(path, way | NO_LINKS)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError:
        if not path.is_dir():
            raise
