"""The record by which a metric declares all that others need to know of it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from bratsfuse.errors import InvalidInputError

Kind = Literal["fusion", "segmentation"]
Family = Literal["fusion", "overlap", "surface", "lesion"]
Pooling = Literal["counts", "slice mean", "lesion mean"]
Shared = Literal[
    "scene", "pixel counts", "lesion counts", "lesions", "surfels", "boundaries"
]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
DIAGONAL: Final = "diagonal"
"""Stands for the diagonal of the image in millimetres."""
PENALTY: Final = "penalty"
"""Stands for the distance that a false-negative lesion costs in a challenge."""
AFTER_OURS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What evaluation, reports and boards read of a metric; they know no key of any.

    Attributes
    ----------
    key
        The name in reports and in ``evaluate``: short, lower case. The file and the
        entry point that declare the metric have the same name.
    title
        The name in tables and figures.
    function
        The public function that computes it: ``function(sources, fused, inside=None)``
        of a fused image, ``function(reference, prediction, spacing_mm)`` of two boolean
        masks.
    family
        What it looks at: ``"fusion"`` a fused image and its sources, ``"overlap"`` the
        pixels of two masks, ``"surface"`` their contours, ``"lesion"`` their lesions.
    shared
        What ``evaluate`` makes once for all metrics that name it; None for nothing.
        ``"scene"``: a fused image with all maps of it; ``"pixel counts"`` and
        ``"lesion counts"``: true and false positives and negatives; ``"lesions"``: the
        scores of each lesion; ``"surfels"`` and ``"boundaries"``: the distances between
        two contours, not asked where a mask is empty: the value is NaN there.
    formula
        The value, of what ``shared`` names. None without that; ``evaluate`` then calls
        ``function`` with the arrays.
    per_source
        Of a fusion metric, its values for each source by itself, of the scene: those of
        a sum or a mean add up to it. None where it does not look at the sources.
    pooling
        How the slices of a case become one value. ``"counts"``: the formula of their
        summed counts. ``"slice mean"``: the mean over the slices, of masks over those
        in which the reference or the prediction has the region. ``"lesion mean"``: the
        mean over all lesions of all slices.
    higher_is_better
        The direction; None where neither end is better, as for a signed error.
    low, high
        The range, ends included; ``math.inf`` where it has no end.
    unit
        ``""`` for a pure number, else for example ``"bit"``, ``"mm"`` or ``"dB"``.
    undefined_when
        In words, when the value is NaN; ``"never"`` if it never is.
    both_empty, one_empty
        What an empty-mask policy may put instead of NaN, if both masks are empty or
        exactly one of them; of one, also `DIAGONAL`. None leaves it NaN.
    worst
        What is missing costs this: the bad end of the range, `DIAGONAL` or `PENALTY`.
        None where no value is the worst, or an empty mask has it already.
    headline
        Whether reports lead with it and boards rank by it. Of fusion metrics, a report
        has no others.
    on_request
        Whether it is scored only where it is asked for by key. Of segmentation metrics;
        a report has all others.
    order
        Tables show metrics by this number, then by key.
    source
        The paper, and the equation where there is one.

    Raises
    ------
    InvalidInputError
        If the parts contradict each other.
    """

    key: str
    title: str
    function: Callable[..., float]
    family: Family
    shared: Shared | None = None
    formula: Callable[[Any], float] | None = None
    per_source: Callable[[Any], Sequence[float]] | None = None
    pooling: Pooling
    higher_is_better: bool | None
    low: float
    high: float
    unit: str
    undefined_when: str
    both_empty: float | None = None
    one_empty: float | Literal["diagonal"] | None = None
    worst: float | Literal["diagonal", "penalty"] | None
    headline: bool = False
    on_request: bool = False
    order: int = AFTER_OURS
    source: str

    def __post_init__(self) -> None:
        problem = next(self._contradictions(), None)
        if problem:
            raise InvalidInputError(f"metric {self.key!r}: {problem}")

    @property
    def kind(self) -> Kind:
        """What it judges, and the chapter that has it."""
        return "fusion" if self.family == "fusion" else "segmentation"

    @property
    def score(self) -> Callable[..., float]:
        """What ``evaluate`` calls: the formula, or the function where there is none."""
        return self.formula or self.function

    def _contradictions(self) -> Iterator[str]:
        if not re.fullmatch("[a-z][a-z0-9_]*(\\.[0-9]+mm)?", self.key):
            yield "expected a key of lower-case letters, digits and underscores"
        for name, of in (("family", Family), ("pooling", Pooling), ("shared", Shared)):
            value, known = getattr(self, name), get_args(of)
            if value not in known and not (name == "shared" and value is None):
                yield f"{name}: found {value!r}, expected one of {', '.join(known)}"
        if not self.low < self.high:
            yield f"found the range {self.low} to {self.high}, expected low < high"
        if (self.shared is None) != (self.formula is None):
            yield "expected both shared and formula, or neither"
        if self.shared and (self.shared == "scene") != (self.kind == "fusion"):
            yield f"shared: {self.shared!r} is of no use to family {self.family!r}"
        if self.on_request and self.headline:
            yield "expected headline or on_request, not both"
        if self.per_source and self.shared != "scene":
            yield "per_source needs shared 'scene'"
        if self.pooling == "counts" and self.shared not in (
            "pixel counts",
            "lesion counts",
        ):
            yield "pooling by counts needs shared 'pixel counts' or 'lesion counts'"
        if self.shared in ("lesions", "lesion counts") and self.family != "lesion":
            yield f"shared: {self.shared!r} needs family 'lesion'"
        if self.pooling == "lesion mean" and self.family != "lesion":
            yield "pooling by lesion mean needs family 'lesion'"
        if self.kind == "fusion" and self.pooling != "slice mean":
            yield "a fusion metric has pooling 'slice mean'"
        if self.higher_is_better is None and (self.headline or self.kind == "fusion"):
            yield "expected a direction, since it ranks images or methods"
        if self.kind == "fusion" and not isinstance(self.worst, float | int):
            yield "worst: expected a number, since an image can be missing"
        bad_end = self.low if self.higher_is_better else self.high
        if isinstance(self.worst, float | int) and self.worst != bad_end:
            yield f"worst: found {self.worst}, expected {bad_end}, the end of the range"
