"""How true fused images are to their sources where it matters: within lesions.

A fused image can be used to carry a message: a network that is trained for
segmentation alone draws the classes into the lesion, as grey levels or as stripes, and
another network reads them. Such images score high downstream and show a reader little.
Metrics of the entire image hardly see it, since a lesion is a small part of it, so
that fidelity is measured within the box of the lesion. ``docs/downstream.md`` gives the
measurements, and says what escapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Images
from bratsfuse.evaluation.downstream_rules import FIDELITY, WEAKEST, floor_of
from bratsfuse.fusers import fuser
from bratsfuse.metrics import fusion
from bratsfuse.release.columns import FUSION_PREFIX, MASK
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile

MARGIN: Final = 4
"""Pixels around the lesion that its box contains."""

_SLICES: Final = 200
"""At most so many slices are measured, evenly spread over the split."""

_LEAST: Final = 16
"""Rows and columns of the smallest box: SSIM looks through 11 by 11 pixels."""


def lesion_fidelity(release: Path, product: str, split: str) -> dict[str, float | None]:
    """Return how true the images of a product are to the sources within lesions.

    Parameters
    ----------
    release
        The release; its masks say where the lesions are.
    product
        The fusion product.
    split
        The split, with labels.

    Returns
    -------
    dict
        Metric -> mean over slices, and over the sources: SSIM and VIF of one source and
        the fused image are both at most about 1. None where no slice gives a value.
    """
    return _means(
        in_lesion(images, fused, mask)
        for images, fused, mask in _slices(release, product, split)
    )


def lesion_floor(release: Path, product: str, split: str) -> dict[str, float]:
    """Return how true images must be to the sources that a product is made of.

    Parameters
    ----------
    release, product, split
        As for `lesion_fidelity`, and the same slices.

    Returns
    -------
    dict
        Metric -> the least mean, see `bratsfuse.evaluation.downstream_rules.floor_of`.
    """
    weakest = fuser(WEAKEST)
    return floor_of(
        _means(
            in_lesion(images, weakest(images), mask)
            for images, _, mask in _slices(release, product, split)
        )
    )


def _slices(
    release: Path, product: str, split: str
) -> Iterator[tuple[Images, Image, Image]]:
    """Yield sources, fused image and mask of the slices that are measured."""
    manifest = read_manifest(release)
    sources = manifest.sources_of(product)
    with SplitFile(release / manifest.splits[split].file) as file:
        for row in range(0, len(file), max(1, len(file) // _SLICES)):
            images = np.stack([file.pixels(name, row) for name in sources])
            fused = file.pixels(FUSION_PREFIX + product, row)
            yield images, fused, read_pixels(file, MASK, row, manifest.source.labels)


def in_lesion(sources: Images, fused: Image, mask: Image) -> dict[str, float]:
    """Return SSIM and VIF of a fused image within the box of the lesion.

    Parameters
    ----------
    sources
        uint8 (S, H, W).
    fused, mask
        uint8 (H, W); the box is that of all labels, with `MARGIN` around it.

    Returns
    -------
    dict
        Metric -> mean over the sources; NaN where there is no lesion, or where its box
        is too small or too flat for the metric.
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return dict.fromkeys(FIDELITY, np.nan)
    box = (
        slice(max(0, rows.min() - MARGIN), rows.max() + MARGIN + 1),
        slice(max(0, columns.min() - MARGIN), columns.max() + MARGIN + 1),
    )
    if min(fused[box].shape) < _LEAST:
        return dict.fromkeys(FIDELITY, np.nan)
    values = fusion.evaluate(
        np.ascontiguousarray(sources[(slice(None), *box)]),
        np.ascontiguousarray(fused[box]),
        metrics=list(FIDELITY),
    )
    return {key: value / len(sources) for key, value in values.items()}


def _means(rows: Iterable[Mapping[str, float]]) -> dict[str, float | None]:
    found = list(rows)
    return {key: _mean([row[key] for row in found]) for key in FIDELITY}


def _mean(values: list[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None
