"""Killing a command in the middle, at a moment that is known to be in the middle.

A command is run in a copy of this process, which has loaded all that it needs: so a
moment of its time is work and no import. It is struck either by the clock, or at one of
its operations on files (opened for writing, made, renamed, removed), which were counted
in a run to the end; between two of those lie the moments when something could be half
there, however short they are.
"""

import contextlib
import importlib
import mmap
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from writers import Writer

from bratsfuse.place import unfinished

AGAIN_EVERY = 5
"""After so many kills, and the last, it is run to its end; then nothing may be left."""

_KINDS = {
    **dict.fromkeys(("os.rename", "os.link", "os.mkdir", "os.truncate"), "write"),
    **dict.fromkeys(("os.remove", "os.rmdir", "shutil.rmtree"), "remove"),
    **dict.fromkeys(("os.chmod", "fcntl.flock", "subprocess.Popen"), "other"),
}
"""Event of Python's own audit -> of which kind the operation is."""
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_UNFINISHED = (".unfinished", ".building")


@dataclass
class Struck:
    """What a campaign of kills found.

    Attributes
    ----------
    by_operation, by_clock
        Kills that ended the command while it worked.
    again
        Runs to the end after a kill, which were looked at.
    wrong
        What was not as it should be.
    """

    by_operation: int = 0
    by_clock: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Return how many kills struck."""
        return self.by_operation + self.by_clock


def _killed(_path: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Counter:
    """Counts the operations of a copy of this process, and may do something at one.

    Parameters
    ----------
    at
        The number of the operation, from 0; None for none.
    strike
        What to do just before it; kill the process unless told otherwise.
    counts
        Returns whether an operation on a path counts.
    """

    def __init__(
        self,
        at: int | None = None,
        strike: Callable[[str], None] = _killed,
        counts: Callable[[str, str], bool] = lambda kind, _: kind != "read",
    ) -> None:
        self._memory = mmap.mmap(-1, 8)
        self._at, self._strike, self._counts = at, strike, counts

    @property
    def count(self) -> int:
        return int.from_bytes(self._memory[:], "little")

    def listen(self) -> None:
        """Count from now on, in this process alone."""
        process, done = os.getpid(), 0

        def hook(event: str, details: tuple[Any, ...]) -> None:
            nonlocal done
            kind = _KINDS.get(event, "")
            if event == "open":
                kind = "write" if int(details[2] or 0) & _FOR_WRITING else "read"
            path = str(details[0]) if details else ""
            if event == "os.mkdir" and Path(path).exists():
                return  # it is asked for, whether there or not
            if not kind or os.getpid() != process or not self._counts(kind, path):
                return
            done += 1
            self._memory[:] = done.to_bytes(8, "little")
            if done - 1 == self._at:
                self._strike(path)

        sys.addaudithook(hook)


def start(
    words: list[str],
    counter: Counter | None = None,
    loaded: Path | None = None,
) -> int:
    """Start a command in a copy of this process; return its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        output = os.open(os.environ.get("FAULTS_OUTPUT", os.devnull), os.O_WRONLY)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, file in enumerate((nothing, output, output)):
            os.dup2(file, stream)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")  # not a test's
        signal.signal(signal.SIGINT, signal.default_int_handler)  # not in a shell's &
        from bratsfuse.cli import main

        if counter is not None:
            counter.listen()
        main(words)
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        if loaded is not None:
            loaded.write_text("\n".join(sys.modules))
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def status_of(child: int) -> int:
    """Wait for a process; return its status."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(words: list[str]) -> int:
    """Run a command to its end; load what it has loaded, so that the next is quick."""
    with tempfile.NamedTemporaryFile() as file:
        loaded = Path(file.name)
        status = status_of(start(words, loaded=loaded))
        names = loaded.read_text().split()
    for name in names:
        if name not in sys.modules and not name.startswith("__"):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    return status


class Campaign:
    """Kills of one command, one after the other, in a folder of their own."""

    def __init__(self, writer: Writer, folder: Path, rng: random.Random) -> None:
        self.writer, self.folder, self.rng = writer, folder, rng
        self.struck = Struck()
        self.out = folder / writer.out
        # What the command leaves in the system's folder for temporary files.
        self.scratch = folder.with_name(f"{folder.name}-temporary")
        for path in (self.folder, self.scratch):
            path.mkdir()

    def strike(self, kills: int) -> Struck:
        """Kill so often; stop at the first thing that is wrong."""
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.scratch)
        try:
            self._strike(kills)
        finally:
            tempfile.tempdir = None
            os.environ.pop("TMPDIR")
            if before is not None:
                os.environ["TMPDIR"] = before
        return self.struck

    def _strike(self, kills: int) -> None:
        struck, operations = self.struck, 0
        if run(self.writer.to(self.folder)) != 0:
            struck.wrong.append("it fails without a fault")
            return
        self._clear(everything=True)
        counter, began = Counter(), time.monotonic()
        status_of(start(self.writer.to(self.folder), counter))
        operations, takes = counter.count, time.monotonic() - began
        tries = 0
        while struck.kills < kills and tries < 4 * kills + 8 and not struck.wrong:
            tries += 1
            self._clear(everything=tries % AGAIN_EVERY == 1)
            if self.writer.over and not self.out.exists():
                self._run_to_the_end()
            words = self.writer.to(self.folder, again=True)
            if tries % 2:
                child = start(words, Counter(self.rng.randrange(operations)))
            else:
                child = start(words)
                time.sleep(self.rng.uniform(0, takes))
                os.kill(child, signal.SIGKILL)
            if status_of(child) != -signal.SIGKILL:
                continue
            struck.by_operation += tries % 2
            struck.by_clock += 1 - tries % 2
            self._look()
            if struck.kills % AGAIN_EVERY == 0 or struck.kills == kills:
                self._run_again()
        if struck.kills < kills and not struck.wrong:
            struck.wrong.append(f"only {struck.kills} of {kills} kills struck")

    def _clear(self, *, everything: bool) -> None:
        """Take results away, or all; an unfinished one is gone on from."""
        for path in [*self.folder.iterdir()]:
            kept = path.name.endswith(_UNFINISHED) or (
                path == self.out and (self.writer.goes_on or self.writer.over)
            )
            if everything or not kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _look(self) -> None:
        """Look at what a killed command left."""
        names = {path.name for path in self.folder.iterdir()}
        visible = {name for name in names if not name.startswith(".")}
        if odd := visible - {self.out.name, *self.writer.beside}:
            self.struck.wrong.append(f"it left {sorted(odd)}")
        held = unfinished(self.out) / "old"
        place = held if self.writer.over and not self.out.exists() else self.out
        if self.writer.over and not place.exists():
            self.struck.wrong.append("the result that was there is lost")
        if place.exists() and not self._whole(place):
            self.struck.wrong.append("a result that is not whole")

    def _whole(self, place: Path) -> bool:
        try:
            return self.writer.whole(place)
        except Exception as problem:
            self.struck.wrong.append(f"{type(problem).__name__}: {problem}")
            return False

    def _run_to_the_end(self) -> None:
        if run(self.writer.to(self.folder, again=True)) != 0:
            self.struck.wrong.append("the next run does not succeed")

    def _run_again(self) -> None:
        """Run it to its end, and look at what is left then."""
        self.struck.again += 1
        if self.out.exists():
            self._clear(everything=False)
        self._run_to_the_end()
        if not self.out.exists() or not self._whole(self.out):
            self.struck.wrong.append("the result of the next run is not whole")
        left = {path.name for path in self.folder.iterdir()}
        left -= {self.out.name, *self.writer.beside} - {f"{self.out.name}.building"}
        left |= {f"temporary {path.name}" for path in self.scratch.iterdir()}
        if left:
            self.struck.wrong.append(f"the next run left {sorted(left)}")
