"""Metrics that must see a large image whole, with few maps of its size at a time.

Their features are frequencies of the whole image, or follow from a mean over it. Here
each map is made when it is needed, read in strips and dropped. The values are those of
the metrics' own files, up to the last digits of sums.
"""

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from bratsfuse.metrics.in_strips.phase_large import (
    NAMES,
    features_of_rows,
    shelve_features,
)
from bratsfuse.metrics.in_strips.shelf import Shelf
from bratsfuse.metrics.in_strips.strips import row_strips, rows_around
from bratsfuse.metrics.of_fusion import (
    fmi_dct,
    fmi_edge,
    fmi_wavelet,
    qcb,
    qcv,
    qp,
    ssim,
)
from bratsfuse.metrics.of_fusion._filtered import filtered
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Grey,
    Image,
    Scene,
    cropped,
    selected,
    total,
)
from bratsfuse.metrics.of_fusion._stretched import stretch

Rows = tuple[int, int]


def fmi_in_strips(
    scene: Scene,
    feature: Callable[[Image], Float],
    information: Callable[[Float, Float], Float],
) -> float:
    """Return FMI with the features that a function makes of a whole image."""
    windows = cropped(scene.inside, 1)
    fused = feature(Image(scene.fused.grey))
    values = []
    for source in scene.sources:
        own = feature(Image(source.grey))
        height, width = own.shape
        sum_, count = 0.0, 0
        for start, stop in row_strips(height - 2, width):
            part = slice(start, stop + 2)
            found = information(own[part], fused[part])
            inside = None if windows is None else windows[start:stop]
            sum_ += total(found, inside)
            count += selected(found, inside).size
        values.append(sum_ / count if count else math.nan)
    return sum(values) / len(values)


def _information(source: Float, fused: Float) -> Float:
    from bratsfuse.metrics.of_fusion._fmi import CLEAN, window_information

    return window_information(source, fused, source, CLEAN)


def _fmi_dct(scene: Scene) -> float:
    fmi_dct.require_whole(scene)
    return fmi_in_strips(scene, fmi_dct.frequencies, _information)


def _fmi_wavelet(scene: Scene) -> float:
    fmi_wavelet.require_whole(scene)
    return fmi_in_strips(scene, fmi_wavelet.coefficients, _information)


def _fmi_edge(scene: Scene) -> float:
    scene.require_side(fmi_edge.MINIMUM_SIDE, "fmi_edge")
    return fmi_in_strips(scene, fmi_edge.edge_pixels, fmi_edge.information_of_edges)


def _qcv(scene: Scene) -> float:
    if _any_constant(scene):
        return math.nan
    height, width = scene.fused.shape
    fused = scene.fused.grey
    distortion = salience = 0.0
    for source in scene.sources:
        difference = _stretched_difference(source.grey, fused)
        visible = filtered(difference, qcv.sensitivity, (height, width))
        for start, stop in row_strips(height, width, multiple_of=qcv.BLOCK):
            inside = None if scene.inside is None else scene.inside[start:stop]
            saliency = _saliency(source.grey, (start, stop))
            local = qcv.block_sums(saliency, inside)
            error = qcv.block_sums(visible[start:stop] ** 2, inside)
            area = qcv.block_areas((stop - start, width), inside)
            distortion += float(np.sum(local * error / np.maximum(area, 1)))
            salience += float(np.sum(local))
        del visible
    return distortion / salience if salience else math.nan


def _stretched_difference(source: Grey, fused: Grey) -> Callable[[int, int], Float]:
    ranges = [(one.min(), one.max()) for one in (source, fused)]

    def rows(start: int, stop: int) -> Float:
        one, other = (
            stretch(image[start:stop], *range_)
            for image, range_ in zip((source, fused), ranges, strict=True)
        )
        return one - other

    return rows


def _saliency(source: Grey, rows: Rows) -> Float:
    """Return the saliency of some rows: one more on each side is looked at."""
    around, own, _ = rows_around(rows, 1, source.shape[0])
    part = stretch(source[around], source.min(), source.max())
    return qcv.saliency(part)[own]


def _qcb(scene: Scene) -> float:
    if _any_constant(scene):
        return math.nan
    fused = _contrast(scene.fused.grey)
    sources = [_contrast(source.grey) for source in scene.sources]
    sum_, count = 0.0, 0
    for start, stop in row_strips(*fused.shape):
        inside = None if scene.inside is None else scene.inside[start:stop]
        kept, seen = qcb.kept_contrast(
            [one[start:stop] for one in sources], fused[start:stop], inside
        )
        sum_ += total(kept, seen)
        count += int(seen.sum())
    return sum_ / count if count else math.nan


def _contrast(grey: Grey) -> Float:
    low, high = grey.min(), grey.max()
    visible = filtered(
        lambda start, stop: stretch(grey[start:stop], low, high),
        qcb.sensitivity,
        (grey.shape[0], grey.shape[1]),
    )
    found = np.empty(visible.shape)
    for rows in row_strips(*visible.shape):
        found[slice(*rows)] = qcb.contrast_of(visible, rows, qcb.SURROUND)
    return found


def _qp(scene: Scene) -> float:
    scene.require_side(ssim.WINDOW, "qp")
    height, width = scene.fused.shape
    sums, count = np.zeros(len(NAMES)), 0
    with contextlib.ExitStack() as closing:
        shelves = []
        for image in (*scene.sources, scene.fused):
            shelves.append(closing.enter_context(Shelf(len(NAMES), (height, width))))
            shelve_features(image.grey, shelves[-1])
        for start, stop in row_strips(height, width):
            around, own, beyond = rows_around((start, stop), ssim.BORDER, height)
            *sources, fused = (features_of_rows(shelf, around) for shelf in shelves)
            inside = None if scene.inside is None else scene.inside[start:stop]
            kept, seen = qp.kept_features(sources, fused, own, beyond, inside)
            sums += [total(one, seen) for one in kept]
            count += int(seen.sum())
    return float(np.prod(sums / count)) if count else math.nan


def _any_constant(scene: Scene) -> bool:
    return any(
        image.grey.min() == image.grey.max() for image in (*scene.sources, scene.fused)
    )


WHOLE: Final[Mapping[str, Callable[[Scene], float]]] = {
    "fmi_dct": _fmi_dct,
    "fmi_wavelet": _fmi_wavelet,
    "fmi_edge": _fmi_edge,
    "qcv": _qcv,
    "qcb": _qcb,
    "qp": _qp,
}
"""Key -> the metric of a large scene."""
