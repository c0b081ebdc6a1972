"""``bratsfuse experiment``: a field of methods, trained and scored."""

import sys
from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER, scheduler_option


@click.command
@click.argument("releases", nargs=-1, required=True, type=FOLDER, metavar="RELEASE...")
@click.option("-o", "--output", required=True, type=FOLDER, help="For everything.")
@click.option(
    "--definition",
    default="fuse4seg",
    show_default=True,
    metavar="NAME_OR_FILE",
    help="Which rows: an experiment of bratsfuse, or a TOML file.",
)
@click.option("--row", "rows", multiple=True, help="One row to do; repeatable.")
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.IntRange(min=0),
    default=(0,),
    show_default=True,
    help="Of the trainings; repeatable.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of every training, such as steps=400 or downsample=4; repeatable.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Rows trained at a time.  [default: as many as there are idle cores]",
)
@scheduler_option
def command(
    releases: tuple[Path, ...],
    output: Path,
    definition: str,
    rows: tuple[str, ...],
    seeds: tuple[int, ...],
    settings: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Train and score every row of an experiment on each RELEASE; write the tables.

    \b
    Examples:
      bratsfuse experiment release -o field --seed 0 --seed 1 --seed 2
      bratsfuse experiment split0 split1 split2 -o field --workers 2
      bratsfuse experiment release -o field --row unet_maximum --set steps=100

    Releases of the same cases built with other --seed are folds. What is done already
    is kept, so the same command goes on where it stopped. What is left, and how long it
    takes, is said before the first training and after each. A row that fails is
    reported and does not stop the others.
    """
    from bratsfuse.experiments.definition import read_definition
    from bratsfuse.experiments.experiment import run_experiment
    from bratsfuse.parallel import idle_cores, on_cluster

    chosen = read_definition(definition)
    with on_cluster(scheduler, read=releases, written=[output.absolute().parent]):
        result = run_experiment(
            chosen,
            releases,
            output,
            rows=rows,
            seeds=seeds,
            overrides=settings,
            workers=workers or idle_cores(),
            say=lambda text: click.echo(text, err=True),
        )
    click.echo(f"{result.table}: {len(result.outcomes)} done, {result.trained} now")
    if result.failures:
        click.echo(f"error: {len(result.failures)} failed; see above", err=True)
        sys.exit(1)
