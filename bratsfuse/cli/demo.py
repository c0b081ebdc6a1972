"""``bratsfuse demo``: the complete workflow on phantom cases."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER, workers_option


@click.command
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    default=Path("bratsfuse-demo"),
    show_default=True,
    help="A new folder for everything.",
)
@workers_option
def command(output: Path, workers: int | None) -> None:
    """Show the complete workflow on synthetic cases, in a few minutes on two cores.

    Writes phantom cases, builds a release from them, verifies it, loads it with
    `datasets` and with torch, draws a preview, trains a small Fuse4Seg, predicts the
    test split with it and with methods that need no training, scores and ranks them.
    """
    from bratsfuse.demo import COST, READING, SHOWN, demo
    from bratsfuse.parallel import available_cores
    from bratsfuse.terminal.progress import progress

    click.echo(f"{COST}, into {output}")
    with progress() as report:
        result = demo(
            output,
            workers=workers or available_cores(),
            say=click.echo,
            progress=report,
        )
    click.echo("")
    click.echo(READING)
    click.echo("")
    click.echo("Look at:")
    click.echo(f"  {result.montage}   what was built")
    click.echo(f"  {result.leaderboard}   how the methods rank")
    click.echo(f"  {result.learning_curve}   the training")
    for name, page in result.reports.items():
        click.echo(f"  {page}   the report of {name}")
    click.echo(f"  {result.slices}   the slices of {SHOWN}, beside the fusion products")
    click.echo(f"  {result.release / 'README.md'}   the dataset card")
    click.echo(f"  {result.release / 'DATASHEET.md'}   how it was made")
