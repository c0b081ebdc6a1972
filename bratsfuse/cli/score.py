"""``bratsfuse score``: fusion metrics of any folders of images."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bratsfuse.cli._checked import fusion_keys
from bratsfuse.cli._methods import named_places
from bratsfuse.cli._options import FOLDER, scheduler_option, workers_option

if TYPE_CHECKING:
    from bratsfuse.luminance import Luminance
    from bratsfuse.metrics.fusion import Convention


def _keys(
    context: click.Context, parameter: click.Parameter, text: str
) -> str | tuple[str, ...] | None:
    """Return what `fusion.evaluate` takes for a text such as en,mi,vif."""
    if text == "default":
        return None
    keys = "all" if text == "all" else tuple(key.strip() for key in text.split(","))
    return fusion_keys(context, parameter, keys)  # type: ignore[no-any-return]


@click.command
@click.argument("fused", type=FOLDER, required=False)
@click.option(
    "--fused",
    "named",
    metavar="NAME=DIR",
    multiple=True,
    help="Fused images of a method under its name; repeat it to compare methods.",
)
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
    "--report",
    type=FOLDER,
    help="New folder for a page with figures, a record and a table of all images.",
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
    "--per-source",
    is_flag=True,
    help="Add every metric of two sources for each alone, as <key>_<its folder>.",
)
@click.option(
    "--colour",
    type=FOLDER,
    help="The source whose colours the fused images keep: add the colour metrics.",
)
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Score the images that all folders have, and warn of the rest.",
)
@click.option(
    "--patients",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TABLE",
    help="CSV with the columns case and patient, where names do not show who is who.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the bootstrap.",
)
@click.option("--overwrite", is_flag=True, help="Replace the results that are there.")
@workers_option
@scheduler_option
def command(
    fused: Path | None,
    named: tuple[str, ...],
    sources: tuple[Path, ...],
    reference: Path | None,
    output: Path | None,
    report: Path | None,
    metrics: str | tuple[str, ...] | None,
    convention: "Convention",
    luminance: "Luminance",
    brain: bool,
    per_source: bool,
    colour: Path | None,
    allow_missing: bool,
    patients: Path | None,
    seed: int,
    overwrite: bool,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Score the fused images in FUSED against same-named images of each source.

    \b
    Examples:
      bratsfuse score fused --source t1ce --source flair
      bratsfuse score fused --source ct --source mri --per-source -o scores.csv
      bratsfuse score fused --source pet --source mri --colour pet
      bratsfuse score fused --source t1ce --source flair --reference masks --brain
      bratsfuse score --fused cddfuse=a --fused ours=b --source t1ce --source flair \\
        --report scores

    Images are PNG, TIFF or BMP of 8 bits, or JPEG with a warning; colour is scored by
    its luminance. All problems are reported at once, before anything is scored.
    """
    from bratsfuse.folder_scores.fused import score_fused
    from bratsfuse.folder_scores.fused_report import write_fused_scores
    from bratsfuse.folder_scores.method_text import to_text as methods_to_text
    from bratsfuse.folder_scores.patients import read_patients
    from bratsfuse.folder_scores.report_folder import FOLDER as REPORT
    from bratsfuse.folder_scores.table import (
        SCORES,
        to_text,
        warnings_in,
        write_scores,
    )
    from bratsfuse.parallel import on_cluster
    from bratsfuse.place import check_target
    from bratsfuse.terminal.progress import progress

    if len(sources) < 2:
        raise click.UsageError("found one --source; give two or more")
    places = named_places(fused, named, "--fused")
    inputs = [*places.values(), *sources, *filter(None, [reference])]
    for target, kind in ((output, SCORES), (report, REPORT)):
        if target is not None:
            check_target(target, kind, overwrite=overwrite, outside=inputs)
    with on_cluster(scheduler, read=inputs), progress() as told:
        scores = score_fused(
            places,
            sources,
            reference,
            metrics=metrics,
            convention=convention,
            luminance=luminance,
            brain=brain,
            per_source=per_source,
            colour=colour,
            allow_missing=allow_missing,
            patients=None if patients is None else read_patients(patients),
            seed=seed,
            workers=workers,
            progress=told,
        )
    for line in warnings_in(scores.issues):
        click.echo(line, err=True)
    first, *others = scores.tables.values()
    click.echo(
        methods_to_text(scores.methods, convention) if others else to_text(first)
    )
    if output is not None:
        table = scores.tables if others else first
        write_scores(table, output, overwrite=overwrite)
        click.echo(output)
    if report is not None:
        write_fused_scores(scores, report, overwrite=overwrite)
        click.echo(report)
