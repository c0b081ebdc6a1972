"""How use downstream is scored, and which images may be ranked by it.

Whoever trains the segmenters and whoever ranks their scores go by the same rules.
"""

from collections.abc import Mapping
from typing import Final

KEYS: Final = ("dice", "nsd_1mm")
"""The metrics of the masks of a segmenter that has learned on fused images."""

POLICY: Final = "brats"
"""Of empty masks, in the downstream section of every report."""

SEED: Final = 0
"""Of the bootstrap behind its intervals."""

FIDELITY: Final = ("ssim", "vif")
"""Fusion metrics that say, within lesions, how true images are to their sources."""

WEAKEST: Final = "dwt"
"""The classical fusion method whose images are the least true, see
``docs/downstream.md``: what is allowed on the slices of a release depends on them."""

SHARE: Final = 0.95
"""Of its fidelity on the same slices, what images must have that are ranked by use."""

_DECIMALS: Final = 4


def floor_of(weakest: Mapping[str, float | None]) -> dict[str, float]:
    """Return metric -> the least mean of images that may be ranked by their use.

    Parameters
    ----------
    weakest
        The fidelity of the images of `WEAKEST` on the same slices. Where it has none,
        nor has any other image, and the least is 0.
    """
    return {key: round(SHARE * (weakest[key] or 0), _DECIMALS) for key in FIDELITY}


def below_floor(
    fidelity: Mapping[str, float | None], floor: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the metrics by which images are too far from their sources; none if fine.

    Parameters
    ----------
    fidelity
        Metric -> mean over the test slices; None where it is undefined, which counts
        as too far.
    floor
        See `floor_of`.
    """
    return tuple(
        key
        for key in FIDELITY
        if (value := fidelity.get(key)) is None or value < floor[key]
    )
