"""Scores with their intervals, and what networks make of fused images."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measure over all rows of a table: expected = n + n_undefined.

    Attributes
    ----------
    mean
        Over the n values; None if there is none.
    low, high
        Its 95 % interval, by the bootstrap over patients; None with fewer than two.
    t_low, t_high
        The same by Student's t over patients.
    median, sd
        Of the n values; sd with n - 1.
    n
        The values in the mean, the worst ones for what is missing included.
    n_undefined
        Rows without a value.
    n_missing
        Of the n, rows that were not submitted.
    n_policy
        Of the n, rows that a rule for undefined values touched, see
        `bratsfuse.results.Status`.
    """

    mean: float | None
    low: float | None
    high: float | None
    t_low: float | None
    t_high: float | None
    median: float | None
    sd: float | None
    n: int
    n_undefined: int
    n_missing: int = 0
    n_policy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSegmenter:
    """The frozen segmenter behind `Scores.reference_segmenter`.

    Attributes
    ----------
    weights_sha256
        Of its weights.
    seen_patients
        The scored patients that it has learned from.
    is_certain
        Whether the names of the others would have shown it.
    unseen
        Region -> key -> score over the cases of the others; empty if there are no seen
        patients, or no others.
    """

    weights_sha256: str
    seen_patients: tuple[str, ...]
    is_certain: bool
    unseen: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Downstream:
    """What the fused images are worth to a segmenter that learns on them.

    Attributes
    ----------
    seeds
        Of the trainings; scores are averaged over them case by case.
    settings
        Of the trainings, as text.
    titles
        Reference row -> what it is, in words.
    scores
        Region -> key -> score over test cases.
    differences
        Reference row -> region -> key -> the same less that row's, case by case.
    references
        Reference row -> region -> key -> score.
    fidelity
        Fusion metric -> mean over the test slices and the sources, within the box of
        the lesion: how true the images are where they could carry a message.
    floor
        Fusion metric -> the least value of images of these slices that may be ranked by
        their use.
    below_floor
        The metrics that lie below it; a ranked entry has none.
    unseen
        `scores` without the patients that the method has learned from, as the record of
        the submission says; empty if there are none.
    """

    seeds: tuple[int, ...]
    settings: Mapping[str, str]
    titles: Mapping[str, str]
    scores: Mapping[str, Mapping[str, Score]]
    differences: Mapping[str, Mapping[str, Mapping[str, Score]]]
    references: Mapping[str, Mapping[str, Mapping[str, Score]]]
    fidelity: Mapping[str, float | None]
    floor: Mapping[str, float]
    below_floor: tuple[str, ...]
    unseen: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
