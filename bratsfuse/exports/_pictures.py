"""Images of a release as PNG files, equal to it bit by bit."""

from pathlib import Path

from bratsfuse.arrays import Image
from bratsfuse.release.parquet import png_bytes


def write_picture(path: Path, image: Image) -> None:
    """Write an image as a grey 8-bit PNG file, making its folder where it is missing.

    A mask has its labels as grey values, 0 to 5, and so looks black in a viewer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(image))
