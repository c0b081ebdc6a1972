"""How a command fails: one line a problem, exit status 1, a traceback on request.

A name that nothing has is wrong usage, exit status 2. Interrupted, a command says so in
one line and ends with status 130; where a reader has seen enough, such as ``head``, it
ends without a word. Both are what a shell expects.
"""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from bratsfuse.errors import BratsfuseError, UnknownNameError, advice
from bratsfuse.terminal.streams import printable_streams

if TYPE_CHECKING:  # what tells of a failure is imported when there is one
    from bratsfuse.issues import Issue

FAILED: Final = 1
WRONG_USAGE: Final = 2
NO_READER: Final = 128 + 13
"""What a shell gives for a program that SIGPIPE has ended."""

_INTERRUPTED: Final = 130
"""128 and the number of the signal."""
_KEPT: Final = (
    "nothing unfinished is under its name; run the command again, and build, train and "
    "experiment go on from what is finished"
)


class FailingInOneLine(click.Group):
    """A group that turns our errors into lines on stderr."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  (as in click)
        """Run the program; whatever it prints is printable."""
        with printable_streams():
            return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (as in click)
        """Run the command; exit with 1 on an error of ours."""
        try:
            return super().invoke(ctx)
        except BratsfuseError as problem:
            if ctx.params.get("debug"):
                raise
            fail(problem, WRONG_USAGE if _is_wrong_usage(problem) else FAILED)
        except BrokenPipeError:
            end_without_reader()
        except OSError as problem:
            if ctx.params.get("debug"):
                raise
            fail(BratsfuseError(_of_the_system(problem)))
        except MemoryError as problem:
            if ctx.params.get("debug"):
                raise
            fail(BratsfuseError(_of_memory(problem)))
        except KeyboardInterrupt:
            if ctx.params.get("debug"):
                raise
            click.echo(f"interrupted: {_KEPT}", err=True)
            sys.exit(_INTERRUPTED)


def _is_wrong_usage(problem: BratsfuseError) -> bool:
    """Return whether what was typed is to blame: an unknown name, or options alone."""
    if isinstance(problem, UnknownNameError):
        from bratsfuse.registry import BrokenEntryPointError

        return not isinstance(problem, BrokenEntryPointError)
    issues: tuple[Issue, ...] = getattr(problem, "issues", ())
    return bool(issues) and all(issue.where.startswith("--") for issue in issues)


def fail(problem: BratsfuseError, status: int = FAILED) -> NoReturn:
    """Print an error, its issues first, and exit."""
    from bratsfuse.issues import lines_of
    from bratsfuse.remote.address import in_addresses

    issues: tuple[Issue, ...] = getattr(problem, "issues", ())
    for line in lines_of(issues):
        click.echo(in_addresses(line), err=True)
    text = in_addresses(" ".join(str(problem).split()))
    click.echo(f"error: {text}", err=True)
    sys.exit(status)


def _of_the_system(problem: OSError) -> str:
    """Return where the system refused something, what it said, and what to do."""
    place = problem.filename or _at_hand(problem) or "the system"
    said = problem.strerror or str(problem) or type(problem).__name__
    cure = advice(problem, "run it again with --debug for details")
    return f"{place}: {said}; {cure}"


def _of_memory(problem: MemoryError) -> str:
    """Return at which file memory ended, as far as that is known, and what to do."""
    cure = "free some, use fewer --workers, or get the file again if it is damaged"
    return f"{_at_hand(problem) or 'this machine'}: not enough memory; {cure}"


def _at_hand(problem: BaseException) -> object:
    """Return the last path that was passed on before a failure; None if none was."""
    import traceback
    from pathlib import Path

    place = None
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        paths = [one for one in frame.f_locals.values() if isinstance(one, Path)]
        place = paths[-1] if paths else place
    return place


def end_without_reader() -> NoReturn:
    """Exit in silence: nobody reads standard output, or standard error, any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a test's stream has no file
            os.dup2(nowhere, stream.fileno())
    sys.exit(NO_READER)
