"""The form that a fusion method fills in."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Image, Images
from bratsfuse.errors import InvalidInputError, MissingExtraError

Function = Callable[[Images], Image]

_EXTRAS: Final = {"wavelets": "pywt"}
"""Optional dependency of bratsfuse -> the module that it brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuser:
    """A function of N aligned images that returns one, and what it promises.

    Calling it checks the images, fuses them, and sets the pixels to 0 where every
    image is 0: filters spread light over the edge of the brain.

    Attributes
    ----------
    function
        Pure; takes uint8 (N, H, W) with N >= 2 and any H and W, returns uint8 (H, W).
    summary
        What it does, in a few words.
    symmetric
        Whether the order of the images does not matter.
    exact
        Whether it gives the same bits on every machine. One that is not may differ
        between processors and library versions, by how much `docs/fusers.md` says.
    extra
        The optional dependency of bratsfuse that it needs; empty for none.
    with_options
        Returns the method that the text after the colon of ``name:text`` asks for; None
        for a method without options.
    example
        A name with options; empty for a method without.
    """

    function: Function
    summary: str
    symmetric: bool = True
    exact: bool = True
    extra: str = ""
    with_options: "Callable[[str], Fuser] | None" = None
    example: str = ""

    def __call__(self, images: Images) -> Image:
        """Return the fused image: uint8 (H, W), 0 where every image is 0.

        Raises
        ------
        InvalidInputError
            If `images` is not uint8, not 3-dimensional, empty, or a single image; or
            if the function returns anything but uint8 (H, W).
        MissingExtraError
            If an optional dependency is not installed.
        """
        check_images(images)
        fused = self.function(images)
        if fused.dtype != np.uint8 or fused.shape != images.shape[1:]:
            raise InvalidInputError(
                f"a fusion method returned {fused.dtype} of shape {fused.shape}; "
                f"expected uint8 of shape {images.shape[1:]}"
            )
        return np.where(images.any(axis=0), fused, np.uint8(0))

    def check_installed(self, name: str) -> None:
        """Refuse a method whose optional dependency is missing, before any work.

        Raises
        ------
        MissingExtraError
            With the command that installs it.
        """
        if self.extra and find_spec(_EXTRAS[self.extra]) is None:
            raise MissingExtraError(
                f"{name} needs an optional dependency that is not installed; "
                f"run: pip install 'bratsfuse[{self.extra}]'"
            )

    def configured(self, name: str, options: str) -> "Fuser":
        """Return the method with the options that a text asks for.

        Raises
        ------
        InvalidInputError
            If it takes none, or not these.
        """
        if self.with_options is None:
            raise InvalidInputError(
                f"{name}:{options}: the method {name} takes no options; leave them out"
            )
        return self.with_options(options)


def check_images(images: npt.NDArray[Any]) -> None:
    """Refuse what no fusion method takes.

    Raises
    ------
    InvalidInputError
        If it is not at least two uint8 images of at least one pixel.
    """
    wrong = images.dtype != np.uint8 or images.ndim != 3
    if wrong or len(images) < 2 or not images.size:
        raise InvalidInputError(
            f"got {images.dtype} of shape {images.shape}; "
            "expected at least two uint8 images as one array (N, H, W)"
        )
