"""``bratsfuse export``: a hub-ready copy of a release."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("release", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet"]),
    default="parquet",
    show_default=True,
    help="What to write.",
)
def command(release: Path, output: Path, file_format: str) -> None:
    """Copy RELEASE into a folder that a dataset hub can show, as image columns.

    The pixels stay under the terms of their source: do not upload what you may not
    pass on.
    """
    from bratsfuse.cli._progress import progress
    from bratsfuse.release.parquet import export_parquet

    with progress() as report:
        export_parquet(release, output, report)
    click.echo(f"{output}: {file_format} copy; mind the terms before you upload it")
