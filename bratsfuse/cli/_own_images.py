"""What ``fuse`` and ``predict`` share about folders of a user's own images."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from bratsfuse.anatomy import MODALITY_ALIASES, Modality
from bratsfuse.cli._options import Function

_TAKEN: Final = ("words", "folders", "output", "workers", "scheduler", "overwrite")
"""What goes with folders; all other parameters are about a release."""


def own_images_option(function: Function) -> Function:
    """Add folders of a user's own images instead of a release."""
    return click.option(
        "--source",
        "folders",
        multiple=True,
        metavar="MODALITY=FOLDER",
        callback=_folders,
        help="Instead of RELEASE: a folder of NIfTI, MetaImage or NRRD volumes or of "
        "pictures, or one such file; repeatable, in the order of the method.",
    )(function)


def _folders(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> dict[Modality, Path]:
    """Return the folder of each modality that texts such as t1ce=DIR name."""
    found: dict[Modality, Path] = {}
    for text in texts:
        name, equals, place = text.partition("=")
        modality = MODALITY_ALIASES.get(name.strip().lower())
        if modality is None or not equals or not place:
            raise click.BadParameter(
                f"{text!r}; expected MODALITY=FOLDER with one of {', '.join(Modality)}"
            )
        if modality in found:
            raise click.BadParameter(f"{modality} is given twice; expected it once")
        found[modality] = Path(place)
    return found


def apply_to_folders(
    apply: Callable[..., object],
    words: tuple[str, ...],
    folders: dict[Modality, Path],
    output: Path,
    *,
    workers: int | None,
    scheduler: str | None,
    overwrite: bool,
) -> None:
    """Apply a method to a user's own images, with progress; print what was written.

    Parameters
    ----------
    apply
        The function that does it.
    words
        As typed: the name of the method alone.
    folders
        Modality -> folder or file.
    output
        The new folder.
    workers, scheduler, overwrite
        As typed.

    Raises
    ------
    click.UsageError
        If there is a release, too, or an option that only a release can have.
    """
    from bratsfuse.parallel import available_cores, on_cluster
    from bratsfuse.terminal.progress import progress

    _refuse_options_of_releases(click.get_current_context())
    if len(words) != 1:
        raise click.UsageError("expected NAME_OR_RUN alone: --source replaces RELEASE")
    run = [Path(words[0])] if Path(words[0]).exists() else []
    read = [*folders.values(), *run]
    with on_cluster(scheduler, read=read), progress() as report:
        made = apply(
            words[0],
            folders,
            output,
            workers=workers or available_cores(),
            overwrite=overwrite,
            progress=report,
        )
    click.echo(f"{output}: {made}")


def _refuse_options_of_releases(context: click.Context) -> None:
    for one in context.command.params:
        name = str(one.name)
        source = context.get_parameter_source(name)
        if name not in _TAKEN and source is ParameterSource.COMMANDLINE:
            told = f"{one.opts[0]} does not go with --source: leave one out"
            raise click.UsageError(told)
