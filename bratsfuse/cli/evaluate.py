"""``bratsfuse evaluate``: the report of a submission."""

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from bratsfuse.cli._checked import one_split
from bratsfuse.cli._checked import preset as preset_name
from bratsfuse.cli._options import (
    FOLDER,
    reference_segmenter_option,
    scheduler_option,
    workers_option,
)
from bratsfuse.cli._slices import slices_option

if TYPE_CHECKING:
    from bratsfuse.evaluation.settings import Settings
    from bratsfuse.report.records import Evaluation

_DECIDED: Final = (
    "split",
    "allow_missing",
    "policy",
    "preset",
    "seed",
    "slices",
    "overwrite",
)
"""Options that have no say where an earlier report decides."""


@click.command
@click.argument(
    "submission", required=False, type=click.Path(path_type=Path), default=None
)
@click.option("--release", required=True, type=FOLDER, help="What it is for.")
@click.option("-o", "--output", type=FOLDER, help="The new report folder.")
@click.option("--split", default="test", show_default=True, callback=one_split)
@click.option(
    "--gold", is_flag=True, help="Score the release's own masks; must be perfect."
)
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Give what is missing the worst score instead of refusing.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The organiser's answer key with the hidden labels.",
)
@click.option(
    "--policy",
    type=click.Choice(["brats", "skip", "nan"]),
    default="brats",
    show_default=True,
    help="What an empty mask scores.",
)
@click.option("--preset", callback=preset_name, help="Rules of the lesion-wise scores.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the bootstrap.",
)
@click.option(
    "--recheck",
    type=FOLDER,
    metavar="REPORT",
    help="Score again by an earlier report's settings and compare.",
)
@reference_segmenter_option
@slices_option
@click.option("--overwrite", is_flag=True, help="Replace the report that is there.")
@click.option("--quiet", is_flag=True, help="Print the path of the report only.")
@workers_option
@scheduler_option
@click.pass_context
def command(
    context: click.Context,
    submission: Path | None,
    release: Path,
    output: Path | None,
    split: str,
    gold: bool,
    allow_missing: bool,
    key: Path | None,
    policy: str,
    preset: str | None,
    seed: int,
    recheck: Path | None,
    reference_segmenter: bool,
    slices: bool,
    overwrite: bool,
    quiet: bool,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Score SUBMISSION, a folder, zip or HDF5 file, and write a report.

    \b
    Examples:
      bratsfuse evaluate submission --release release -o report
      bratsfuse evaluate submission --release release -o report --slices
      bratsfuse evaluate --gold --release release -o gold
      bratsfuse evaluate --recheck report submission --release release

    All problems of a submission are reported at once; one that has any is refused, and
    the report says why. Segmentation is pooled per case, fusion is per slice.
    """
    from bratsfuse.evaluation.settings import Settings
    from bratsfuse.metrics.segmentation import DEFAULT_PRESET
    from bratsfuse.parallel import available_cores, on_cluster
    from bratsfuse.scratch import scratch_folder

    if gold == (submission is not None):
        raise click.UsageError("give a SUBMISSION, or --gold instead")
    settings = Settings(
        split=split,
        key=key,
        allow_missing=allow_missing,
        policy=policy,
        preset=preset or DEFAULT_PRESET,
        seed=seed,
        workers=workers or available_cores(),
        reference_segmenter=reference_segmenter,
        command=shlex.join(["bratsfuse", *sys.argv[1:]]),
    )
    if (output is None) == (recheck is None):
        raise click.UsageError("give -o REPORT to write one, or --recheck REPORT")
    read = [release, *filter(None, [key])]
    with on_cluster(scheduler, read=read, written=[scratch_folder()]):
        if output is not None:
            _write(
                submission,
                release,
                output,
                settings,
                slices=slices,
                overwrite=overwrite,
                quiet=quiet,
            )
        elif recheck is not None:
            _check_that_report_decides(context)
            _recheck(submission, release, recheck, settings)


def _check_that_report_decides(context: click.Context) -> None:
    for name in _DECIDED:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = name.replace("_", "-")
            raise click.UsageError(
                f"--{option} does not go with --recheck: the report decides"
            )


def _write(
    submission: Path | None,
    release: Path,
    output: Path,
    settings: "Settings",
    *,
    slices: bool,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Score and write a report; what a refusal has to say goes to stderr."""
    from bratsfuse.place import check_target
    from bratsfuse.report.text import to_text
    from bratsfuse.report.write import REPORT, room_for_slices, write_report

    inputs = [release] if submission is None else [release, submission]
    check_target(output, REPORT, overwrite=overwrite, outside=inputs)
    with room_for_slices(output, asked=slices) as place:
        settings = dataclasses.replace(settings, slices=place)
        evaluation = _scored(submission, release, settings)
        write_report(evaluation, output, overwrite=overwrite)
    refused = evaluation.report.status == "refused"
    if not quiet:
        click.echo(to_text(evaluation.report), err=refused)
    click.echo(output)
    if refused:
        click.echo(f"error: {submission}: refused; see {output}", err=True)
        sys.exit(1)


def _recheck(
    submission: Path | None, release: Path, recheck: Path, settings: "Settings"
) -> None:
    """Score by the settings of a report, and print every difference from it."""
    from bratsfuse.evaluation.recheck import (
        differences,
        settings_of,
        table_differences,
    )
    from bratsfuse.report.files import read_report

    earlier = read_report(recheck)
    evaluation = _scored(submission, release, settings_of(earlier, settings))
    found = differences(earlier, evaluation.report)
    found += table_differences(recheck, evaluation)
    for line in found:
        click.echo(line)
    if found:
        click.echo(f"error: {recheck}: not reproduced", err=True)
        sys.exit(1)
    click.echo(f"{recheck}: reproduced")


def _scored(
    submission: Path | None, release: Path, settings: "Settings"
) -> "Evaluation":
    from bratsfuse.errors import InvalidInputError
    from bratsfuse.evaluation.pipeline import evaluate
    from bratsfuse.terminal.progress import progress

    if submission is not None and not submission.exists():
        raise InvalidInputError(
            f"{submission}: no such file or folder; expected a folder, zip or HDF5 "
            "file of predictions"
        )
    with progress() as report:
        return evaluate(submission, release, settings, report)
