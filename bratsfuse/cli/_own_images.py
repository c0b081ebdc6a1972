"""What ``fuse`` and ``predict`` share about folders of a user's own images."""

from collections.abc import Callable
from pathlib import Path

import click

from bratsfuse.anatomy import MODALITY_ALIASES, Modality
from bratsfuse.cli._options import Function, Result


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
    words: tuple[str, ...],
    folders: dict[Modality, Path],
    output: Path,
    *,
    apply: Callable[..., Result],
    workers: int | None,
    overwrite: bool,
    **others: object,
) -> Result:
    """Return what a method makes of a user's own images, with progress shown.

    Parameters
    ----------
    words
        As typed: the name of the method alone.
    folders
        Modality -> folder or file.
    output
        The new folder.
    apply
        The function that does it.
    workers, overwrite
        As typed.
    others
        Options that only a release can have.
    """
    from bratsfuse.cli._progress import progress
    from bratsfuse.parallel import available_cores

    if len(words) != 1:
        raise click.UsageError("expected NAME_OR_RUN alone: --source replaces RELEASE")
    for name, value in others.items():
        if value is not None:
            raise click.UsageError(f"--{name} does not go with --source")
    with progress() as report:
        return apply(
            words[0],
            folders,
            output,
            workers=workers or available_cores(),
            overwrite=overwrite,
            progress=report,
        )
