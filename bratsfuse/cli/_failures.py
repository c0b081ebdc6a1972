"""How a command fails: one line a problem, exit status 1, a traceback on request."""

import sys
from typing import Any, NoReturn

import click

from bratsfuse.errors import BratsfuseError
from bratsfuse.issues import Issue, lines_of


class FailingInOneLine(click.Group):
    """A group that turns our errors into lines on stderr."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (as in click)
        """Run the command; exit with 1 on an error of ours."""
        try:
            return super().invoke(ctx)
        except BratsfuseError as problem:
            if ctx.params.get("debug"):
                raise
            fail(problem)
        except OSError as problem:
            if ctx.params.get("debug"):
                raise
            place = problem.filename or "the system"
            fail(BratsfuseError(f"{place}: {problem.strerror or problem}"))


def fail(problem: BratsfuseError) -> NoReturn:
    """Print an error, its issues first, and exit with status 1."""
    issues: tuple[Issue, ...] = getattr(problem, "issues", ())
    for line in lines_of(issues):
        click.echo(line, err=True)
    text = " ".join(str(problem).split())
    click.echo(f"error: {text}", err=True)
    sys.exit(1)
