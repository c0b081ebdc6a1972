"""``bratsfuse export``: a release, a submission or a run in another form."""

from pathlib import Path

import click

from bratsfuse.cli._names import RegisteredName
from bratsfuse.cli._options import FOLDER
from bratsfuse.exports import FORMATS, Wish


class _ListingFormats(click.Command):
    """A command whose help lists the formats, as their files describe them."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options, and below them the formats."""
        super().format_options(ctx, formatter)
        with formatter.section("Formats"):
            formatter.write_dl([(name, one.summary) for name, one in FORMATS.usable()])


@click.command(cls=_ListingFormats)
@click.argument("source", metavar="RELEASE_OR_RUN_OR_SUBMISSION")
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option(
    "--format",
    "file_format",
    type=RegisteredName(FORMATS),
    default="parquet",
    show_default=True,
    help="What to write: the list is below.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    help="An image to export, such as mask or t1ce; repeatable. nnunet, monai and npz: "
    "the channels, beside which the mask always is.  [default: all, or the four "
    "modalities as channels]",
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
    """Copy a release, a submission or a run into a form that other tools read.

    \b
    Examples:
      bratsfuse export release -o hub
      bratsfuse export release -o nnUNet_raw/Dataset501_BraTSFuse --format nnunet
      bratsfuse export release -o volumes --format nifti --column mask --column t1ce
      bratsfuse export submission -o volumes --format nifti --release release
      bratsfuse export run -o network --format torch

    Pixels are equal to those of the release bit by bit. Volumes have the grid of the
    raw ones; slices that are not in the release are 0. Pixels, and weights that were
    learned from them, stay under the terms of their source: do not upload what you may
    not pass on.
    """
    chosen = FORMATS[file_format]
    given = {"columns": columns, "release": release, "overwrite": overwrite}
    for option, value in given.items():
        if value and option not in chosen.takes:
            name = option.removesuffix("s")
            told = f"--{name} does not go with --format {file_format}: leave it out"
            raise click.UsageError(told)
    from bratsfuse.terminal.progress import progress

    with progress() as report:
        wish = Wish(
            source=source,
            target=output,
            columns=columns,
            release=release,
            overwrite=overwrite,
            progress=report,
        )
        lines = chosen.write(wish)
    for line in lines:
        click.echo(line)
