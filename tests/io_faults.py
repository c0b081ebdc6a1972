"""Errors of the system in the middle of a command, and Ctrl-C.

The command is run in a copy of this process, where one operation on its input or its
result fails as it would on a full or a broken disk, or a signal arrives just then. A
limit of the size of files stands in for a disk that is full below the libraries which
write by themselves, such as HDF5.
"""

import errno
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kills import Counter, start, status_of
from writers import Writer

READ = {"EIO": errno.EIO, "EACCES": errno.EACCES}
WRITTEN = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES}
_FIXES = (
    "; ",
    " (--",
    "run ",
    "choose",
    "free",
    "check",
    "copy",
    "remove",
    "see whether",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it wrote to the terminal."""

    status: int
    output: str

    @property
    def last_line(self) -> str:
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""


def ended(words: list[str], counter: Counter | None = None, size: int = 0) -> Outcome:
    """Run a command; no file may be larger than `size` if that is above 0."""
    reading, writing = os.pipe()  # no file, which the limit would be of, too
    before = os.environ.get("FAULTS_OUTPUT")
    os.environ["FAULTS_OUTPUT"] = f"/dev/fd/{writing}"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        if size:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        child = start(words, counter)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        os.close(writing)
        os.environ.pop("FAULTS_OUTPUT")
        if before is not None:
            os.environ["FAULTS_OUTPUT"] = before
    with os.fdopen(reading, errors="replace") as stream:
        output = stream.read()
    return Outcome(status_of(child), output)


def within(*folders: Path, kind: str) -> Callable[[str, str], bool]:
    """Return whether an operation of a kind is on something in one of the folders."""
    places = tuple(str(folder) for folder in folders)
    return lambda found, path: found == kind and path.startswith(places)


def failing(code: int) -> Callable[[str], None]:
    """Return what lets an operation fail as the system would."""

    def strike(path: str) -> None:
        raise OSError(code, os.strerror(code), path)

    return strike


def interrupt(_path: str) -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def complaints(outcome: Outcome, writer: Writer, folder: Path) -> list[str]:
    """Return what is wrong with how a command told of an error, and what it left."""
    wrong = []
    if outcome.status != 1:
        wrong.append(f"status {outcome.status}")
    if "Traceback" in outcome.output:
        wrong.append("a traceback")
    line = outcome.last_line
    told = outcome.output.splitlines()  # issues stand above the error
    if not line.startswith("error: ") or not any("/" in o or ".nii" in o for o in told):
        wrong.append("no line that names a path")
    if not any(fix in line for fix in _FIXES):
        wrong.append("no fix")
    return [*wrong, *left_behind(writer, folder)]


def left_behind(writer: Writer, folder: Path) -> list[str]:
    """Return what a command that failed should not have left."""
    allowed = {*writer.beside}
    out = folder / writer.out
    wrong = []
    if out.exists():
        allowed.add(out.name)
        if not writer.whole(out):
            wrong.append("a result that is not whole")
    if left := {path.name for path in folder.iterdir()} - allowed:
        wrong.append(f"it left {sorted(left)}")
    return wrong
