"""The folder where a submission is staged: gone afterwards, or with the next one."""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "bratsfuse-reading-"
_NAME: Final = re.compile(rf"{_PREFIX}(?P<host>[0-9a-f]*)-(?P<process>[0-9]+)-.*")


def scratch_folder() -> Path:
    """Return where predictions are kept while they are scored; TMPDIR changes it."""
    return Path(tempfile.gettempdir())


@contextmanager
def staging_folder() -> Iterator[Path]:
    """Yield an empty folder for temporary files, which its owner alone may enter.

    What killed processes of this user have left on this machine is removed first: it
    may be as large as a submission.
    """
    _sweep(scratch_folder())
    prefix = f"{_PREFIX}{_host()}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


def _host() -> str:
    """Return the name of this machine in letters that may be in a file's name."""
    return socket.gethostname().encode().hex()[:64]


def _sweep(folder: Path) -> None:
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*"):
            match = _NAME.fullmatch(path.name)
            if match is None or match["host"] != _host() or path.is_symlink():
                continue
            if path.stat().st_uid == os.geteuid() and _is_gone(int(match["process"])):
                shutil.rmtree(path, ignore_errors=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
