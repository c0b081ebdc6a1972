"""The anatomy of a phantom: brain outline, cortical folding and tissue fractions.

Positions are millimetres in a template whose axes follow the array axes (LPS): ``a``
from the midline to the patient's left, ``b`` from anterior to posterior and ``c`` from
inferior to superior. Solids are signed distances, negative inside. Everything smooth
is computed on a grid of 2 mm and interpolated, which costs an eighth.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Field: TypeAlias = npt.NDArray[np.float32]
Point: TypeAlias = tuple[float, float, float]
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
    """Where the brain lies in the array: the box that holds it and the origin."""

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
    ValueError
        If the array is too small to hold the brain.
    """
    middle = (shape[0] / 2, shape[1] / 2, shape[2] / 2)
    origin = TEMPLATE_ORIGINS.get(shape, middle)
    lower, upper = [], []
    for axis, length in enumerate(shape):
        lower.append(max(0, math.floor(origin[axis] + TEMPLATE_LOWER[axis])))
        upper.append(min(length, math.ceil(origin[axis] + TEMPLATE_UPPER[axis])))
        if upper[axis] - lower[axis] < TEMPLATE_UPPER[axis] - TEMPLATE_LOWER[axis] - 2:
            raise ValueError(f"a brain does not fit into an array of shape {shape}")
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


def tube(p: Position, nodes: Sequence[tuple[float, float, float, float]]) -> Field:
    """Return the signed distance to a chain of round cones (a, b, c, radius)."""
    best: Field | None = None
    for start, stop in pairwise(nodes):
        span = [stop[k] - start[k] for k in range(4)]
        rel = [p[k] - np.float32(start[k]) for k in range(3)]
        dot = rel[0] * span[0] + rel[1] * span[1] + rel[2] * span[2]
        t = np.clip(dot / sum(s * s for s in span[:3]), 0, 1).astype(np.float32)
        square = sum((rel[k] - t * np.float32(span[k])) ** 2 for k in range(3))
        piece = np.sqrt(square) - (start[3] + t * np.float32(span[3]))
        best = piece if best is None else np.minimum(best, piece)
    if best is None:
        raise ValueError("a tube needs at least two nodes")
    return np.asarray(best, dtype=np.float32)


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


# --- the head on the 2 mm grid -------------------------------------------------------

# (|a|, b, c, radius) in mm; the warp makes the two sides differ.
_VENTRICLE: Final = (
    (12.5, -37.0, 4.0, 1.2),
    (7.0, -27.0, 6.0, 3.4),
    (5.0, -16.0, 11.0, 2.8),
    (6.5, 2.0, 17.0, 3.4),
    (12.0, 20.0, 18.0, 3.6),
    (20.0, 34.0, 9.0, 5.0),
    (26.0, 44.0, 4.0, 3.6),
    (26.0, 61.0, 2.0, 0.8),
)
_TEMPORAL_HORN: Final = (
    (22.0, 36.0, 8.0, 5.0),
    (31.0, 20.0, -10.0, 2.4),
    (30.0, -4.0, -24.0, 1.6),
)
_CAUDATE: Final = (
    (14.5, -25.0, 2.0, 5.8),
    (15.5, -8.0, 14.0, 3.6),
    (19.0, 14.0, 19.0, 2.2),
)
_TEMPORAL_LOBE: Final = (
    (37.0, -29.0, -29.0, 17.5),
    (44.0, -6.0, -26.0, 20.0),
    (46.0, 24.0, -16.0, 20.0),
)
_BRAINSTEM: Final = (
    (0.0, 17.0, -8.0, 7.0),
    (0.0, 16.0, -23.0, 9.0),
    (0.0, 10.0, -34.0, 14.5),
    (0.0, 17.0, -50.0, 9.5),
    (0.0, 24.0, -80.0, 7.5),
)
_PEDUNCLE: Final = (
    (14.0, 3.0, -8.0, 7.0),
    (9.0, 6.0, -20.0, 7.0),
    (5.0, 9.0, -32.0, 9.0),
)
_SUPRASELLAR: Final = ((0.0, -9.0, -21.0), (12.0, 10.0, 7.0))
_BRAIN_FLOOR: Final = -70.5
_SULCUS_DEPTH_LIMIT: Final = 26.0
_SIDE_SHIFT_MM: Final = 44.0
_FOLIUM_MM: Final = 4.4
_SINUS_STRIP_MM: Final = 12.0
_SINUS_RADIUS_MM: Final = 1.8
_FALX_SHARE: Final = 0.16


@dataclass(frozen=True, slots=True)
class Push:
    """The mass effect of a lesion: tissue around ``centre`` is moved outwards."""

    centre: Point
    reach: float
    strength: float


@dataclass(slots=True)
class Solids:
    """Signed distances (mm) on the 2 mm grid; ``side`` is signed across the midline."""

    cerebrum: Field
    cerebellum: Field
    brainstem: Field
    outline: Field
    side: Field
    callosum: Field
    fissures: Field
    ventricles: Field
    cisterns: Field
    nuclei: Field
    thalamus: Field
    pallidum: Field
    folia: Field


def _positions(
    frame: Frame, rng: np.random.Generator, pushes: Sequence[Push]
) -> tuple[Position, Position]:
    """Return where each point lies in the template, without and with mass effect."""
    axes = frame.axes(COARSE_MM)
    size = np.broadcast_shapes(*(x.shape for x in axes))
    outer = []
    for axis in axes:
        stretch = np.float32(1 + 0.018 * rng.standard_normal())
        warp = smooth_noise(rng, size, 34 / COARSE_MM)
        warp *= np.float32(1.7)
        outer.append(axis / stretch + warp)
    inner = [x.copy() for x in outer]
    for push in pushes:
        rel = [x - np.float32(m) for x, m in zip(outer, push.centre, strict=True)]
        square = rel[0] ** 2 + rel[1] ** 2 + rel[2] ** 2
        pull = np.float32(push.strength) * np.exp(square * (-0.5 / push.reach**2))
        for k in range(3):
            inner[k] -= rel[k] * pull
    return Position(*outer), Position(*inner)


def _lobes(p: Position) -> tuple[Field, Field, Field]:
    """Return cerebrum, cerebellum and brainstem."""
    m = Position(np.abs(p.a), p.b, p.c)
    hemisphere = ellipsoid(m, (0, -2, 0), (65.5, 84.5, 67), drop=27)
    hemisphere = smooth_union(hemisphere, ellipsoid(m, (30, 28, -6), (33, 56, 30)), 8)
    hemisphere = smooth_minus(hemisphere, ellipsoid(m, (0, -6, -30), (15, 24, 16)), 8)
    cerebrum = smooth_union(hemisphere, tube(m, _TEMPORAL_LOBE), 5)
    cerebellum = smooth_union(
        ellipsoid(m, (22, 38, -49), (29, 28, 24)),
        ellipsoid(m, (0, 40, -40), (12, 20, 24)),
        10,
    )
    stem = smooth_union(tube(m, _BRAINSTEM), tube(m, _PEDUNCLE), 3)
    cerebrum = smooth_minus(cerebrum, cerebellum - 1.3, 3)
    return cerebrum, cerebellum, stem


def _deep_structures(p: Position, wide: float) -> tuple[Field, Field, Field, Field]:
    """Return ventricles, striatum, thalamus and pallidum; ``wide`` widens the first."""
    m = Position(np.abs(p.a), p.b, p.c)
    # The horns are tall and narrow.
    horns = Position(m.a * np.float32(1.3), m.b, m.c * np.float32(0.6))
    nodes = [(a * 1.3, b, c * 0.6, r) for a, b, c, r in _VENTRICLE]
    ventricles = np.minimum(tube(horns, nodes), tube(m, _TEMPORAL_HORN))
    ventricles -= np.float32(wide)
    third = ellipsoid(m, (0, 3, -5), (1.9 + wide / 2, 13, 10))
    fourth = ellipsoid(m, (0, 29, -38), (7, 5, 9))
    ventricles = np.minimum(np.minimum(ventricles, third), fourth)
    turned = Position(m.a - np.float32(0.28) * (m.b + 4), m.b, m.c)
    putamen = ellipsoid(turned, (26.5, -7, 0), (5.2, 18, 12))
    pallidum = ellipsoid(turned, (19, -3, -1), (4.2, 10, 7))
    splayed = Position(m.a - np.float32(0.35) * (m.b - 8), m.b, m.c)
    thalamus = ellipsoid(splayed, (10.5, 8, 3), (8, 15, 9))
    striatum: Field = np.minimum(tube(m, _CAUDATE), putamen)
    return ventricles, striatum, thalamus, pallidum


def _fissures(p: Position, rng: np.random.Generator, width: float) -> Field:
    """Return the Sylvian fissure of both sides with the cleft over the insula."""
    a = np.abs(p.a)
    bend, wave = (smooth_noise(rng, p.a.shape, 9 / COARSE_MM) for _ in range(2))
    gape: Field = np.maximum(wave * (0.45 * width) + 0.8 * width, np.float32(0.2))
    # The fissure climbs from the temporal pole towards the parietal lobe.
    height = 0.9 * (p.c - (0.5 * p.b - 2)) + 3.5 * bend - 0.12 * (a - 50)
    stem = slab(
        np.asarray(height, dtype=np.float32),
        (36 - a, np.abs(p.b + 2) - 27),
        np.float32(0.7) * gape,
    )
    # The insula is bulged outwards in the middle.
    lateral = a + np.float32(0.012) * (p.b + 4) ** 2 + np.float32(2.6) * wave - 37
    ends = (np.abs(p.b + 4) - 19 - 2 * bend, np.abs(p.c - 3) - 12 - 2 * wave)
    insula = slab(np.asarray(lateral, dtype=np.float32), ends, gape)
    return np.minimum(stem, insula)


def _cisterns(p: Position, stem: Field, rng: np.random.Generator) -> Field:
    """Return the fluid spaces around the brainstem and behind the midbrain."""
    m = Position(np.abs(p.a), p.b, p.c)
    wobble = smooth_noise(rng, p.a.shape, 8 / COARSE_MM)
    # Above the pons the brainstem is wrapped in fluid; higher up it joins the thalamus.
    ambient = slab(stem - 1.6, (p.c + 13, -26 - p.c), 1.3)
    quadrigeminal = ellipsoid(m, (0, 32, -6), (8, 6, 9))
    suprasellar = ellipsoid(m, *_SUPRASELLAR)
    return np.minimum(np.minimum(ambient, quadrigeminal), suprasellar) + wobble


def build_solids(
    frame: Frame, rng: np.random.Generator, pushes: Sequence[Push], atrophy: float
) -> Solids:
    """Return the solids of one head.

    ``atrophy`` goes from 0 (full brain) to 1 (wide ventricles and fissures); the
    pushes leave the outline alone.
    """
    outer, inner = _positions(frame, rng, pushes)
    cerebrum, cerebellum, stem = _lobes(outer)
    ventricles, nuclei, thalamus, pallidum = _deep_structures(
        inner, 2.6 * atrophy - 0.6
    )
    outline = smooth_union(smooth_union(cerebrum, cerebellum, 9), stem, 7)
    middle = Position(np.abs(outer.a), outer.b, outer.c)
    outline = smooth_union(outline, ellipsoid(middle, *_SUPRASELLAR), 9)
    # Skull stripping leaves a ragged edge.
    ragged = smooth_noise(rng, outline.shape, 3) * np.float32(0.7)
    outline = np.maximum(outline - 0.1 - 0.8 * atrophy + ragged, _BRAIN_FLOOR - outer.c)
    # Positive outside the corpus callosum, whose back is arched like an ellipse.
    callosum = ellipsoid(
        Position(np.zeros_like(inner.a), inner.b, inner.c), (1, 0, 2), (40, 41, 27), 30
    )
    radius = np.sqrt(inner.a**2 * 0.8 + (inner.b - 14) ** 2 + (inner.c + 34) ** 2)
    return Solids(
        cerebrum=cerebrum,
        cerebellum=cerebellum,
        brainstem=stem,
        outline=outline,
        side=inner.a,
        callosum=callosum,
        fissures=_fissures(inner, rng, 1.0 + 1.0 * atrophy),
        ventricles=ventricles,
        cisterns=_cisterns(outer, stem, rng),
        nuclei=nuclei,
        thalamus=thalamus,
        pallidum=pallidum,
        folia=np.asarray(radius, dtype=np.float32),
    )


# --- folding -------------------------------------------------------------------------


def _gradient(field: Field) -> list[Field]:
    return [np.gradient(field, float(COARSE_MM), axis=k) for k in range(3)]


def _sheet_distance(noise: Field) -> Field:
    """Return the signed distance (mm) to the zero set of a noise field."""
    slope = np.sqrt(sum(g**2 for g in _gradient(noise)))
    # Where the noise is flat the quotient would explode; no sheet is near there.
    return np.asarray(noise / (slope + 0.02), dtype=np.float32)


def _surface_noise(
    rng: np.random.Generator,
    depth: Field,
    side: Field,
    wavelength: float,
    follow: float,
) -> Field:
    """Return band noise that hardly changes along the way in from the surface.

    Its zero sets therefore run inwards, as sulci do. ``follow`` is the share of the
    way back to the surface at which the noise is looked up: 1 gives straight sulci.
    """
    noise = band_noise(rng, depth.shape, wavelength / COARSE_MM)
    slopes = _gradient(depth)
    square = sum(g**2 for g in slopes)
    way = np.clip(depth, -4, _SULCUS_DEPTH_LIMIT) / (square + 0.25)
    way *= np.float32(follow / COARSE_MM)
    index = np.indices(depth.shape, dtype=np.float32, sparse=True)
    at = [index[k] - way * slopes[k] for k in range(3)]
    # Otherwise the medial walls would mirror each other.
    at[1] = at[1] + np.where(side > 0, np.float32(_SIDE_SHIFT_MM / COARSE_MM), 0)
    found = ndimage.map_coordinates(noise, at, order=1, mode="grid-wrap")
    return np.asarray(ndimage.gaussian_filter(found, 0.6), dtype=np.float32)


@dataclass(slots=True)
class Brain:
    """Tissue of one head in the box, as fractions in [0, 1] unless stated."""

    frame: Frame
    inside: npt.NDArray[np.bool_]
    fluid: Field
    grey: Field
    iron: Field
    depth: Field
    ventricles: Field
    side: Field
    callosum: Field
    vessels: Field

    @property
    def white(self) -> Field:
        """The fraction of white matter."""
        white: Field = 1 - self.fluid - self.grey
        return np.clip(white, 0, 1, out=white)


def _cortex_depth(
    frame: Frame, rng: np.random.Generator, solids: Solids, gape: Field
) -> Field:
    """Return how deep (mm) below the nearest pial surface each voxel lies.

    The surface is the outline of the cerebrum, the fissures, and two generations of
    sulci: deep ones about 14 mm apart and shallow ones in between.
    """
    up = frame.upsample
    outer = -solids.cerebrum
    medial = slab(solids.side, (-solids.callosum,), 0.0)
    depth = smooth_union(outer, medial, 5)
    pial = np.minimum(up(outer), up(solids.fissures))
    midline = slab(up(solids.side), (-up(solids.callosum),), 0.7)
    pial = np.minimum(pial, midline)
    # No sulcus cuts into the basal ganglia, and those of the medial wall stay shallow.
    here = Position(*frame.axes())
    below = up(depth)
    below += np.maximum(-ellipsoid(here, (0, 4, -4), (37, 46, 26)), 0)
    below += np.float32(7) * np.exp(-((here.a / np.float32(11)) ** 2))
    # (wavelength, follow, mean depth, spread of the depth, relative gape), in mm
    for wavelength, follow, reach, spread, opening in (
        (26.0, 0.72, 17.0, 5.5, 1.0),
        (17.0, 0.8, 7.0, 4.0, 0.45),
    ):
        sheet = up(
            _sheet_distance(_surface_noise(rng, depth, solids.side, wavelength, follow))
        )
        excess = smooth_noise(rng, frame.size, 15)
        excess *= np.float32(-spread)
        excess += below
        excess -= np.float32(reach)
        np.maximum(excess, 0, out=excess)
        sheet *= sheet
        excess *= excess
        sheet += excess
        np.sqrt(sheet, out=sheet)
        sheet -= gape * np.float32(opening)
        np.minimum(pial, sheet, out=pial)
    return pial


def _sulcal_gape(
    frame: Frame, rng: np.random.Generator, pushes: Sequence[Push], atrophy: float
) -> Field:
    """Return the half width (mm) of the sulci, some of which are closed."""
    gape = smooth_noise(rng, frame.size, 14)
    gape *= np.float32(0.45)
    gape += np.float32(0.15 + 0.6 * atrophy)
    x, y, z = frame.axes()
    # Temporal and basal sulci are the narrowest.
    gape -= np.float32(0.5) * np.clip((10 - z) / 25, 0, 1)
    for push in pushes:
        a, b, c = push.centre
        square = (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2
        # Swelling closes the sulci around a lesion.
        gape -= np.float32(2.5 * push.strength) * np.exp(
            square * np.float32(-0.3 / push.reach**2)
        )
    return np.clip(gape, -0.4, 2.2, out=gape)


def _cerebrum_tissue(
    frame: Frame, rng: np.random.Generator, pial: Field
) -> tuple[Field, Field]:
    """Return the fluid and grey fractions of the folded cortex."""
    thickness = smooth_noise(rng, frame.size, 10)
    thickness *= np.float32(0.45)
    thickness += np.float32(2.9)
    fluid = ramp(pial, 1.3)
    grey = ramp(pial - thickness, 1.8)
    grey -= fluid
    return fluid, grey


def _hindbrain_tissue(
    frame: Frame, rng: np.random.Generator, solids: Solids, depth: Field
) -> tuple[Field, Field]:
    """Return the fluid and grey fractions of the cerebellum with its folia."""
    phase = frame.upsample(solids.folia)
    phase += np.float32(1.6) * smooth_noise(rng, frame.size, 10)
    # Folia are leaves about 4 mm apart around the fourth ventricle.
    leaf = np.cos(phase * np.float32(2 * math.pi / _FOLIUM_MM))
    core = ramp(depth - 11 - 2.5 * leaf, 5)
    grey = np.clip(core * (0.8 + 0.14 * leaf), 0, 1)
    crack = np.clip(leaf - 0.5, 0, 1) * core * np.float32(0.6)
    fluid = np.maximum(ramp(depth, 1.4), crack * smooth_step(depth, 9, 2))
    return fluid, np.clip(grey - fluid, 0, 1)


def smooth_step(values: Field, start: float, stop: float) -> Field:
    """Return 0 at ``start`` and before, 1 at ``stop`` and after, linear in between."""
    out = (values - np.float32(start)) / np.float32(stop - start)
    return np.clip(out, 0, 1, out=out)


def _add_deep_tissue(frame: Frame, solids: Solids, fluid: Field, grey: Field) -> Field:
    """Put nuclei, ventricles and cisterns into the fractions; return the iron load."""
    up = frame.upsample
    for solid, share in ((solids.nuclei, 0.9), (solids.thalamus, 0.6)):
        part = ramp(up(solid), 2.2)
        part *= np.float32(share)
        np.maximum(grey, part, out=grey)
    iron = ramp(up(solids.pallidum), 3.0)
    grey *= 1 - 0.4 * iron
    water = ramp(up(np.minimum(solids.ventricles, solids.cisterns)), 1.4)
    np.maximum(fluid, water, out=fluid)
    np.minimum(grey, 1 - fluid, out=grey)
    return iron


def _vessels(
    frame: Frame, rng: np.random.Generator, fluid: Field, ventricles: Field
) -> Field:
    """Return vessels: thin tubes, where two noise sheets cross, within the fluid."""
    square = np.zeros(frame.size, dtype=np.float32)
    for _ in range(2):
        noise = smooth_noise(rng, frame.size, 6.5)
        noise *= noise
        square += noise
    square *= np.float32(-1 / 0.06)
    vessels = np.exp(square, out=square)
    vessels *= np.clip(4 * fluid * (1.25 - fluid), 0, 1)
    # In the ventricles there is only the choroid plexus.
    vessels *= 1 - np.float32(0.7) * ramp(ventricles, 2.0)
    return vessels


def _add_sinus(brain: Brain) -> None:
    """Put the sagittal sinus and the falx into the vessels."""
    x, _, z = brain.frame.axes()
    strip = np.flatnonzero(np.abs(x) < _SINUS_STRIP_MM)
    cut = slice(int(strip[0]), int(strip[-1]) + 1)
    side, depth = brain.side[cut], np.maximum(brain.depth[cut], 0)
    across = side * side
    sinus = np.exp((across + depth * depth) * np.float32(-0.5 / _SINUS_RADIUS_MM**2))
    falx = np.exp(across * np.float32(-1.0)) * np.float32(_FALX_SHARE)
    dural = np.maximum(sinus, falx) * (brain.callosum[cut] > 4) * (z > -10)
    np.maximum(brain.vessels[cut], dural, out=brain.vessels[cut])


def build_brain(
    frame: Frame, rng: np.random.Generator, pushes: Sequence[Push], atrophy: float
) -> Brain:
    """Return the healthy tissue of one head, already displaced by its lesions.

    ``atrophy`` goes from 0 (full brain) to 1 (wide ventricles and sulci).
    """
    solids = build_solids(frame, rng, pushes, atrophy)
    up = frame.upsample
    gape = _sulcal_gape(frame, rng, pushes, atrophy)
    pial = _cortex_depth(frame, rng, solids, gape)
    fluid, grey = _cerebrum_tissue(frame, rng, pial)
    hind = up(solids.cerebellum)
    hind_fluid, hind_grey = _hindbrain_tissue(frame, rng, solids, -hind)
    cerebrum = up(solids.cerebrum)
    is_hind = hind < cerebrum
    fluid = np.where(is_hind, hind_fluid, fluid)
    grey = np.where(is_hind, hind_grey, grey)
    stem = ramp(up(solids.brainstem), 2.0)
    fluid *= 1 - stem
    grey *= 1 - stem
    grey += np.float32(0.3) * stem
    iron = _add_deep_tissue(frame, solids, fluid, grey)
    ventricles = up(solids.ventricles)
    brain = Brain(
        frame=frame,
        inside=up(solids.outline) < 0,
        fluid=fluid,
        grey=grey,
        iron=iron,
        depth=-np.minimum(cerebrum, hind),
        ventricles=ventricles,
        side=up(solids.side),
        callosum=up(solids.callosum),
        vessels=_vessels(frame, rng, fluid, ventricles),
    )
    _add_sinus(brain)
    return brain
