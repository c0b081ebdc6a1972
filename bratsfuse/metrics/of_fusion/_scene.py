"""What the fusion metrics look at, with every intermediate map made at most once.

Most metrics share their expensive parts: local means serve SSIM, MS-SSIM and Piella's
indices, one joint histogram serves MI, NMI and QNCIE. A map is therefore a function
marked `once` of the smallest thing it depends on: an `Image`, a `Pair` of a source and
the fused image, or a `Scene`, which adds the part of the image that counts. Maps of the
sources outlive the scene, so a second fused image finds them ready.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_fusion._box import Box, around, box_of
from bratsfuse.metrics.of_fusion._input import (
    checked_fused,
    checked_mask,
    checked_sources,
)

Float = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
P = ParamSpec("P")
R = TypeVar("R")


class NotApplicableError(InvalidInputError):
    """A metric has no value for such images; `fusion.evaluate` makes it NaN."""


class Holder:
    """Something that remembers what was computed from it."""

    __slots__ = ("memo",)

    def __init__(self) -> None:
        self.memo: dict[object, Any] = {}


H = TypeVar("H", bound=Holder)


def once(
    function: Callable[Concatenate[H, P], R],
) -> Callable[Concatenate[H, P], R]:
    """Return the function, remembering its values in its first argument."""

    @functools.wraps(function)
    def remembered(holder: H, *args: P.args, **kwargs: P.kwargs) -> R:
        place = (function, args, *kwargs.items())
        if place in holder.memo:
            found: R = holder.memo[place]
        else:
            found = holder.memo[place] = function(holder, *args, **kwargs)
        return found

    return cast("Callable[Concatenate[H, P], R]", remembered)


class Image(Holder):
    """One grey image, shape (H, W).

    Attributes
    ----------
    grey
        What it was made of: uint8 unless derived from another image.
    """

    __slots__ = ("_box", "_pixels", "grey")

    def __init__(self, grey: npt.NDArray[Any]) -> None:
        super().__init__()
        self.grey = grey
        self._pixels: Float | None = None
        self._box: Box | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.grey.shape
        return height, width

    @property
    def pixels(self) -> Float:
        """The image as float64, C-contiguous."""
        if self._pixels is None:
            self._pixels = np.ascontiguousarray(self.grey, dtype=np.float64)
        return self._pixels

    @property
    def box(self) -> Box:
        """Outside it all pixels are 0."""
        if self._box is None:
            self._box = box_of(self.grey)
        return self._box


class Pair(Holder):
    """A source and the fused image."""

    __slots__ = ("fused", "source")

    def __init__(self, source: Image, fused: Image) -> None:
        super().__init__()
        self.source = source
        self.fused = fused

    @property
    def box(self) -> Box:
        """Outside it all pixels of both are 0."""
        return around(self.source.box, self.fused.box)


class Sources:
    """Checked source images that keep their maps for the next fused image.

    Scoring many fused images against the same sources takes a third less time when one
    `Sources` is passed each time instead of the bare array. Two brain slices of 240 x
    240 then take 9 MB of maps for the default metrics, 21 MB for all.

    Parameters
    ----------
    sources
        uint8, shape (S, H, W), S >= 2, or a sequence of S images of shape (H, W).

    Raises
    ------
    InvalidInputError
        If an image is not uint8, or they are fewer than two or differ in shape.
    """

    __slots__ = ("_brain", "grey", "images")

    def __init__(self, sources: npt.ArrayLike | Sequence[npt.ArrayLike]) -> None:
        self.grey: Grey = checked_sources(sources)
        self.images = tuple(Image(grey) for grey in self.grey)
        self._brain: Mask | None = None

    @classmethod
    def of(cls, sources: "ImagesLike | None") -> "Sources":
        """Return the sources, checked now unless they are already."""
        if isinstance(sources, Sources):
            return sources
        return cls(() if sources is None else sources)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.grey.shape[1:]
        return height, width

    @property
    def brain(self) -> Mask:
        """True where a source is not zero and in the holes of that area."""
        if self._brain is None:
            self._brain = _filled(np.any(self.grey > 0, axis=0))
        return self._brain


ImagesLike = npt.ArrayLike | Sequence[npt.ArrayLike] | Sources


class Scene(Holder):
    """Sources, a fused image and the part of it that counts.

    Attributes
    ----------
    sources, fused
        The images.
    pairs
        Each source with the fused image.
    inside
        The pixels that count, shape (H, W); None where all do.
    """

    __slots__ = ("fused", "inside", "pairs", "sources")

    def __init__(
        self, sources: Sequence[Image], fused: Image, inside: Mask | None = None
    ) -> None:
        super().__init__()
        self.sources = tuple(sources)
        self.fused = fused
        self.pairs = tuple(Pair(source, fused) for source in self.sources)
        self.inside = inside

    @classmethod
    def of(
        cls,
        sources: ImagesLike | None,
        fused: npt.ArrayLike | None,
        inside: npt.ArrayLike | None = None,
        *,
        fused_alone: bool = False,
    ) -> "Scene":
        """Return the scene of checked arguments.

        ``fused_alone`` leaves the sources out: the metric does not look at them.
        """
        if fused_alone:
            image = checked_fused(fused)
            images: tuple[Image, ...] = ()
        else:
            prepared = Sources.of(sources)
            image = checked_fused(fused, prepared.shape)
            images = prepared.images
        mask = None if inside is None else checked_mask(inside, image.shape)
        return cls(images, Image(image), mask)

    def within(self, inside: npt.ArrayLike) -> "Scene":
        """Return the same scene, seen through a mask; the maps are shared."""
        mask = checked_mask(inside, self.fused.shape)
        scene = Scene(self.sources, self.fused, mask)
        scene.pairs = self.pairs
        return scene

    def alone(self, number: int) -> "Scene":
        """Return the same scene with one source only; the maps are shared."""
        scene = Scene(self.sources[number : number + 1], self.fused, self.inside)
        scene.pairs = self.pairs[number : number + 1]
        return scene

    def require_side(self, minimum: int, metric: str) -> None:
        """Refuse images that the metric's window does not fit."""
        height, width = self.fused.shape
        if min(height, width) < minimum:
            raise NotApplicableError(
                f"{metric}: the images are {height} x {width} pixels; it needs at "
                f"least {minimum} on the shorter side; leave this metric out"
            )


@dataclass(frozen=True, slots=True)
class Alone:
    """A metric of every source as if it were the only one."""

    formula: Callable[[Scene], float]

    def __call__(self, scene: Scene) -> tuple[float, ...]:
        """Return the value of each source, in order."""
        count = len(scene.sources)
        return tuple(float(self.formula(scene.alone(i))) for i in range(count))


def alone(formula: Callable[[Scene], float]) -> Alone:
    """Return a function that gives a metric of every source as if it were the only one.

    The values of a sum or mean over the sources add up to the metric.
    """
    return Alone(formula)


def selected(values: npt.NDArray[Any], inside: Mask | None) -> npt.NDArray[Any]:
    """Return the values of a map where the mask is true, as one row."""
    return values.ravel() if inside is None else values[inside]


def mean(values: Float, inside: Mask | None = None) -> float:
    """Return the mean of a map inside a mask; NaN where the mask is empty."""
    chosen = selected(values, inside)
    return float(chosen.mean()) if chosen.size else math.nan


def total(values: Float, inside: Mask | None = None) -> float:
    """Return the sum of a map inside a mask."""
    return float(selected(values, inside).sum())


def cropped(inside: Mask | None, border: int) -> Mask | None:
    """Return the mask without a border, where windows of that radius fit the image."""
    if inside is None or border == 0:
        return inside
    return inside[border:-border, border:-border]


def _filled(area: Mask) -> Mask:
    """Return the area with its holes: the zeros from which no path leads outside."""
    from scipy import ndimage

    labels, _ = ndimage.label(~area)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    filled: Mask = area | ~np.isin(labels, rim)
    return filled
