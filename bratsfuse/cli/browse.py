"""``bratsfuse browse``: a page to look through a release."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER, workers_option


@click.command
@click.argument("release", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    help="The new folder of the page.  [default: RELEASE-browse, beside it]",
)
@click.option(
    "--split", "splits", multiple=True, help="A split; repeatable.  [default: all]"
)
@click.option("--overwrite", is_flag=True, help="Replace the page that is there.")
@workers_option
def command(
    release: Path,
    output: Path | None,
    splits: tuple[str, ...],
    overwrite: bool,
    workers: int | None,
) -> None:
    """Write a page with every slice set of RELEASE, and print where it is.

    \b
    Examples:
      bratsfuse browse release -o look
      bratsfuse browse release --split test -o look

    A slider goes through all modalities, fusion products and outlines of the mask;
    slices are chosen by split, case, grade and tumour area. About 0.1 MB for each.
    """
    from bratsfuse.pages.viewer import INDEX_NAME
    from bratsfuse.parallel import available_cores
    from bratsfuse.release.browse import browse
    from bratsfuse.terminal.progress import progress

    place = release.absolute()
    target = output or place.with_name(f"{place.name}-browse")
    with progress() as report:
        browse(
            release,
            target,
            splits=splits,
            workers=workers or available_cores(),
            overwrite=overwrite,
            progress=report,
        )
    click.echo(target / INDEX_NAME)
