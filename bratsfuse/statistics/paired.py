"""Two methods on the same cases, measure by measure: how far apart, and how sure.

A mean of differences is more certain than two means side by side, since what makes a
case hard for one method makes it hard for the other.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.issues import Issue, warning
from bratsfuse.results import Measure, Results
from bratsfuse.statistics._tables import Criterion
from bratsfuse.statistics.intervals import mean_interval
from bratsfuse.statistics.records import ALPHA
from bratsfuse.statistics.significance import holm, sign_flip_test, wilcoxon_test


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The difference of two methods in one measure.

    Attributes
    ----------
    first, second
        Their names, in the order given.
    measure
        The column.
    higher_is_better
        Its direction.
    difference
        Mean of the first less the second over the cases that both have a value of; NaN
        if there is none.
    low, high
        Its 95 % interval by the bootstrap over patients; NaN with fewer than two.
    n
        How many cases.
    p, p_holm
        Sign-flip test of the patients' sums, two-sided; corrected for all pairs and
        measures of the table. NaN where n is 0.
    wilcoxon, wilcoxon_holm
        Wilcoxon's signed-rank test of the same, likewise.
    """

    first: str
    second: str
    measure: Measure
    higher_is_better: bool
    difference: float
    low: float
    high: float
    n: int
    p: float
    p_holm: float
    wilcoxon: float
    wilcoxon_holm: float

    @property
    def significant(self) -> bool:
        """Whether the corrected p of the sign-flip test is below `ALPHA`."""
        return self.p_holm < ALPHA

    @property
    def better(self) -> str:
        """Which of the two has the better mean; "" if neither."""
        if not self.difference or np.isnan(self.difference):
            return ""
        first = (self.difference > 0) == self.higher_is_better
        return self.first if first else self.second


def paired_differences(
    tables: Mapping[str, Results], criteria: Sequence[Criterion], *, seed: int = 0
) -> tuple[Paired, ...]:
    """Return the differences of every pair of methods in every measure.

    Parameters
    ----------
    tables
        Name of the method -> its scores per case, all on the same rows.
    criteria
        The measures and their directions.
    seed
        Of every draw.

    Returns
    -------
    tuple of Paired
        Pair by pair in the order of the tables, measure by measure.

    Notes
    -----
    The tests flip the sum of a patient's differences over its cases. Holm's rule
    corrects over everything that is returned.
    """
    rows: list[Paired] = []
    for (first, one), (second, other) in itertools.combinations(tables.items(), 2):
        for criterion in criteria:
            less = one.column(criterion.measure) - other.column(criterion.measure)
            rows.append(
                _pair(first, second, criterion, less, np.array(one.patients), seed)
            )
    tested = [i for i, row in enumerate(rows) if row.n]
    flips = holm([rows[i].p for i in tested]).tolist()
    ranks = holm([rows[i].wilcoxon for i in tested]).tolist()
    for i, p, rank in zip(tested, flips, ranks, strict=True):
        rows[i] = _corrected(rows[i], p, rank)
    return tuple(rows)


def too_few_patients(rows: Sequence[Paired], patients: int) -> Issue | None:
    """Return a warning if no difference could be significant, however large."""
    tests = sum(row.n > 0 for row in rows)
    smallest = min(1.0, 2 * 0.5**patients)
    corrected = min(1.0, tests * smallest)
    if not tests or corrected < ALPHA:
        return None
    told = (
        f"found {patients} patients: the smallest possible p is {smallest:.3g}, "
        f"{corrected:.3g} after Holm's correction for {tests} differences; none can be "
        "significant, however large; compare fewer measures, or more patients"
    )
    return warning("differences", "too-few-patients", told)


def _pair(
    first: str,
    second: str,
    criterion: Criterion,
    differences: Floats,
    patients: npt.NDArray[np.str_],
    seed: int,
) -> Paired:
    known = np.isfinite(differences)
    defined, of = differences[known], patients[known]
    mean = low = high = p = wilcoxon = float("nan")
    if defined.size:
        interval = mean_interval(defined, of.tolist(), seed=seed)
        mean, low, high = interval.mean, interval.low, interval.high
        groups = np.unique(of, return_inverse=True)[1]
        sums = np.bincount(groups, weights=defined)[:, None]
        p = float(sign_flip_test(sums, seed=seed).two_sided[0])
        wilcoxon = float(wilcoxon_test(sums, seed=seed).two_sided[0])
    return Paired(
        first=first,
        second=second,
        measure=criterion.measure,
        higher_is_better=criterion.higher_is_better,
        difference=mean,
        low=low,
        high=high,
        n=int(defined.size),
        p=p,
        p_holm=float("nan"),
        wilcoxon=wilcoxon,
        wilcoxon_holm=float("nan"),
    )


def _corrected(row: Paired, p: float, wilcoxon: float) -> Paired:
    return replace(row, p_holm=p, wilcoxon_holm=wilcoxon)
