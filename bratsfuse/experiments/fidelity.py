"""How true a fused image has to be to its sources, to be ranked by its use.

A fused image can be used to carry a message: a network that is trained for
segmentation alone draws the classes as stripes, and another one reads them. Such images
score high downstream and show the sources badly. The floor lies below every classical
fusion method and above every image that carries a message; ``docs/downstream.md`` gives
the measurements.
"""

from collections.abc import Mapping
from typing import Final

FLOOR: Final[Mapping[str, float]] = {"vif": 0.5, "qabf": 0.45}
"""Fusion metric -> the least mean over the test slices."""


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
