"""``bratsfuse score``: fusion metrics of folders of images, without a release."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bratsfuse.cli._options import FOLDER, workers_option

if TYPE_CHECKING:
    from bratsfuse.luminance import Luminance
    from bratsfuse.metrics.fusion import Convention


def _keys(
    _context: click.Context, _parameter: click.Parameter, text: str
) -> str | tuple[str, ...] | None:
    """Return what `fusion.evaluate` takes for a text such as en,mi,vif."""
    if text == "default":
        return None
    return "all" if text == "all" else tuple(key.strip() for key in text.split(","))


@click.command
@click.argument("fused", type=FOLDER)
@click.option(
    "--source",
    "sources",
    multiple=True,
    required=True,
    type=FOLDER,
    help="Folder of images that were fused; give two or more.",
)
@click.option(
    "--reference",
    type=FOLDER,
    help="Folder of masks: adds every metric where the mask is not zero.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the scores of each image: CSV, or JSON if it ends in .json.",
)
@click.option(
    "--metrics",
    default="default",
    show_default=True,
    callback=_keys,
    help="Keys such as en,mi,vif; or all.",
)
@click.option(
    "--convention",
    default="bratsfuse",
    show_default=True,
    type=click.Choice(["bratsfuse", "cddfuse", "linfeng-tang", "vifb"]),
    help="Whose definitions; the others reproduce published tables.",
)
@click.option(
    "--luminance",
    default="pillow",
    show_default=True,
    type=click.Choice(["pillow", "matlab", "matlab-ycbcr"]),
    help="How colour becomes grey (BT.601): as Pillow, rgb2gray or rgb2ycbcr do.",
)
@click.option("--brain", is_flag=True, help="Add every metric inside the brain.")
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Score the images that all folders have, and warn of the rest.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that is there.")
@workers_option
def command(
    fused: Path,
    sources: tuple[Path, ...],
    reference: Path | None,
    output: Path | None,
    metrics: str | tuple[str, ...] | None,
    convention: "Convention",
    luminance: "Luminance",
    brain: bool,
    allow_missing: bool,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Score the fused images in FUSED against same-named images of each source.

    \b
    Examples:
      bratsfuse score fused --source t1ce --source flair
      bratsfuse score fused --source ct --source mri -o scores.csv
      bratsfuse score fused --source t1ce --source flair --reference masks --brain

    Images are PNG, TIFF or BMP of 8 bits, or JPEG with a warning; colour is scored by
    its luminance. All problems are reported at once, before anything is scored.
    """
    from bratsfuse.cli._progress import progress
    from bratsfuse.folder_scores.score import score_folders, warnings_in
    from bratsfuse.folder_scores.table import SCORES, to_text, write_scores
    from bratsfuse.place import check_target

    if len(sources) < 2:
        raise click.UsageError("found one --source; give two or more")
    if output is not None:
        inputs = [fused, *sources, *filter(None, [reference])]
        check_target(output, SCORES, overwrite=overwrite, outside=inputs)
    with progress() as report:
        table = score_folders(
            fused,
            sources,
            reference,
            metrics=metrics,
            convention=convention,
            luminance=luminance,
            brain=brain,
            allow_missing=allow_missing,
            workers=workers,
            progress=report,
        )
    for line in warnings_in(table):
        click.echo(line, err=True)
    click.echo(to_text(table))
    if output is not None:
        write_scores(table, output, overwrite=overwrite)
        click.echo(output)
