"""The tissue of a phantom: cortical folding, grey and white matter, fluid, vessels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from bratsfuse.phantom.solids import (
    Push,
    Solids,
    build_solids,
)
from bratsfuse.phantom.space import (
    COARSE_MM,
    Field,
    Frame,
    Position,
    band_noise,
    ellipsoid,
    ramp,
    slab,
    smooth_noise,
    smooth_union,
)

_SULCUS_DEPTH_LIMIT: Final = 26.0
_SIDE_SHIFT_MM: Final = 44.0
_FOLIUM_MM: Final = 4.4
_SINUS_STRIP_MM: Final = 12.0
_SINUS_RADIUS_MM: Final = 1.8
_FALX_SHARE: Final = 0.16


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
