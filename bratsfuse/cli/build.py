"""``bratsfuse build``: raw volumes to a release."""

from pathlib import Path

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._options import (
    FOLDER,
    modalities,
    raw_options,
    shares,
    workers_option,
)


@click.command
@click.argument("raw", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new release.")
@click.option(
    "--slices",
    default=2040,
    show_default=True,
    type=click.IntRange(min=1),
    help="Slice sets in all splits together.",
)
@click.option(
    "--background-slices",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many of them show brain without tumour.",
)
@click.option(
    "--split",
    default="0.7,0.1,0.2",
    show_default=True,
    callback=shares,
    help="Shares of train, validation and test, by patient.",
)
@click.option(
    "--sources",
    default="t1ce,flair",
    show_default=True,
    callback=modalities,
    help="Modalities that fusion images are made of.",
)
@click.option(
    "--fuser",
    "fusers",
    multiple=True,
    help="Fusion product; repeatable.  [default: average, maximum, laplacian]",
)
@click.option(
    "--seed", default=0, show_default=True, help="Salt of the patients' hashes."
)
@click.option("--skip-bad", is_flag=True, help="Build without the cases with errors.")
@click.option(
    "--allow-fewer",
    is_flag=True,
    help="Take as many slice sets as there are, in the same proportions.",
)
@click.option("--overwrite", is_flag=True, help="Replace the release that is there.")
@raw_options
@workers_option
def command(
    raw: Path,
    output: Path,
    slices: int,
    background_slices: int,
    split: tuple[float, float, float],
    sources: tuple[Modality, ...],
    fusers: tuple[str, ...],
    seed: int,
    skip_bad: bool,
    allow_fewer: bool,
    overwrite: bool,
    layout: str,
    name_mappings: tuple[Path, ...],
    clip_negatives: bool,
    any_shape: bool,
    min_area: int,
    min_gap: int,
    workers: int | None,
) -> None:
    """Turn the BraTS volumes in RAW into a release.

    \b
    Examples:
      bratsfuse build BraTS2021 -o release
      bratsfuse build MICCAI_BraTS_2018 -o small --slices 300 --skip-bad
      bratsfuse build BraTS-PEDs -o ped --layout brats2024_ped

    An interrupted build of the same cases goes on where it stopped. The release
    appears under its name when it is whole, the same for any number of workers.
    """
    from bratsfuse.build import build, check_target
    from bratsfuse.builders import find_cases
    from bratsfuse.builders._read_case import read_case
    from bratsfuse.cli._progress import progress
    from bratsfuse.fusers import FUSERS
    from bratsfuse.parallel import available_cores
    from bratsfuse.recipe import Recipe

    recipe = Recipe(
        slices=slices,
        background_slices=background_slices,
        split=split,
        seed=seed,
        sources=sources,
        fusers=fusers or tuple(FUSERS),
        min_area=min_area,
        min_gap=min_gap,
        clip_negatives=clip_negatives,
        any_shape=any_shape,
    )
    check_target(output, overwrite=overwrite)
    found = find_cases(raw, layout, name_mappings)
    click.echo(f"{found.layout.title}: {len(found.cases)} cases", err=True)
    with progress() as report:
        manifest = build(
            found.layout,
            found.cases,
            recipe,
            output,
            read=read_case,
            workers=workers or available_cores(),
            skip_bad=skip_bad,
            allow_fewer=allow_fewer,
            overwrite=overwrite,
            progress=report,
            notes=found.notes(),
        )
    for issue in manifest.issues:
        click.echo(str(issue), err=True)
    counts = ", ".join(f"{s.slice_sets} {name}" for name, s in manifest.splits.items())
    click.echo(f"{output}: {manifest.slice_sets} slice sets ({counts})")
    click.echo(f"fingerprint {manifest.fingerprint}")
