"""The shapes of a phantom's head: lobes, ventricles, fissures and deep nuclei."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bratsfuse.phantom.space import (
    COARSE_MM,
    Field,
    Frame,
    Point,
    Position,
    ellipsoid,
    slab,
    smooth_minus,
    smooth_noise,
    smooth_union,
    tube,
)

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
    """Return where each point is in the template, without and with mass effect."""
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
