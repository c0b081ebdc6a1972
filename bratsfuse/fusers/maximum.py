"""The brightest of the images, pixel by pixel."""

from typing import Final

from bratsfuse.arrays import Image, Images
from bratsfuse.fusers._fuser import Fuser


def maximum(images: Images) -> Image:
    """Return the brightest value of the images at every pixel."""
    brightest: Image = images.max(axis=0)
    return brightest


FUSER: Final = Fuser(function=maximum, summary="brightest value")
