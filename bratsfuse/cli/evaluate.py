"""``bratsfuse evaluate``: a submission to a report."""

import sys
from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER, workers_option


@click.command
@click.argument(
    "submission", required=False, type=click.Path(path_type=Path), default=None
)
@click.option("--release", required=True, type=FOLDER, help="What it is for.")
@click.option("-o", "--output", type=FOLDER, help="The new report folder.")
@click.option("--split", default="test", show_default=True)
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
    help="The organiser's file of withheld labels.",
)
@click.option(
    "--policy",
    type=click.Choice(["brats", "skip", "nan"]),
    default="brats",
    show_default=True,
    help="What an empty mask scores.",
)
@click.option("--preset", help="Rules of the lesion-wise scores.")
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
@click.option("--overwrite", is_flag=True, help="Replace the report that is there.")
@click.option("--quiet", is_flag=True, help="Print the place of the report only.")
@workers_option
def command(
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
    overwrite: bool,
    quiet: bool,
    workers: int | None,
) -> None:
    """Score SUBMISSION, a folder, zip or HDF5 file, and write a report.

    \b
    Examples:
      bratsfuse evaluate submission --release release -o report
      bratsfuse evaluate --gold --release release -o gold
      bratsfuse evaluate --recheck report submission --release release

    All problems of a submission are told at once; one that has any is refused, and
    the report says why. Segmentation is pooled per case, fusion is per slice.
    """
    from bratsfuse.cli._progress import progress
    from bratsfuse.evaluation.evaluate import evaluate
    from bratsfuse.evaluation.recheck import (
        differences,
        settings_of,
        table_differences,
    )
    from bratsfuse.evaluation.settings import Settings
    from bratsfuse.issues import errors_in
    from bratsfuse.metrics.segmentation import DEFAULT_PRESET
    from bratsfuse.parallel import available_cores
    from bratsfuse.report.files import read_report
    from bratsfuse.report.text import to_text
    from bratsfuse.report.write import check_report_target, write_report

    if gold == (submission is not None):
        raise click.UsageError("give a SUBMISSION, or --gold in its place")
    if (output is None) == (recheck is None):
        raise click.UsageError("give -o REPORT to write one, or --recheck REPORT")
    settings = Settings(
        split=split,
        key=key,
        allow_missing=allow_missing,
        policy=policy,
        preset=preset or DEFAULT_PRESET,
        seed=seed,
        workers=workers or available_cores(),
        command=" ".join(["bratsfuse", *sys.argv[1:]]),
    )
    earlier = None
    if recheck is not None:
        earlier = read_report(recheck)
        settings = settings_of(earlier, settings)
    elif output is not None:
        inputs = [release] if submission is None else [release, submission]
        check_report_target(output, overwrite=overwrite, outside=inputs)
    with progress() as report:
        evaluation = evaluate(submission, release, settings, report)
    if earlier is not None and recheck is not None:
        found = differences(earlier, evaluation.report)
        found += table_differences(recheck, evaluation)
        for line in found:
            click.echo(line)
        if found:
            click.echo(f"error: {recheck}: not reproduced", err=True)
            sys.exit(1)
        click.echo(f"{recheck}: reproduced")
        return
    if output is not None:
        write_report(evaluation, output, overwrite=overwrite)
    for issue in evaluation.report.issues:
        click.echo(str(issue), err=True)
    if not quiet:
        click.echo(to_text(evaluation.report))
    click.echo(output)
    if errors_in(evaluation.report.issues):
        click.echo(f"error: {submission}: refused; nothing was scored", err=True)
        sys.exit(1)
