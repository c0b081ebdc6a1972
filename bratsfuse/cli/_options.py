"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._values import modalities

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")

FOLDER = click.Path(path_type=Path, file_okay=False)


def workers_option(function: Function) -> Function:
    """Add the number of worker processes; all cores by default."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=None,
        help="Worker processes.  [default: one per core]",
    )(function)


def scheduler_option(function: Function) -> Function:
    """Add the address of a Dask scheduler whose workers do the work."""
    return click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Let the workers of a Dask cluster do the work: tcp://HOST:8786, or the "
        "scheduler's file.",
    )(function)


def reference_segmenter_option(function: Function) -> Function:
    """Add whether the frozen reference segmenter reads fused images."""
    return click.option(
        "--reference-segmenter/--no-reference-segmenter",
        default=True,
        envvar="BRATSFUSE_REFERENCE_SEGMENTER",
        show_envvar=True,
        help="Let the frozen reference segmenter read the fused images.  "
        "[default: yes]",
    )(function)


def sources_option(function: Function) -> Function:
    """Add the modalities that a method is given."""
    option = click.option(
        "--sources",
        callback=lambda context, parameter, text: (
            None if text is None else modalities(context, parameter, text)
        ),
        help="Modalities that the method is given.  [default: those of the release's "
        "own fusion images]",
    )
    return option(function)


def method_options(function: Function) -> Function:
    """Add the options that say how a method is applied to a release."""
    return sources_option(scheduler_option(workers_option(function)))


def command_options(function: Function) -> Function:
    """Add a method or a program, and the release that it is applied to."""
    words = click.argument("words", nargs=-1, metavar="[NAME_OR_RUN] RELEASE")
    return words(program_options(function))


def program_options(function: Function) -> Function:
    """Add what runs a third party's program instead of a method."""
    for option in reversed(
        (
            click.option(
                "--command",
                "program",
                metavar="TEXT",
                help="Instead of NAME_OR_RUN: a program over folders of images, with "
                "{t1} {t1ce} {t2} {flair} for those it reads, {fused} {mask} for those "
                "it writes.",
            ),
            click.option(
                "--cwd",
                type=click.Path(path_type=Path, file_okay=False, exists=True),
                help="Directory to run the program in.  [default: the current one]",
            ),
            click.option(
                "--timeout",
                type=click.FloatRange(min=0, min_open=True),
                metavar="SECONDS",
                help="End the program after so long.  [default: no limit]",
            ),
        )
    ):
        function = option(function)
    return function


def name_and_release(
    words: tuple[str, ...], program: str | None, **others: object
) -> tuple[str, Path]:
    """Return the name of a method, empty for a program, and the release.

    Parameters
    ----------
    words
        As typed.
    program
        The program, None if there is none.
    others
        Further options that only a method can have.

    Raises
    ------
    click.UsageError
        If words are missing or too many, or options do not go together.
    """
    if program is None:
        if len(words) != 2:
            raise click.UsageError("expected NAME_OR_RUN and RELEASE")
        return words[0], Path(words[1])
    if len(words) != 1:
        raise click.UsageError("expected RELEASE alone: --command replaces the name")
    for name, value in others.items():
        if value is not None:
            raise click.UsageError(
                f"--{name} does not go with --command: leave one out"
            )
    return "", Path(words[0])


def apply_to_release(
    words: tuple[str, ...],
    program: str | None,
    output: Path,
    *,
    by_method: Callable[..., Result],
    by_program: Callable[..., Result],
    cwd: Path | None,
    timeout: float | None,
    sources: tuple[Modality, ...] | None,
    workers: int | None,
    scheduler: str | None,
    **choices: object,
) -> Result:
    """Return what a method or a program makes of a release, with progress shown.

    Parameters
    ----------
    words, program
        As typed: what is applied, and to which release.
    output
        What is written.
    by_method, by_program
        The functions that apply the one or the other.
    cwd, timeout
        Of a program.
    sources, workers, scheduler
        Of a method; a program cannot have them.
    choices
        What both functions take.
    """
    from bratsfuse.methods.command import parse_command
    from bratsfuse.parallel import available_cores, on_cluster
    from bratsfuse.terminal.progress import progress

    name, release = name_and_release(
        words, program, sources=sources, workers=workers, scheduler=scheduler
    )
    run = [Path(name)] if name and Path(name).exists() else []
    with on_cluster(scheduler, read=[release, *run]), progress() as report:
        if program is None:
            return by_method(
                name,
                release,
                output,
                sources=sources,
                workers=workers or available_cores(),
                progress=report,
                **choices,
            )
        return by_program(
            parse_command(program, cwd=cwd, timeout_s=timeout),
            release,
            output,
            told=to_stderr,
            progress=report,
            **choices,
        )


def to_stderr(text: str) -> None:
    """Print what a program prints, beside the results and not among them."""
    click.echo(text, err=True, nl=False)
