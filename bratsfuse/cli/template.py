"""``bratsfuse template``: a valid submission to start from."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER
from bratsfuse.wording import counted


@click.command
@click.argument("release", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option("--split", default="test", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace the submission that is there.")
def command(release: Path, output: Path, split: str, overwrite: bool) -> None:
    """Write a valid submission for RELEASE that predicts nothing.

    \b
    Examples:
      bratsfuse template release -o submission
      bratsfuse template release -o submission --split validation

    It contains submission.toml and predictions.h5 with both tracks, every pixel zero.
    """
    from bratsfuse.place import check_target
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.submission.expected import expected_of
    from bratsfuse.submission.write import SUBMISSION, write_template

    check_target(output, SUBMISSION, overwrite=overwrite, outside=[release])
    expected = expected_of(release, read_manifest(release), split)
    write_template(output, expected, overwrite=overwrite)
    click.echo(
        f"{output}: {counted(len(expected), 'slice set')} of {split}, both tracks, "
        "all zero"
    )
