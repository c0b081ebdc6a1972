"""Folders for temporary files: gone afterwards, or when the next one is made.

They may contain images of patients, and be as large as a submission.
"""

import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bratsfuse.place.system import is_own

_PREFIX: Final = "bratsfuse-reading-"
_NAME: Final = re.compile(rf"{_PREFIX}(?P<host>[0-9a-f]*)-(?P<process>[0-9]+)-.*")

_KEPT: Final = "kept"


def scratch_folder() -> Path:
    """Return where temporary files are; TMPDIR changes it."""
    return Path(tempfile.gettempdir())


@contextmanager
def staging_folder() -> Iterator[Path]:
    """Yield an empty folder for temporary files, which its owner alone may enter.

    What killed processes of this user have left on this machine is removed first.
    """
    _sweep(scratch_folder())
    prefix = f"{_PREFIX}{host_name()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        if not (folder / _KEPT).exists():
            shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path) -> None:
    """Let a staging folder stay until its owner removes it."""
    (folder / _KEPT).touch()


def host_name() -> str:
    """Return the name of this machine in letters that may be in a file's name."""
    return socket.gethostname().encode().hex()[:64]


def _sweep(folder: Path) -> None:
    if sys.platform == "win32":  # where asking for a process would end it
        return
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*"):
            match = _NAME.fullmatch(path.name)
            if match is None or match["host"] != host_name() or path.is_symlink():
                continue
            ours = is_own(path) and not (path / _KEPT).exists()
            if ours and _is_gone(int(match["process"])):
                shutil.rmtree(path, ignore_errors=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
