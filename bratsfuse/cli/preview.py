"""``bratsfuse preview``: a montage of a release."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("release", type=FOLDER)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The PNG file.",
)
@click.option("--split", default="train", show_default=True, help="The split to show.")
@click.option(
    "--rows",
    default=4,
    show_default=True,
    type=click.IntRange(1, 50),
    help="Slice sets to show, evenly spread over the split.",
)
def command(release: Path, output: Path, split: str, rows: int) -> None:
    """Draw modalities, fusion images and masks of RELEASE as one picture."""
    from bratsfuse.errors import InvalidInputError
    from bratsfuse.place import FILE, check_target
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.release.preview import write_preview

    if output.suffix.lower() != ".png":
        raise InvalidInputError(f"{output}: expected a name that ends in .png")
    check_target(output, FILE, overwrite=True, outside=[release])
    manifest = read_manifest(release)
    write_preview(release, manifest, output, split=split, rows=rows)
    click.echo(output)
