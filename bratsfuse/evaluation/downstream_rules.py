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

FLOOR: Final[Mapping[str, float]] = {"ssim": 0.575, "vif": 0.175}
"""Fusion metric -> the least mean of an image that may be ranked by its use.

Just below the weakest classical fusion method, see ``docs/downstream.md``.
"""


def below_floor(fidelity: Mapping[str, float | None]) -> tuple[str, ...]:
    """Return the metrics by which images are too far from their sources; none if fine.

    Parameters
    ----------
    fidelity
        Metric -> mean over the test slices; None where it is undefined, which counts
        as too far.
    """
    return tuple(
        key
        for key, least in FLOOR.items()
        if (value := fidelity.get(key)) is None or value < least
    )
