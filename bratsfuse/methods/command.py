"""The command line of a third party's program, and a run of it."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.errors import BratsfuseError, InvalidInputError
from bratsfuse.results import Track

OUTPUTS: Final[Mapping[str, Track]] = {"fused": "fusion", "mask": "segmentation"}
"""Placeholder of a folder that the program writes to -> what it contains."""

Told = Callable[[str], None]
"""Called with each line that the program prints, line end included."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_DIRECTORIES: Final = re.compile(r"(^|=)~?/(?:\S*/)?")
_LAST_LINES: Final = 5


class CommandFailedError(BratsfuseError, RuntimeError):
    """A third party's program could not be started, failed, or took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments, in which placeholders stand for folders.

    Attributes
    ----------
    words
        The program and each argument.
    cwd
        The directory that it is run in; None for the current one.
    timeout_s
        Seconds after which it is ended; None for no limit.
    """

    words: tuple[str, ...]
    cwd: Path | None = None
    timeout_s: float | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Return the names in braces, each once, in order."""
        found = (name for word in self.words for name in _PLACEHOLDER.findall(word))
        return tuple(dict.fromkeys(found))

    @property
    def sources(self) -> tuple[Modality, ...]:
        """Return the modalities that it is given."""
        names = [name for name in self.placeholders if name not in OUTPUTS]
        return tuple(map(Modality, names))

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return what it predicts."""
        return tuple(
            track for name, track in OUTPUTS.items() if name in self.placeholders
        )

    def __str__(self) -> str:
        """Return the command for the record, without the folders of any disk."""
        return " ".join(_DIRECTORIES.sub(r"\1", word) for word in self.words)


def parse_command(
    text: str, *, cwd: Path | None = None, timeout_s: float | None = None
) -> Command:
    """Return the command that a text spells, split into words as a shell does.

    Parameters
    ----------
    text
        Such as ``python test.py --a {t1ce} --b {flair} --out {fused}``. ``{t1}``,
        ``{t1ce}``, ``{t2}`` and ``{flair}`` stand for folders of modalities to read,
        ``{fused}`` and ``{mask}`` for folders to write to. No shell is involved.
    cwd
        The directory to run it in; None for the current one.
    timeout_s
        Seconds after which it is ended; None for no limit.

    Raises
    ------
    InvalidInputError
        If quotes do not match, a placeholder is unknown, nothing is read or nothing
        written, or there is no such directory.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as problem:
        raise InvalidInputError(f"{text!r}: {problem}; fix the quotes") from problem
    command = Command(words=words, cwd=cwd, timeout_s=timeout_s)
    inputs = [f"{{{name}}}" for name in Modality]
    outputs = [f"{{{name}}}" for name in OUTPUTS]
    for name in command.placeholders:
        if name not in (*Modality, *OUTPUTS):
            known = " ".join((*inputs, *outputs))
            raise InvalidInputError(f"{text!r}: no placeholder {{{name}}}; use {known}")
    if not command.sources or not command.tracks:
        what = "write to" if command.sources else "read"
        raise InvalidInputError(
            f"{text!r}: names no folder to {what}; "
            f"expected at least one of {' '.join(inputs)}, for the modalities, and one "
            f"of {' '.join(outputs)}, for what the command writes"
        )
    if cwd is not None and not cwd.is_dir():
        raise InvalidInputError(f"{cwd}: no such folder; --cwd must exist")
    return command


def run(command: Command, folders: Mapping[str, Path], told: Told) -> None:
    """Run a command to its end, in the environment of this process.

    Parameters
    ----------
    command
        What to run.
    folders
        Placeholder -> the folder that it stands for.
    told
        Called with everything that the program prints, as it comes.

    Raises
    ------
    CommandFailedError
        If it cannot be started, takes too long, or ends with a status that is not 0.
    """
    words = [
        _PLACEHOLDER.sub(lambda found: str(folders[found[1]]), os.path.expanduser(word))  # noqa: PTH111
        for word in command.words
    ]
    try:
        process = subprocess.Popen(  # noqa: S603  (what the user asked to run)
            words,
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError as problem:
        raise CommandFailedError(
            f"{words[0]}: cannot be started ({problem.strerror}); give the program as "
            "a shell would find it, or by its full path"
        ) from problem
    with process:
        expired, last = _watch(process, command.timeout_s, told)
    if expired:
        raise CommandFailedError(
            f"{words[0]}: ended after {command.timeout_s:g} s; allow it more with "
            f"--timeout; {_words(last)}"
        )
    if process.returncode:
        raise CommandFailedError(
            f"{words[0]}: ended with status {process.returncode}; expected 0; "
            f"{_words(last)}"
        )


def _watch(
    process: subprocess.Popen[str], timeout_s: float | None, told: Told
) -> tuple[bool, list[str]]:
    """Return whether a process had to be ended, and its last lines, when it is over."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    expired: list[bool] = []

    def expire() -> None:
        expired.append(True)
        _end(process)

    timer = Timer(timeout_s or 0, expire)
    if timeout_s is not None:
        timer.start()
    try:
        for line in process.stdout or ():
            told(line)
            last.append(line.strip())
        process.wait()
    except BaseException:  # as when the user interrupts
        _end(process)
        raise
    finally:
        timer.cancel()
    return bool(expired), [line for line in last if line]


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it has started."""
    if sys.platform == "win32":  # which has no groups of processes
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _words(last: list[str]) -> str:
    return f"its last lines: {' | '.join(last)}" if last else "it printed nothing"
