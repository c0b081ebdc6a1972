"""``bratsfuse downstream``: fused images, judged by their use for masks."""

import shlex
import sys
from pathlib import Path

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._options import (
    FOLDER,
    program_options,
    reference_segmenter_option,
    sources_option,
    to_stderr,
    workers_option,
)
from bratsfuse.cli._slices import slices_option


@click.command
@click.argument("words", nargs=-1, metavar="[METHOD_OR_SUBMISSION]")
@program_options
@click.option("--release", required=True, type=FOLDER, help="What it is judged on.")
@click.option("-o", "--output", required=True, type=FOLDER, help="The new report.")
@click.option("--name", help="What to call the entry.  [default: as of predict]")
@click.option(
    "--seeds",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Trainings of every row; scores are averaged over them case by case.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of every training, such as preset=tiny for a look; repeatable.",
)
@click.option(
    "--cache",
    type=FOLDER,
    help="Folder for what is trained.  [default: bratsfuse/downstream in the user's "
    "cache folder]",
)
@click.option("--overwrite", is_flag=True, help="Replace the report that is there.")
@reference_segmenter_option
@slices_option
@sources_option
@workers_option
def command(
    words: tuple[str, ...],
    program: str | None,
    cwd: Path | None,
    timeout: float | None,
    release: Path,
    output: Path,
    name: str | None,
    seeds: int,
    settings: tuple[str, ...],
    cache: Path | None,
    overwrite: bool,
    reference_segmenter: bool,
    slices: bool,
    sources: tuple[Modality, ...] | None,
    workers: int | None,
) -> None:
    """Train the standard segmenter on fused images, score it, write a report.

    \b
    Examples:
      bratsfuse downstream laplacian --release release -o report
      bratsfuse downstream submission --release release -o report --seeds 3
      bratsfuse downstream run --release release -o look --set preset=tiny
      bratsfuse downstream --command 'python test.py {t1ce} {flair} {fused}'
        --release release -o report --name net

    The images are those of a method, a run, a program, or a submission that contains
    every split (bratsfuse predict --split all). They are compared with nine reference
    rows, which are trained once for a release and kept. The same command goes on where
    it was interrupted; its cost is printed first.
    """
    from bratsfuse.experiments.downstream_track import downstream
    from bratsfuse.experiments.entries import entry_of, entry_of_command
    from bratsfuse.methods.command import parse_command
    from bratsfuse.parallel import available_cores
    from bratsfuse.place import check_target
    from bratsfuse.report.text import to_text
    from bratsfuse.report.write import REPORT, room_for_slices, write_report
    from bratsfuse.terminal.progress import progress

    if len(words) != (program is None):
        raise click.UsageError(
            "expected one method, run or submission, or --command in its place"
        )
    if program is not None and sources:
        raise click.UsageError("--sources does not go with --command: leave it out")
    check_target(output, REPORT, overwrite=overwrite, outside=[release])
    with room_for_slices(output, asked=slices) as place, progress() as report:
        if program is None:
            entry = entry_of(
                words[0],
                name=name,
                sources=sources,
                workers=workers or available_cores(),
                progress=report,
            )
        else:
            entry = entry_of_command(
                parse_command(program, cwd=cwd, timeout_s=timeout),
                name or output.absolute().name,
                told=to_stderr,
                progress=report,
            )
        evaluation = downstream(
            entry,
            release,
            cache or _default_cache(),
            seeds=seeds,
            overrides=settings,
            workers=workers or 1,
            reference_segmenter=reference_segmenter,
            slices=place,
            command=shlex.join(["bratsfuse", *sys.argv[1:]]),
            say=lambda text: click.echo(text, err=True),
        )
        write_report(evaluation, output, overwrite=overwrite)
    click.echo(to_text(evaluation.report))
    click.echo(output)


def _default_cache() -> Path:
    return Path(click.get_app_dir("bratsfuse")) / "downstream"
