"""Fused images against the sources of other slices: whether they are mixed up."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bratsfuse.arrays import Floats, Image
from bratsfuse.plausibility.detail import spectra
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.sample import spread

_COMPARED: Final = 24
"""Slices, each with each."""
_FEWEST: Final = 4
_FEW: Final = 4
"""One in so many fits its own best by chance; on BraTS, edges alone do in one of 3."""
_CLOSE: Final = 0.01
"""Slices that are the same, or nearly, are as good as one another."""


def order_doubts(
    fused: Sequence[Image], sources: Mapping[str, Sequence[Image]]
) -> list[Doubt]:
    """Return a doubt if fused images fit other slices' sources better than their own.

    Images that were matched by order, or sorted as text where numbers were meant, agree
    with every slice as with any other. Honest ones fit their own best, however blurred.

    Parameters
    ----------
    fused
        uint8 (H, W) each, all of one shape.
    sources
        Name -> as many images of that shape.
    """
    rows = spread(len(fused), _COMPARED)
    if len(rows) < _FEWEST:
        return []
    moving = spectra([fused[row] for row in rows])
    fits: Floats = np.max(
        [
            np.einsum(
                "iab,jab->ij", moving, np.conj(spectra([of[r] for r in rows]))
            ).real.astype(np.float64)
            for of in sources.values()
        ],
        axis=0,
    )
    own = np.diagonal(fits)
    best = own >= fits.max(axis=1) - _CLOSE * np.abs(fits).max()
    if _FEW * np.count_nonzero(best) >= len(rows):
        return []
    told = f"{np.count_nonzero(best)} of {len(rows)} fit their own sources best"
    return [Doubt("fits-other-slices", told)]
