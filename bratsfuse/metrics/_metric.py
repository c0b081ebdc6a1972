"""The record by which a metric declares what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a reader must know of a metric before comparing two of its values.

    Attributes
    ----------
    key
        The name in reports and in ``evaluate``: short, lower case.
    title
        The name in tables and figures.
    function
        The public function that computes it.
    kind
        What it judges: a fused image or a predicted mask.
    higher_is_better
        The direction; None where neither end is better, as for a signed error.
    low, high
        The range, ends included; ``math.inf`` where it has no end.
    unit
        ``""`` for a pure number, else for example ``"bit"``, ``"mm"`` or ``"dB"``.
    undefined_when
        In words, when the value is NaN; ``"never"`` if it never is.
    source
        The paper, and the equation where there is one.
    """

    key: str
    title: str
    function: Callable[..., float]
    kind: Literal["fusion", "segmentation"]
    higher_is_better: bool | None
    low: float
    high: float
    unit: str
    undefined_when: str
    source: str
