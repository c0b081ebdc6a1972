"""The space of a phantom: template grid, smooth noise and signed distances.

Positions are millimetres in a template whose axes follow the array axes (LPS): ``a``
from the midline to the patient's left, ``b`` from anterior to posterior and ``c`` from
inferior to superior. Solids are signed distances, negative inside. Everything smooth
is computed on a grid of 2 mm and interpolated, which costs an eighth.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError

Field: TypeAlias = npt.NDArray[np.float32]
Point: TypeAlias = tuple[float, float, float]
Node: TypeAlias = tuple[float, float, float, float]
Triple: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[slice, slice, slice]

COARSE_MM: Final = 2
TEMPLATE_LOWER: Final[Point] = (-76.0, -94.0, -76.0)
TEMPLATE_UPPER: Final[Point] = (76.0, 92.0, 72.0)
TEMPLATE_ORIGINS: Final[dict[Triple, Point]] = {
    (240, 240, 155): (119.5, 130.0, 75.0),
    (182, 218, 182): (90.5, 108.0, 84.0),
}
"""Voxel at which the template has its origin, for the two grids that BraTS uses."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the brain is in the array: the box that contains it and the origin."""

    origin: Point
    lower: Triple
    size: Triple

    @property
    def box(self) -> Box:
        """The slices that cut the box out of the whole array."""
        x, y, z = (
            slice(low, low + n) for low, n in zip(self.lower, self.size, strict=True)
        )
        return x, y, z

    def axes(self, step: int = 1) -> tuple[Field, Field, Field]:
        """Return the template coordinates along each axis, ready to broadcast."""
        lines = []
        for axis in range(3):
            count = -(-(self.size[axis] - 1) // step) + 1
            line = self.lower[axis] - self.origin[axis] + step * np.arange(count)
            form = tuple(count if k == axis else 1 for k in range(3))
            lines.append(line.astype(np.float32).reshape(form))
        return lines[0], lines[1], lines[2]

    def upsample(self, coarse: Field) -> Field:
        """Return a field of the 2 mm grid interpolated at every voxel of the box."""
        return resample(coarse, self.size, (COARSE_MM,) * 3, _catmull_rom, 0)


def frame_for(shape: Triple) -> Frame:
    """Return the frame of a brain in an array of this shape.

    Parameters
    ----------
    shape
        Array shape; the two BraTS grids have their usual origin, others a central one.

    Raises
    ------
    InvalidInputError
        If the array is too small to contain the brain.
    """
    middle = (shape[0] / 2, shape[1] / 2, shape[2] / 2)
    origin = TEMPLATE_ORIGINS.get(shape, middle)
    lower, upper = [], []
    for axis, length in enumerate(shape):
        lower.append(max(0, math.floor(origin[axis] + TEMPLATE_LOWER[axis])))
        upper.append(min(length, math.ceil(origin[axis] + TEMPLATE_UPPER[axis])))
        if upper[axis] - lower[axis] < TEMPLATE_UPPER[axis] - TEMPLATE_LOWER[axis] - 2:
            raise InvalidInputError(
                f"phantom: found shape {shape}, into which a brain does not fit; "
                "expected one of BraTS, (240, 240, 155) or (182, 218, 182)"
            )
    size = (upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2])
    return Frame(origin, (lower[0], lower[1], lower[2]), size)


# --- smooth fields -------------------------------------------------------------------


def _catmull_rom(distance: Field) -> Field:
    """Return the weights of cubic interpolation through the samples."""
    d = np.abs(distance)
    near = 1.5 * d**3 - 2.5 * d**2 + 1
    far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0)).astype(np.float32)


def _cubic_spline(distance: Field) -> Field:
    """Return the weights of cubic B-splines, which smooth white noise without rings."""
    d = np.abs(distance)
    near = 2 / 3 - d**2 + d**3 / 2
    far = np.clip(2 - d, 0, None) ** 3 / 6
    return np.where(d < 1, near, far).astype(np.float32)


def resample(
    coarse: Field,
    size: Sequence[int],
    step: Sequence[float],
    kernel: Callable[[Field], Field],
    margin: int,
) -> Field:
    """Return a coarse field evaluated on a fine grid, one axis at a time.

    Dense matrix products beat ``ndimage.zoom`` here by an order of magnitude.
    """
    matrices = []
    for axis in range(3):
        position = np.arange(size[axis], dtype=np.float32) / step[axis] + margin
        nodes = np.arange(coarse.shape[axis], dtype=np.float32)
        weights = kernel(position[:, None] - nodes[None, :])
        matrices.append(weights / weights.sum(axis=1, keepdims=True))
    first, second, third = matrices
    out = second @ (coarse @ third.T)
    flat = first @ out.reshape(out.shape[0], -1)
    return np.asarray(flat.reshape(tuple(size)), dtype=np.float32)


def smooth_noise(
    rng: np.random.Generator, size: Sequence[int], spacing: float | Sequence[float]
) -> Field:
    """Return smooth Gaussian noise of unit variance.

    Parameters
    ----------
    rng
        Source of the randomness.
    size
        Shape of the field.
    spacing
        Distance of the independent samples in voxels, one value or one per axis.
    """
    steps = [spacing] * 3 if isinstance(spacing, int | float) else list(spacing)
    nodes = [math.ceil(n / s) + 3 for n, s in zip(size, steps, strict=True)]
    field = resample(
        rng.standard_normal(nodes, dtype=np.float32), size, steps, _cubic_spline, 1
    )
    # Interpolation costs variance: (151 / 315) of it per axis for the cubic B-spline.
    field *= np.float32((315 / 151) ** 1.5)
    return field


def band_noise(
    rng: np.random.Generator, size: Sequence[int], wavelength: float
) -> Field:
    """Return noise of one wavelength (in voxels), whose zero sets form a labyrinth."""
    spectrum = np.fft.rfftn(rng.standard_normal(size, dtype=np.float32))
    fx, fy = np.fft.fftfreq(size[0]), np.fft.fftfreq(size[1])
    fz = np.fft.rfftfreq(size[2])
    frequency = np.sqrt(fx[:, None, None] ** 2 + fy[:, None] ** 2 + fz**2)
    spectrum *= np.exp(-(((frequency * wavelength - 1) / 0.22) ** 2) / 2)
    field = np.fft.irfftn(spectrum, s=tuple(size), axes=(0, 1, 2)).astype(np.float32)
    field /= field.std()
    return field


def ramp(distance: Field, width: float) -> Field:
    """Return the fraction of a voxel inside a solid, from its signed distance (mm)."""
    out = distance * np.float32(-1 / width)
    out += np.float32(0.5)
    return np.clip(out, 0, 1, out=out)


# --- solids --------------------------------------------------------------------------


class Position(NamedTuple):
    """Template coordinates (mm) of many points."""

    a: Field
    b: Field
    c: Field


def ellipsoid(p: Position, centre: Point, radii: Point, drop: float = 0.0) -> Field:
    """Return the signed distance (approximate) to an ellipsoid.

    ``drop``, if given, is the radius below the centre, for a flat underside.
    """
    lower = drop or radii[2]
    a, b, c = (x - m for x, m in zip(p, centre, strict=True))
    rc = np.where(c < 0, np.float32(lower), np.float32(radii[2]))
    a, b, c = a / radii[0], b / radii[1], c / rc
    level = np.sqrt(a**2 + b**2 + c**2)
    slope = np.sqrt((a / radii[0]) ** 2 + (b / radii[1]) ** 2 + (c / rc) ** 2)
    return np.asarray(level * (level - 1) / (slope + 1e-4), dtype=np.float32)


def tube(p: Position, nodes: Sequence[Node]) -> Field:
    """Return the signed distance to a chain of round cones (a, b, c, radius)."""
    cones = (_round_cone(p, start, stop) for start, stop in pairwise(nodes))
    return np.asarray(reduce(np.minimum, cones), dtype=np.float32)


def _round_cone(p: Position, start: Node, stop: Node) -> Field:
    span = [stop[k] - start[k] for k in range(4)]
    rel = [p[k] - np.float32(start[k]) for k in range(3)]
    dot = rel[0] * span[0] + rel[1] * span[1] + rel[2] * span[2]
    t = np.clip(dot / sum(s * s for s in span[:3]), 0, 1).astype(np.float32)
    square = sum((rel[k] - t * np.float32(span[k])) ** 2 for k in range(3))
    return np.asarray(np.sqrt(square) - (start[3] + t * np.float32(span[3])))


def slab(across: Field, beyond: Sequence[Field], half_width: Field | float) -> Field:
    """Return the signed distance to a sheet that ends where a ``beyond`` exceeds 0."""
    square = across**2
    for excess in beyond:
        square = square + np.maximum(excess, 0) ** 2
    return np.asarray(np.sqrt(square) - half_width, dtype=np.float32)


def smooth_union(first: Field, second: Field, blend: float) -> Field:
    """Return the union of two solids with a fillet of about ``blend`` mm."""
    overlap = np.maximum(blend - np.abs(first - second), 0) / blend
    return np.asarray(
        np.minimum(first, second) - overlap**2 * (blend / 4), dtype=np.float32
    )


def smooth_minus(solid: Field, cut: Field, blend: float) -> Field:
    """Return what is left of a solid after the cut, with a rounded edge."""
    return -smooth_union(-solid, cut, blend)
