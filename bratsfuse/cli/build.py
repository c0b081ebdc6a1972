"""``bratsfuse build``: a release from raw volumes."""

from dataclasses import replace
from pathlib import Path

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._checked import fusers as checked_fusers
from bratsfuse.cli._checked import wrong_usage
from bratsfuse.cli._options import (
    FOLDER,
    scheduler_option,
    workers_option,
)
from bratsfuse.cli._raw_options import RecipeOption, raw_options
from bratsfuse.cli._values import modalities, shares, splits
from bratsfuse.wording import counted


@click.command
@click.argument("raw", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new release.")
@click.option(
    "--slices",
    cls=RecipeOption,
    show_default=True,
    type=click.IntRange(min=1),
    help="Slice sets in all splits together.",
)
@click.option(
    "--background-slices",
    cls=RecipeOption,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many of them show brain without tumour.",
)
@click.option(
    "--split",
    cls=RecipeOption,
    show_default=True,
    callback=shares,
    help="Shares of train, validation and test, by patient; or a JSON file with the "
    "cases or patients of each.",
)
@click.option(
    "--sources",
    cls=RecipeOption,
    show_default=True,
    callback=modalities,
    help="Modalities that fusion images are made of.",
)
@click.option(
    "--fuser",
    "fusers",
    cls=RecipeOption,
    show_default=True,
    multiple=True,
    callback=checked_fusers,
    help="Fusion product, of bratsfuse baselines; repeatable.",
)
@click.option(
    "--seed",
    cls=RecipeOption,
    show_default=True,
    type=int,
    help="Salt of the patients' hashes.",
)
@click.option(
    "--folds",
    cls=RecipeOption,
    show_default=True,
    type=int,
    help="Cut the patients into so many folds, of which one is tested; of --split the "
    "share of validation holds. 0 for none.",
)
@click.option(
    "--fold",
    cls=RecipeOption,
    show_default=True,
    type=int,
    help="Which of the --folds is the test split, counted from 0.",
)
@click.option("--skip-bad", is_flag=True, help="Build without the cases with errors.")
@click.option(
    "--allow-fewer",
    is_flag=True,
    help="Take as many slice sets as there are, in the same proportions.",
)
@click.option(
    "--withhold-labels",
    "withhold",
    multiple=True,
    callback=splits,
    metavar="SPLIT",
    help="Write the masks of a split into an answer key, not the release; repeatable.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The answer key with the hidden labels.  [default: OUTPUT.key.h5]",
)
@click.option(
    "--overwrite", is_flag=True, help="Replace the existing release and answer key."
)
@raw_options
@workers_option
@scheduler_option
def command(
    raw: Path,
    output: Path,
    slices: int,
    background_slices: int,
    split: tuple[float, float, float] | Path,
    sources: tuple[Modality, ...],
    fusers: tuple[str, ...],
    seed: int,
    folds: int,
    fold: int,
    skip_bad: bool,
    allow_fewer: bool,
    withhold: tuple[str, ...],
    key: Path | None,
    overwrite: bool,
    layout: str,
    name_mappings: tuple[Path, ...],
    clip_negatives: bool,
    any_shape: bool,
    min_area: int,
    min_gap: int,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Turn the BraTS volumes in RAW into a release.

    \b
    Examples:
      bratsfuse build BraTS2021 -o release
      bratsfuse build MICCAI_BraTS_2018 -o small --slices 300 --skip-bad
      bratsfuse build BraTS-PEDs -o ped --layout brats2024_ped
      bratsfuse build BraTS2021 -o fold0 --folds 5 --fold 0
      bratsfuse build BraTS2021 -o public --withhold-labels test

    An interrupted build of the same cases goes on where it stopped. The release appears
    under its name when it is complete, the same for any number of workers. With
    --withhold-labels it may go to participants while the answer key stays with you:
    every build draws a new secret, so keep the answer key of what you have given out.
    """
    from bratsfuse.builders import find_cases
    from bratsfuse.building.pipeline import build
    from bratsfuse.issues import lines_of
    from bratsfuse.parallel import available_cores, on_cluster
    from bratsfuse.place import check_target
    from bratsfuse.raw.named_splits import read_splits
    from bratsfuse.raw.read_case import read_case
    from bratsfuse.release.label_key import check_key_target, key_path
    from bratsfuse.release.loadable import loading_warning
    from bratsfuse.release.manifest import RELEASE
    from bratsfuse.release.recipe import DEFAULT_SPLIT, Recipe
    from bratsfuse.terminal.progress import progress

    named = split if isinstance(split, Path) else None
    if folds and named:
        raise click.UsageError("--folds beside a file of splits: give one of the two")
    recipe = wrong_usage(Recipe)(
        slices=slices,
        background_slices=background_slices,
        split=DEFAULT_SPLIT if isinstance(split, Path) else split,
        seed=seed,
        folds=folds,
        fold=fold,
        sources=sources,
        fusers=fusers,
        min_area=min_area,
        min_gap=min_gap,
        clip_negatives=clip_negatives,
        any_shape=any_shape,
    )
    if key is not None and not withhold:
        text = "--key without --withhold-labels: add that, or leave --key out"
        raise click.UsageError(text)
    check_target(output, RELEASE, overwrite=overwrite, outside=[raw])
    key = key or key_path(output)
    if withhold:
        check_key_target(key, output, overwrite=overwrite)
    found = find_cases(raw, layout, name_mappings)
    click.echo(f"{found.layout.title}: {counted(len(found.cases), 'case')}", err=True)
    if named:
        recipe = replace(recipe, assigned=read_splits(named, found.cases))
    with (
        on_cluster(scheduler, read=[raw], written=[output.absolute().parent]),
        progress() as report,
    ):
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
            withhold=withhold,
            key=key,
        )
    for line in lines_of(manifest.issues):
        click.echo(line, err=True)
    if told := loading_warning(output):
        click.echo(told, err=True)
    counts = ", ".join(f"{s.slice_sets} {name}" for name, s in manifest.splits.items())
    click.echo(f"{output}: {counted(manifest.slice_sets, 'slice set')} ({counts})")
    click.echo(f"fingerprint {manifest.fingerprint}")
    if withhold:
        click.echo(f"{key}: masks of {', '.join(withhold)}; keep it to yourself")
