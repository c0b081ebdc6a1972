"""The tumour of a phantom: grown from its lesions, with labels and soft extents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from bratsfuse.anatomy import Label
from bratsfuse.arrays import Selection
from bratsfuse.phantom.brain import Brain
from bratsfuse.phantom.lesions import Lesion, Style
from bratsfuse.phantom.space import (
    Box,
    Field,
    Frame,
    Point,
    Triple,
    ramp,
    smooth_noise,
)

_BOX_MARGIN_MM: Final = 34.0
MIN_SLICES: Final = 30
MIN_SLICE_PIXELS: Final = 100
_SPARE_SLICES: Final = 4
_MIN_RIM_VOXELS: Final = 400
_WHITE_MATTER_PENALTY_MM: Final = 13.0
_GAP_MM: Final = 4.0
_GAP_TOLL_MM: Final = 200.0
_GROWTH_MM: Final = 2.5
_MAX_GROWTH_MM: Final = 90.0
_CAVITY_RADII_MM: Final = (10.0, 16.0)
_MIN_CAVITY_RADIUS_MM: Final = 4.0


@dataclass(slots=True)
class Tumour:
    """Labels and soft extents in a sub-box; the extents are fractions in [0, 1]."""

    box: Box
    labels: npt.NDArray[np.uint8]
    core: Field
    enhancing: Field
    oedema: Field
    cavity: Field
    texture: Field


def _extent(box: Box) -> Triple:
    """Return the shape of what the slices of a box cut out."""
    x, y, z = (cut.stop - cut.start for cut in box)
    return x, y, z


def _local_box(frame: Frame, lesions: Sequence[Lesion]) -> Box:
    """Return the slices of the box that contain all lesions with their oedema."""
    out = []
    for axis in range(3):
        reach = [x.radius * 1.3 + _BOX_MARGIN_MM for x in lesions]
        middle = [
            x.centre[axis] + frame.origin[axis] - frame.lower[axis] for x in lesions
        ]
        low = min(m - r for m, r in zip(middle, reach, strict=True))
        high = max(m + r for m, r in zip(middle, reach, strict=True))
        out.append(slice(max(0, int(low)), min(frame.size[axis], int(high) + 1)))
    return out[0], out[1], out[2]


def _radius_field(frame: Frame, box: Box, centre: Point, stretch: Point) -> Field:
    """Return the distance (mm) to a point in the box, with stretched axes."""
    square = np.zeros(_extent(box), dtype=np.float32)
    for k, line in enumerate(frame.axes()):
        cut = tuple(box[k] if j == k else slice(None) for j in range(3))
        along = (line[cut] - np.float32(centre[k])) / np.float32(stretch[k])
        square += along * along
    return np.sqrt(square, out=square)


def _core_distance(
    brain: Brain, box: Box, lesions: Sequence[Lesion], rng: np.random.Generator
) -> tuple[Field, Field]:
    """Return signed distances to the cores and to where the oedema ends."""
    size = _extent(box)
    lobed, rough = smooth_noise(rng, size, 13), smooth_noise(rng, size, 5)
    core = np.full(size, 1e3, dtype=np.float32)
    reach = core.copy()
    for lesion in lesions:
        a, b, c = rng.uniform(0.82, 1.2, 3)
        radius = _radius_field(brain.frame, box, lesion.centre, (a, b, c))
        wobble = min(0.3 * lesion.radius, 5.5)
        bumps = np.float32(wobble) * lobed + np.float32(1.3) * rough
        # The middle stays in one piece, however bumpy the surface.
        bumps *= np.clip(radius * np.float32(1.6 / lesion.radius), 0, 1)
        ball = radius - np.float32(lesion.radius) + bumps
        edge = ball - np.float32(lesion.oedema)
        # Lesions that meet would count as one: a gap stays between them.
        gap = np.float32(_GAP_TOLL_MM) * (np.abs(edge - reach) < _GAP_MM)
        core = np.minimum(core, ball) + gap
        reach = np.minimum(reach, edge) + gap
    core += _barrier(brain, box, lesions)
    return core, reach


def _barrier(brain: Brain, box: Box, lesions: Sequence[Lesion]) -> Field:
    """Return the distance (mm) that cores have to pay for fluid and for the falx."""
    toll = np.float32(9) * brain.fluid[box] * (brain.depth[box] < 4)
    water = ramp(brain.ventricles[box], 3.0)
    toll += np.float32(14) * water
    if len({x.centre[0] > 0 for x in lesions}) == 1:
        sign = np.float32(1 if lesions[0].centre[0] > 0 else -1)
        across = np.clip(-sign * brain.side[box], 0, 8)
        toll += across * (brain.callosum[box] > 0)
    return np.asarray(toll, dtype=np.float32)


def _enough(mask: Selection) -> bool:
    """Return whether enough axial slices show the tumour, with some to spare."""
    pixels = np.count_nonzero(mask, axis=(0, 1))
    return int((pixels >= MIN_SLICE_PIXELS).sum()) >= MIN_SLICES + _SPARE_SLICES


def _connected_to(mask: Selection, seeds: Selection) -> Selection:
    """Return the components of the mask that touch the seeds."""
    parts, count = ndimage.label(mask)
    keep = np.zeros(count + 1, dtype=np.bool_)
    keep[np.unique(parts[seeds])] = True
    keep[0] = False
    return np.asarray(keep[parts], dtype=np.bool_)


def _oedema_cost(
    brain: Brain,
    box: Box,
    reach: Field,
    rng: np.random.Generator,
) -> Field:
    """Return how hard each voxel is to reach; oedema follows the white matter."""
    cost = reach + 5.5 * smooth_noise(rng, reach.shape, 15)
    cost += 2.0 * smooth_noise(rng, reach.shape, 6)
    white = ndimage.gaussian_filter(brain.white[box], 0.8)
    cost += np.float32(_WHITE_MATTER_PENALTY_MM) * (1 - white)
    other = np.sign(brain.side[box]) * np.sign(brain.side[box].flat[np.argmin(reach)])
    # Across the midline there is only the corpus callosum to spread through.
    cost += np.float32(9) * (other < 0)
    return np.asarray(cost, dtype=np.float32)


def _grow_oedema(
    cost: Field, core: Selection, tissue: Selection
) -> tuple[Selection, float]:
    """Return the oedema and its cost level, raised until enough slices are filled."""
    level = 0.0
    oedema = np.zeros_like(core)
    while level < _MAX_GROWTH_MM:
        whole = _connected_to(((cost < level) & tissue) | core, core)
        smoothed = ndimage.gaussian_filter(whole.astype(np.float32), 0.9)
        oedema = (smoothed > 0.5) & tissue & ~core
        oedema &= _connected_to(oedema | core, core)
        if _enough(core | oedema):
            break
        level += _GROWTH_MM
    return oedema, level


def _enhancing_part(
    core: Field, inside: Selection, style: Style, rng: np.random.Generator
) -> tuple[Selection, Field]:
    """Return the enhancing voxels of the core and how far inside them each voxel is."""
    thickness = style.rim_mm + style.rim_spread * smooth_noise(rng, core.shape, 9)
    nodules = (smooth_noise(rng, core.shape, 5) - style.islands) * 3
    depth = np.maximum(thickness + core, nodules)
    if not style.enhancing:
        return np.zeros_like(inside), np.full_like(core, -1e3)
    values = depth[inside]
    # Even a broken rim has to be there.
    enough = np.partition(values, -_MIN_RIM_VOXELS)[-_MIN_RIM_VOXELS]
    depth += max(0.0, 0.01 - float(enough))
    return inside & (depth > 0), np.asarray(depth, dtype=np.float32)


def grow_tumour(
    brain: Brain, lesions: Sequence[Lesion], style: Style, rng: np.random.Generator
) -> Tumour:
    """Return the labels and the soft extents of all lesions.

    At least 30 axial slices show at least 100 tumour voxels each.

    Parameters
    ----------
    brain
        The tissue, displaced by the lesions.
    lesions
        Where the lesions lie.
    style
        How their cores look.
    rng
        Source of the shapes.
    """
    box = _local_box(brain.frame, lesions)
    core_mm, reach = _core_distance(brain, box, lesions, rng)
    room = ndimage.binary_erosion(brain.inside[box]) & (brain.depth[box] > 0.5)
    core = _connected_to((core_mm < 0) & room, _seeds(brain.frame, box, lesions))
    cost = _oedema_cost(brain, box, reach, rng)
    tissue = room & (brain.fluid[box] < 0.5)
    oedema, level = _grow_oedema(cost, core, tissue)
    enhancing, rim = _enhancing_part(core_mm, core, style, rng)
    labels = np.zeros(core.shape, dtype=np.uint8)
    labels[oedema] = Label.ED
    labels[core] = Label.NCR
    labels[enhancing] = Label.ET
    soft_core = ramp(core_mm, 2.0) * room
    return Tumour(
        box=box,
        labels=labels,
        core=soft_core,
        enhancing=ramp(-rim, 1.6) * soft_core if style.enhancing else 0 * soft_core,
        oedema=ramp(cost - np.float32(level), 9.0) * tissue,
        cavity=np.zeros_like(core_mm),
        texture=smooth_noise(rng, core.shape, 5),
    )


def _seeds(frame: Frame, box: Box, lesions: Sequence[Lesion]) -> Selection:
    """Return the middle of every lesion."""
    seeds = np.zeros(_extent(box), dtype=np.bool_)
    for lesion in lesions:
        near = _radius_field(frame, box, lesion.centre, (1.0, 1.0, 1.0))
        seeds |= near < lesion.radius / 2
    return seeds


def add_cavity(
    brain: Brain, tumour: Tumour, lesion: Lesion, rng: np.random.Generator
) -> None:
    """Put a resection cavity (RC) beside a lesion, towards the surface, in place.

    The tumour keeps enough slices: a cavity that would take too much of it is made
    smaller.
    """
    room = ndimage.binary_erosion(brain.inside[tumour.box])
    away = rng.uniform(-0.4, 0.4, 3) + np.array([np.sign(lesion.centre[0]) * 0.7, 0, 0])
    away /= np.linalg.norm(away)
    bumps = np.float32(2.0) * smooth_noise(rng, room.shape, 11)
    radius = float(rng.uniform(*_CAVITY_RADII_MM))
    while radius > _MIN_CAVITY_RADIUS_MM:
        offset = away * (lesion.radius * 0.8 + radius * 0.5)
        a, b, c = np.asarray(lesion.centre) + offset
        ball = _radius_field(brain.frame, tumour.box, (a, b, c), (1.0, 1.2, 1.1))
        ball += bumps - np.float32(radius)
        labels = np.where((ball < 0) & room, np.uint8(Label.RC), tumour.labels)
        if _enough((labels > Label.BACKGROUND) & (labels < Label.RC)):
            tumour.labels = labels
            tumour.cavity = ramp(ball, 1.6) * room
            return
        radius *= 0.8
