"""``bratsfuse export``: a release for a dataset hub, a trained network for PyTorch."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("source", metavar="RELEASE_OR_RUN")
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "torch"]),
    default="parquet",
    show_default=True,
    help="parquet for a release; torch for a run, or the name of a baseline whose "
    "weights come with bratsfuse.",
)
@click.option("--overwrite", is_flag=True, help="Replace an exported network.")
def command(source: str, output: Path, file_format: str, overwrite: bool) -> None:
    """Copy a release into image columns, or a network into a file of PyTorch's.

    \b
    Examples:
      bratsfuse export release -o hub
      bratsfuse export run -o network --format torch

    Pixels, and weights that were learned from them, stay under the terms of their
    source: do not upload what you may not pass on.
    """
    if file_format == "torch":
        from bratsfuse.baselines import export as export_network

        export_network(source, output, overwrite=overwrite)
        click.echo(f"{output}: network for torch.export.load; mind the terms")
        return
    from bratsfuse.cli._progress import progress
    from bratsfuse.release.parquet import export_parquet

    if overwrite:
        raise click.UsageError("--overwrite does not go with --format parquet")
    with progress() as report:
        export_parquet(Path(source), output, report)
    click.echo(f"{output}: {file_format} copy; mind the terms before you upload it")
