"""The records of a comparison: who has which rank, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bratsfuse.arrays import Floats
from bratsfuse.issues import Issue
from bratsfuse.statistics.significance import Friedman

ALPHA: Final = 0.05
"""A corrected p below it is called significant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The rank of a submission by one scheme.

    Attributes
    ----------
    mean_rank
        In [1, submissions], lower is better.
    rank
        1, 2, 2, 4: equal mean ranks share a rank.
    low, high
        Its 95 % interval by the bootstrap over patients; None with fewer than two.
    first
        Share of the resamples in which it is first, alone or not; None likewise.
    """

    mean_rank: float
    rank: int
    low: int | None
    high: int | None
    first: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rank of a submission.

    Attributes
    ----------
    name
        Of the submission.
    by_case
        Its rank by rank-then-aggregate, the headline.
    by_mean
        Its rank by aggregate-then-rank.
    letters
        Submissions that share one are not significantly different.
    """

    name: str
    by_case: Place
    by_mean: Place
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two submissions, the better first, and whether their difference may be chance.

    Attributes
    ----------
    first, second
        Their names.
    difference
        Mean rank of the first less that of the second; negative or 0.
    p
        Sign-flip test of the patients' rank differences, two-sided.
    p_first_better, p_second_better
        The same, one-sided; not corrected.
    p_holm
        `p` corrected for all pairs.
    wilcoxon, wilcoxon_holm
        Wilcoxon's signed-rank test of the same differences, two-sided.
    """

    first: str
    second: str
    difference: float
    p: float
    p_first_better: float
    p_second_better: float
    p_holm: float
    wilcoxon: float
    wilcoxon_holm: float

    @property
    def significant(self) -> bool:
        """Whether the corrected p of the sign-flip test is below `ALPHA`."""
        return self.p_holm < ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing submissions found.

    Attributes
    ----------
    standings
        Best first, by rank-then-aggregate; equal ones by name.
    pairs
        Every pair, in the order of the standings.
    cases
        The ids of the cases that were compared.
    n_patients
        How many patients they are of.
    case_ranks
        Name -> its mean rank in each case, float64, over the criteria.
    kendall_tau
        Kendall's tau-b between the mean ranks of both schemes; None where undefined.
    friedman
        None with fewer than three submissions or two patients, or if all tie.
    n_left_out
        Pairs of a case and a criterion that no submission has a value of.
    n_ranked_last
        Values that a submission lacks and another has.
    warnings
        What a reader must know before believing it.
    """

    standings: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    cases: tuple[str, ...]
    n_patients: int
    case_ranks: Mapping[str, Floats]
    kendall_tau: float | None
    friedman: Friedman | None
    n_left_out: int
    n_ranked_last: int
    warnings: tuple[Issue, ...]
