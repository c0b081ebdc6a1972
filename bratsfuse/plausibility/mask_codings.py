"""Masks against the reference: whether labels are exchanged.

The field codes one and the same tissue differently: BraTS counts necrosis before
oedema, nnU-Net oedema before necrosis, and region-wise networks write what they like.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from bratsfuse.anatomy import REGIONS
from bratsfuse.arrays import Floats, Image
from bratsfuse.plausibility.doubt import Doubt

_MARGIN: Final = 0.2

Coding = tuple[int, ...]
"""Which label of the release is meant by each, in the order of the labels."""


def coding_doubts(
    reference: Sequence[Image], masks: Sequence[Image], labels: Sequence[int]
) -> list[Doubt]:
    """Return a doubt if labels fit the reference much better when exchanged.

    What decides is the mean Dice of the labels that the reference has, pooled over the
    slices, for every one-to-one coding that changes a region.

    Parameters
    ----------
    reference, masks
        Label maps, uint8 (H, W); as many of each.
    labels
        Those of the release, without the background.
    """
    known = sorted(labels)
    table = _confusion(reference, masks, known)
    as_is = _score(table, tuple(range(len(known))))
    scores = {coding: _score(table, coding) for coding in _codings(known)}
    if not scores:
        return []
    best = max(scores, key=scores.__getitem__)
    if scores[best] <= as_is + _MARGIN:
        return []
    changes = ", ".join(
        f"{known[found]} -> {known[meant]}"
        for found, meant in enumerate(best)
        if found != meant
    )
    told = (
        f"mean Dice of the labels is {as_is:.2f} as is, {scores[best]:.2f} with "
        f"{changes}, in {len(masks)} slices"
    )
    return [Doubt("looks-recoded", told)]


def _codings(labels: Sequence[int]) -> Iterator[Coding]:
    """Yield every coding that changes a region; of those with equal regions the first.

    Labels that every region treats alike, as NCR and CC, are the same to every score:
    to exchange them changes nothing.
    """
    seen = {_regions_by(range(len(labels)), labels)}
    for coding in itertools.permutations(range(len(labels))):
        regions = _regions_by(coding, labels)
        if regions not in seen:
            seen.add(regions)
            yield coding


def _regions_by(
    coding: Sequence[int], labels: Sequence[int]
) -> tuple[frozenset[int], ...]:
    """Return which of the found labels each region is made of."""
    return tuple(
        frozenset(
            found for found, meant in enumerate(coding) if labels[meant] in region
        )
        for region in REGIONS.values()
    )


def _confusion(
    reference: Sequence[Image], masks: Sequence[Image], labels: Sequence[int]
) -> Floats:
    """Return pixels by true and predicted label; the last of each is anything else."""
    place = np.full(256, len(labels), np.intp)
    place[list(labels)] = range(len(labels))
    size = len(labels) + 1
    table = np.zeros(size * size)
    for true, mask in zip(reference, masks, strict=True):
        both = place[true.ravel()] * size + place[mask.ravel()]
        table += np.bincount(both, minlength=size * size)
    return table.reshape(size, size)


def _score(table: Floats, coding: Coding) -> float:
    """Return the mean Dice of the labels in the reference, 0 if it has none."""
    true, predicted = table.sum(1)[:-1], table.sum(0)[:-1]
    values = [
        2 * table[meant, found] / (true[meant] + predicted[found])
        for found, meant in enumerate(coding)
        if true[meant]
    ]
    return float(np.mean(values)) if values else 0.0
