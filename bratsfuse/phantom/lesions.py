"""The lesions of a phantom: where they lie, how large they are and how they look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bratsfuse.phantom.solids import Push
from bratsfuse.phantom.space import Point

# Lobar white matter, one hemisphere: (|a|, b, c) in mm of the template.
_SITES: Final[tuple[Point, ...]] = (
    (31.0, -44.0, 14.0),
    (26.0, -24.0, 33.0),
    (43.0, -6.0, -18.0),
    (33.0, 26.0, 29.0),
    (31.0, 48.0, 8.0),
    (38.0, 14.0, 16.0),
    (20.0, -40.0, 24.0),
    (40.0, 28.0, -4.0),
)
_SITE_JITTER_MM: Final = 4.0
_SATELLITE_GAP_MM: Final = 16.0


@dataclass(frozen=True, slots=True)
class Lesion:
    """One lesion: its core, and how far its oedema reaches beyond the core (mm)."""

    centre: Point
    radius: float
    oedema: float


@dataclass(frozen=True, slots=True)
class Style:
    """How the core of a case looks."""

    enhancing: bool
    rim_mm: float
    rim_spread: float
    islands: float
    """Noise level (standard deviations) above which the inside of the core enhances."""


def plan_lesions(rng: np.random.Generator, count: int, *, high: bool) -> list[Lesion]:
    """Return the lesions of a case, the largest first.

    Parameters
    ----------
    rng
        Source of positions and sizes.
    count
        Number of lesions, at least 1.
    high
        Whether the tumour is of high grade, which has the wider oedema.
    """
    side = 1.0 if rng.random() < 0.5 else -1.0
    order = rng.permutation(len(_SITES))
    shrink = 1.0 if count == 1 else 0.82
    first = Lesion(
        _near(rng, _SITES[order[0]], side),
        float(rng.uniform(15, 25)) * shrink,
        float(rng.uniform(9, 22) if high else rng.uniform(5, 11)),
    )
    lesions = [first]
    while len(lesions) < count:
        lesions.append(_satellite(rng, lesions, side))
    return lesions


def _near(rng: np.random.Generator, site: Point, side: float) -> Point:
    a, b, c = np.asarray(site) + rng.uniform(-1, 1, 3) * _SITE_JITTER_MM
    return (float(side * a), float(b), float(c))


def _satellite(
    rng: np.random.Generator, lesions: Sequence[Lesion], side: float
) -> Lesion:
    """Return a smaller lesion at the site that best keeps clear of the others."""
    radius = float(rng.uniform(6, 10))
    best, best_gap = lesions[0].centre, -np.inf
    # Twice through the sites: first mostly on the side of the main lesion.
    order = np.concatenate([rng.permutation(len(_SITES)) for _ in range(2)])
    for turn, index in enumerate(order):
        same = rng.random() < (0.65 if turn < len(_SITES) else 0.0)
        where = _near(rng, _SITES[index], side if same else -side)
        gap = min(
            float(np.linalg.norm(np.subtract(where, other.centre))) - other.radius
            for other in lesions
        )
        if gap > best_gap:
            best, best_gap = where, gap
        if best_gap > radius + _SATELLITE_GAP_MM:
            break
    return Lesion(best, radius, float(rng.uniform(3, 8)))


def plan_style(rng: np.random.Generator, *, enhancing: bool, high: bool) -> Style:
    """Return how the cores of a case look, low grades with a scant broken rim."""
    if high:
        return Style(
            enhancing,
            float(rng.uniform(3.0, 6.5)),
            float(rng.uniform(1.5, 3.0)),
            float(rng.uniform(0.5, 1.8)),
        )
    return Style(enhancing, 0.6, 1.8, float(rng.uniform(1.2, 1.8)))


def pushes_of(lesions: Sequence[Lesion]) -> list[Push]:
    """Return the mass effect of the lesions."""
    return [Push(x.centre, x.radius * 1.25, 0.34) for x in lesions]
