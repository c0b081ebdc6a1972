"""``bratsfuse score-masks``: segmentation metrics of folders of masks."""

from pathlib import Path

import click

from bratsfuse.cli import _checked as checked_option
from bratsfuse.cli._methods import named_places
from bratsfuse.cli._options import FOLDER, workers_option

_PLACE = click.Path(path_type=Path)


def _keys(
    context: click.Context, parameter: click.Parameter, text: str
) -> str | tuple[str, ...] | None:
    """Return what `segmentation.evaluate` takes for a text such as dice,hd95."""
    if text == "default":
        return None
    keys = "all" if text == "all" else tuple(key.strip() for key in text.split(","))
    return checked_option.segmentation_keys(context, parameter, keys)  # type: ignore[no-any-return]


def _regions(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[str, ...] | dict[str, tuple[int, ...]] | None:
    """Return the regions that WT,TC or tumour=1+2,core=1 names."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    own = ["=" in part for part in parts]
    if not any(own):
        return checked_option.regions(context, parameter, tuple(parts))  # type: ignore[no-any-return]
    if not all(own):
        raise click.BadParameter(
            f"{text!r} mixes both forms; expected names such as WT,TC, or label sets "
            "such as tumour=1+2+3,core=1"
        )
    regions: dict[str, tuple[int, ...]] = {}
    for part in parts:
        name, _, labels = part.partition("=")
        try:
            regions[name.strip()] = tuple(int(one) for one in labels.split("+"))
        except ValueError as problem:
            raise click.BadParameter(
                f"{part!r}; expected a name and label numbers such as tumour=1+2+3"
            ) from problem
    if len(regions) < len(parts) or "" in regions:
        raise click.BadParameter(f"{text!r}; expected every region once, with a name")
    return checked_option.regions(context, parameter, regions)  # type: ignore[no-any-return]


def _spacing(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> tuple[float, float] | None:
    """Return the pixel size that a text such as 0.5,0.5 gives."""
    if text is None:
        return None
    try:
        rows, columns = (float(part) for part in text.split(","))
    except ValueError as problem:
        raise click.BadParameter(
            f"{text!r}; expected two numbers such as 0.5,0.5"
        ) from problem
    if not (0 < rows < float("inf") and 0 < columns < float("inf")):
        raise click.BadParameter(f"{text!r}; expected millimetres above 0")
    return rows, columns


@click.command
@click.argument("predictions", type=_PLACE, required=False)
@click.option(
    "--predictions",
    "named",
    metavar="NAME=PLACE",
    multiple=True,
    help="Predictions of a method under its name; repeat it to compare methods.",
)
@click.option(
    "--reference", type=_PLACE, required=True, help="The reference masks, likewise."
)
@click.option(
    "-o", "--output", type=FOLDER, required=True, help="The new folder of scores."
)
@click.option(
    "--coding",
    callback=checked_option.coding,
    help="What labels mean: bratsfuse or a dataset layout such as brats2018.  "
    "[default: bratsfuse; 4 without 3 is refused]",
)
@click.option(
    "--reference-coding",
    callback=checked_option.coding,
    help="The same for the references, if they differ.",
)
@click.option(
    "--regions",
    callback=_regions,
    help="Names such as WT,TC,ET,RC, or your own label sets such as tumour=1+2,core=1."
    "  [default: WT,TC,ET]",
)
@click.option(
    "--metrics",
    default="default",
    show_default=True,
    callback=_keys,
    help="Keys such as dice,hd95,lesion_dice; or all.",
)
@click.option(
    "--preset",
    callback=checked_option.preset,
    help="Rules of the lesion-wise scores.",
)
@click.option(
    "--challenge",
    default="",
    callback=checked_option.challenge,
    help="Add what the evaluator of a challenge such as brats2026-gli prints.",
)
@click.option(
    "--policy",
    type=click.Choice(["brats", "skip", "nan"]),
    default="brats",
    show_default=True,
    help="What an empty mask scores.",
)
@click.option(
    "--spacing",
    metavar="ROWS,COLUMNS",
    callback=_spacing,
    help="Pixel size of pictures in mm.  [default: 1,1]",
)
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Give a case without a prediction the worst score instead of refusing.",
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
@click.option("--overwrite", is_flag=True, help="Replace the scores that are there.")
@workers_option
def command(
    predictions: Path | None,
    named: tuple[str, ...],
    reference: Path,
    output: Path,
    coding: str | None,
    reference_coding: str | None,
    regions: tuple[str, ...] | dict[str, tuple[int, ...]] | None,
    metrics: str | tuple[str, ...] | None,
    preset: str | None,
    challenge: str,
    policy: str,
    spacing: tuple[float, float] | None,
    allow_missing: bool,
    patients: Path | None,
    seed: int,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Score the masks in PREDICTIONS against reference masks of the same cases.

    \b
    Examples:
      bratsfuse score-masks predictions --reference labels -o scores
      bratsfuse score-masks predictions --reference '2021/*/*_seg.nii.gz' \\
        --coding brats2021 --preset brats2023-gli -o scores
      bratsfuse score-masks --predictions unet=a --predictions swin=b \\
        --reference labels --regions tumour=1+2+3,core=1+3 -o scores

    PREDICTIONS is a folder, a list of files (.txt, .csv), a pattern in quotes or one
    file: .nii.gz, .nii, .mha, .nrrd, or PNG, TIFF, BMP. Cases go by file names. All
    problems are reported at once, and then nothing is written.
    """
    from bratsfuse.folder_scores.mask_report import write_mask_scores
    from bratsfuse.folder_scores.masks import score_masks
    from bratsfuse.folder_scores.method_text import to_text
    from bratsfuse.folder_scores.patients import read_patients
    from bratsfuse.folder_scores.report_folder import FOLDER as SCORES
    from bratsfuse.issues import lines_of
    from bratsfuse.metrics.segmentation import DEFAULT_PRESET
    from bratsfuse.place import check_target
    from bratsfuse.terminal.progress import progress

    places = named_places(predictions, named, "--predictions")
    inputs = [place for place in (*places.values(), reference) if place.is_dir()]
    check_target(output, SCORES, overwrite=overwrite, outside=inputs)
    with progress() as report:
        scores = score_masks(
            places,
            reference,
            coding=coding,
            reference_coding=reference_coding,
            regions=regions,
            metrics=metrics,
            preset=preset or DEFAULT_PRESET,
            challenge=challenge,
            policy=policy,
            spacing_mm=spacing,
            allow_missing=allow_missing,
            patients=None if patients is None else read_patients(patients),
            seed=seed,
            workers=workers,
            progress=report,
        )
    for line in lines_of(scores.issues):
        click.echo(line, err=True)
    click.echo(to_text(scores.methods))
    write_mask_scores(scores, output, overwrite=overwrite)
    click.echo(output)
