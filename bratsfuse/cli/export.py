"""``bratsfuse export``: a release for a hub or as volumes, a network for PyTorch."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("source", metavar="RELEASE_OR_RUN_OR_SUBMISSION")
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "nifti", "torch"]),
    default="parquet",
    show_default=True,
    help="parquet for a release; nifti for a release, or a submission with --release; "
    "torch for a run, or the name of a baseline whose weights come with bratsfuse.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    help="With nifti: the images to export, such as mask or t1ce; repeatable.  "
    "[default: all]",
)
@click.option(
    "--release",
    type=FOLDER,
    help="With nifti: what the submission is for; its predictions are exported.",
)
@click.option("--overwrite", is_flag=True, help="Replace an exported network.")
def command(
    source: str,
    output: Path,
    file_format: str,
    columns: tuple[str, ...],
    release: Path | None,
    overwrite: bool,
) -> None:
    """Copy a release into image columns or volumes, or a network into a file.

    \b
    Examples:
      bratsfuse export release -o hub
      bratsfuse export release -o volumes --format nifti --column mask --column t1ce
      bratsfuse export submission -o volumes --format nifti --release release
      bratsfuse export run -o network --format torch

    Volumes have the grid of the raw ones; slices that are not in the release are 0.
    Pixels, and weights that were learned from them, stay under the terms of their
    source: do not upload what you may not pass on.
    """
    if file_format != "nifti" and (columns or release):
        option = "--column" if columns else "--release"
        raise click.UsageError(f"{option} does not go with --format {file_format}")
    if file_format == "torch":
        from bratsfuse.baselines import export as export_network

        export_network(source, output, overwrite=overwrite)
        click.echo(f"{output}: network for torch.export.load; mind the terms")
        return
    from bratsfuse.cli._progress import progress
    from bratsfuse.release.parquet import export_parquet

    if overwrite:
        raise click.UsageError(f"--overwrite does not go with --format {file_format}")
    if file_format == "nifti":
        _export_volumes(source, output, columns, release)
        return
    with progress() as report:
        export_parquet(Path(source), output, report)
    click.echo(f"{output}: {file_format} copy; mind the terms before you upload it")


def _export_volumes(
    source: str, output: Path, columns: tuple[str, ...], release: Path | None
) -> None:
    from bratsfuse.cli._progress import progress
    from bratsfuse.release.volumes import export_volumes
    from bratsfuse.wording import counted

    with progress() as report:
        if release is None:
            made = export_volumes(Path(source), output, columns, progress=report)
        else:
            from bratsfuse.submission.to_volumes import export_predictions

            made = export_predictions(
                Path(source), release, output, columns, progress=report
            )
    cases = counted(len(made.slices), "case")
    click.echo(f"{output}: volumes of {cases}: {', '.join(made.folders)}")
    if not made.position_known:
        click.echo(
            "the release keeps no affines, being built by an earlier version: volumes "
            "are put where those of BraTS are; build it again for their own"
        )
