"""Large images in strips, so that memory grows with a strip and not with the image.

A metric of windows needs some forty maps of the size of what it looks at, 134 MB each
of an image of 4096 x 4096. Here is how such a metric follows from sums over windows:
each counts in the strip in which its centre lies, and a strip is cut with as many rows
more as the window reaches. Metrics that are not listed look at the whole image.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.in_strips.strips import row_strips
from bratsfuse.metrics.of_fusion import (
    ei,
    fmi_gradient,
    fmi_pixel,
    mef_ms_ssim,
    ms_ssim,
    nabf,
    qabf,
    qc,
    qe,
    qm,
    qs,
    qy,
    ssim,
    vif,
    viff,
)
from bratsfuse.metrics.of_fusion._halving import halved_mask
from bratsfuse.metrics.of_fusion._narrow import WINDOW
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    Mask,
    Scene,
    cropped,
    selected,
    total,
)

ALIGNMENT: Final = 16
"""A multiple of all steps between scales."""

Sums = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tiles:
    """How a metric follows from strips.

    Attributes
    ----------
    reach
        How many rows beyond its centre a window looks at, at most.
    side
        The shorter side that the whole image needs.
    sums
        Numbers of a scene that add up over strips.
    value
        The metric, of these numbers.
    of_each
        The metric of each source where that is not the metric of it alone.
    """

    reach: int
    side: int
    sums: Callable[[Scene], Sequence[float]]
    value: Callable[[Sums], float]
    of_each: Callable[[Sums], Sequence[float]] | None = None


def value_in_strips(key: str, tiles: Tiles, scene: Scene) -> float:
    """Return a metric of a large scene.

    Raises
    ------
    NotApplicableError
        If the image is too small for the metric along one side.
    """
    return float(tiles.value(sums_in_strips(key, tiles, scene)))


def sums_in_strips(key: str, tiles: Tiles, scene: Scene) -> Sums:
    """Return the numbers that a metric of a large scene follows from.

    Raises
    ------
    NotApplicableError
        If the image is too small for the metric along one side.
    """
    if min(scene.fused.shape) < tiles.side:
        scene.require_side(tiles.side, key)
    strips = _strips(scene, tiles)
    return np.asarray(np.sum([tiles.sums(strip) for strip in strips], axis=0))


def released(scene: Scene) -> Scene:
    """Return the same scene without the maps that were made of it."""
    sources = [Image(source.grey) for source in scene.sources]
    return Scene(sources, Image(scene.fused.grey), scene.inside)


def _strips(scene: Scene, tiles: Tiles) -> Iterator[Scene]:
    """Yield parts of a scene, each with the mask of the rows that count in it."""
    height, width = scene.fused.shape
    margin, least = (
        math.ceil(size / ALIGNMENT) * ALIGNMENT for size in (tiles.reach, tiles.side)
    )
    for start, stop in row_strips(height, width, ALIGNMENT):
        top, bottom = max(start - margin, 0), min(stop + margin, height)
        # At the rim, too, the coarsest window must fit.
        bottom = max(bottom, min(top + least, height))
        top = max(min(top, (bottom - least) // ALIGNMENT * ALIGNMENT), 0)
        inside: Mask = np.zeros((bottom - top, width), np.bool_)
        own = slice(start - top, stop - top)
        inside[own] = True if scene.inside is None else scene.inside[start:stop]
        yield Scene(
            [Image(source.grey[top:bottom]) for source in scene.sources],
            Image(scene.fused.grey[top:bottom]),
            inside,
        )


def _means(maps: Sequence[Float], inside: Mask | None) -> list[float]:
    """Return the sums of maps over the places that count, and how many those are."""
    return [*(total(one, inside) for one in maps), selected(maps[0], inside).size]


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else math.nan


def _added(sums: Sums) -> float:
    return _ratio(float(sums[:-1].sum()), sums[-1])


def _averaged(sums: Sums) -> float:
    return _added(sums) / (sums.size - 1)


def _ssim(scene: Scene) -> list[float]:
    windows = cropped(scene.inside, ssim.BORDER)
    return _means([ssim.compare(pair, 0)[1] for pair in scene.pairs], windows)


def _ms_ssim(scene: Scene) -> list[float]:
    sums: list[float] = []
    last = len(ms_ssim.SCALE_WEIGHTS) - 1
    for level in range(last + 1):
        windows = cropped(halved_mask(scene, level), ssim.BORDER)
        maps = [ssim.compare(pair, level)[level == last] for pair in scene.pairs]
        sums += _means(maps, windows)
    return sums


def _ms_ssim_value(sums: Sums) -> float:
    levels = sums.reshape(len(ms_ssim.SCALE_WEIGHTS), -1)
    if not levels[:, -1].all():
        return math.nan
    means = np.maximum(levels[:, :-1] / levels[:, -1:], 0)
    return float(np.prod(means ** np.c_[list(ms_ssim.SCALE_WEIGHTS)], axis=0).sum())


def _mef(scene: Scene) -> list[float]:
    sums: list[float] = []
    for level in range(len(mef_ms_ssim.WEIGHTS)):
        windows = cropped(halved_mask(scene, level), ssim.BORDER)
        sums += _means([mef_ms_ssim.likeness(scene, level)], windows)
    return sums


def _mef_value(sums: Sums) -> float:
    above, below = sums.reshape(-1, 2).T
    if not below.all():
        return math.nan
    exponents = np.array(mef_ms_ssim.WEIGHTS) / sum(mef_ms_ssim.WEIGHTS)
    return float(np.prod(np.maximum(above / below, 0) ** exponents))


def _vif(scene: Scene) -> list[float]:
    return [number for pair in vif.kept_and_whole(scene) for number in pair]


def _vif_value(sums: Sums) -> float:
    return sum(_ratio(kept, whole) for kept, whole in sums.reshape(-1, 2))


def _viff(scene: Scene) -> list[float]:
    return [number for scale in viff.kept_and_whole(scene) for number in scale]


def _viff_value(sums: Sums) -> float:
    return viff.combined([(a, b, c) for a, b, c in sums.reshape(-1, 3).tolist()])


def _qabf(scene: Scene) -> list[float]:
    return list(qabf.kept_and_weight(scene))


def _by_weight(formula: Callable[[float, float, float], float]) -> Tiles:
    """Return a metric of what was made up, what was lost, and all of the edges."""

    def sums(scene: Scene) -> list[float]:
        return [number for part in nabf.parts(scene) for number in part]

    return Tiles(
        1,
        nabf.MINIMUM_SIDE,
        sums,
        lambda sums: formula(*sums.reshape(-1, 3).sum(axis=0)),
        lambda sums: [formula(*part) for part in sums.reshape(-1, 3)],
    )


def _qs(scene: Scene) -> list[float]:
    quality, _ = qs.quality_and_weight(scene)
    return _means([quality], cropped(scene.inside, ssim.BORDER))


def _qw(scene: Scene) -> list[float]:
    quality, weight = qs.quality_and_weight(scene)
    windows = cropped(scene.inside, ssim.BORDER)
    return [total(weight * quality, windows), total(weight, windows)]


def _qe(scene: Scene) -> list[float]:
    return [*_qw(scene), *_qw(qe.edge_scene(scene))]


def _qm(scene: Scene) -> list[float]:
    return [number for scale in qm.kept_and_energy(scene) for number in scale]


def _ei(scene: Scene) -> list[float]:
    return _means([ei.strength(scene.fused)], scene.inside)


def _information(feature: Callable[[Image], Float]) -> Callable[[Scene], list[float]]:
    def sums(scene: Scene) -> list[float]:
        from bratsfuse.metrics.of_fusion._fmi import information

        maps = [information(pair, feature) for pair in scene.pairs]
        return _means(maps, cropped(scene.inside, 1))

    return sums


TILES: Final[Mapping[str, Tiles]] = {
    "ei": Tiles(1, 1, _ei, _added),
    "ssim": Tiles(5, ssim.WINDOW, _ssim, _added),
    "ms_ssim": Tiles(96, ms_ssim.MINIMUM_SIDE, _ms_ssim, _ms_ssim_value),
    "mef_ms_ssim": Tiles(24, mef_ms_ssim.MINIMUM_SIDE, _mef, _mef_value),
    "vif": Tiles(24, vif.MINIMUM_SIDE, _vif, _vif_value),
    "viff": Tiles(24, vif.MINIMUM_SIDE, _viff, _viff_value),
    "qabf": Tiles(1, 1, _qabf, lambda sums: _ratio(*sums)),
    "nabf": _by_weight(lambda made_up, _, all_: _ratio(made_up, all_)),
    "labf": _by_weight(lambda _, lost, all_: _ratio(lost, all_)),
    "qabf_p": _by_weight(lambda made_up, lost, all_: 1 - _ratio(made_up + lost, all_)),
    "qs": Tiles(5, ssim.WINDOW, _qs, _added),
    "qw": Tiles(5, ssim.WINDOW, _qw, lambda sums: _ratio(*sums)),
    "qe": Tiles(6, ssim.WINDOW, _qe, lambda s: _ratio(s[0], s[1]) * _ratio(s[2], s[3])),
    "qm": Tiles(0, qm.MINIMUM_SIDE, _qm, lambda s: qm.combined(s.reshape(-1, 2))),
    "qy": Tiles(3, WINDOW, lambda s: _means(*_one(qy.local(s))), _added),
    "qc": Tiles(3, WINDOW, lambda s: _means(*_one(qc.local(s))), _added),
    "fmi_pixel": Tiles(1, 3, _information(fmi_pixel.pixels), _averaged),
    "fmi_gradient": Tiles(1, 3, _information(fmi_gradient.slopes), _averaged),
}
"""Key -> how it follows from strips."""


def _one(found: tuple[Float, Mask]) -> tuple[list[Float], Mask]:
    score, seen = found
    return [score], seen
