"""Submissions ranked against each other, and what the ranking can show.

Two schemes rank side by side, every pair is tested, ranks get an interval and
submissions that cannot be distinguished share a letter. ``docs/statistics.md`` explains
each number to a reader.
"""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from bratsfuse.arrays import Floats
from bratsfuse.results import Results
from bratsfuse.statistics._cautions import cautions
from bratsfuse.statistics._tables import Criterion, Stack, stack
from bratsfuse.statistics.letters import letters
from bratsfuse.statistics.ranking import (
    DECIMALS,
    fill_with_worst,
    rank_cases,
    rank_means,
    shown_ranks,
)
from bratsfuse.statistics.records import ALPHA, Comparison, Pair, Place, Standing
from bratsfuse.statistics.significance import (
    friedman_test,
    holm,
    sign_flip_test,
    wilcoxon_test,
)
from bratsfuse.statistics.stability import (
    Ranks,
    draw_patients,
    resample_case_ranks,
    resample_means,
    sum_by_patient,
)

__all__ = ["ALPHA", "Comparison", "Criterion", "Pair", "Place", "Standing", "compare"]


def compare(
    tables: Mapping[str, Results],
    criteria: Sequence[Criterion],
    *,
    seed: int = 0,
    resamples: int = 9999,
) -> Comparison:
    """Return how submissions rank, and which differences are more than chance.

    Parameters
    ----------
    tables
        Name of the submission -> its scores per case; all on the same cases in the same
        order.
    criteria
        What to rank by; all weigh alike.
    seed
        Of every draw.
    resamples
        How many times patients are drawn for the intervals of the ranks.

    Raises
    ------
    InvalidInputError
        If there is no table, criterion or value, a criterion is given twice or missing
        from a table, a table is not per case, rows differ, or a value is infinite.

    Notes
    -----
    A case and criterion without a value in any submission is left out. A submission
    that lacks a value which another has ranks last there; in the mean of
    aggregate-then-rank it takes the worst value that any submission has by that
    criterion. Every case counts alike in a mean rank, every criterion alike in a case.
    The tests flip the sum of a patient's differences over its cases.
    """
    names = sorted(tables)
    rows = stack({name: tables[name] for name in names}, criteria)
    case_ranks, filled = rank_cases(rows.values), fill_with_worst(rows.values)
    mean_ranks = case_ranks.mean(axis=0), rank_means(filled)
    by_case, by_mean = _places(rows, case_ranks, filled, mean_ranks, seed, resamples)
    order = sorted(range(len(names)), key=lambda i: (by_case[i].rank, names[i]))
    by_patient = sum_by_patient(case_ranks, rows.patients)
    pairs = _test_pairs(names, order, by_patient, len(rows.cases), seed)
    standings = tuple(
        Standing(name=names[i], by_case=by_case[i], by_mean=by_mean[i], letters=shared)
        for i, shared in zip(order, _letters(len(order), pairs), strict=True)
    )
    winners = (
        {one.name for one in standings if one.by_case.rank == 1},
        {one.name for one in standings if one.by_mean.rank == 1},
    )
    told = cautions(rows, pairs=len(pairs), alpha=ALPHA, winners=winners)
    return Comparison(
        standings=standings,
        pairs=pairs,
        cases=rows.cases,
        n_patients=rows.n_patients,
        case_ranks={name: case_ranks[:, i] for i, name in enumerate(names)},
        kendall_tau=_kendall_tau(*mean_ranks),
        friedman=friedman_test(by_patient),
        n_left_out=rows.n_left_out,
        n_ranked_last=rows.n_ranked_last,
        warnings=tuple(told),
    )


def _places(
    rows: Stack,
    case_ranks: Floats,
    filled: Floats,
    mean_ranks: tuple[Floats, Floats],
    seed: int,
    resamples: int,
) -> tuple[list[Place], list[Place]]:
    """Return the ranks by both schemes; the same patients are drawn for both."""
    if rows.n_patients < 2:
        return _place(mean_ranks[0], None), _place(mean_ranks[1], None)
    draws = draw_patients(rows.n_patients, resamples, seed)
    by_case = resample_case_ranks(case_ranks, rows.patients, draws)
    by_mean = resample_means(filled, rows.patients, draws)
    return _place(mean_ranks[0], by_case), _place(mean_ranks[1], by_mean)


def _place(mean_ranks: Floats, drawn: Ranks | None) -> list[Place]:
    """Return the rank of every submission by one scheme."""
    shown = shown_ranks(mean_ranks)
    if drawn is None:
        return [
            Place(mean_rank=float(mean), rank=rank, low=None, high=None, first=None)
            for mean, rank in zip(mean_ranks, shown, strict=True)
        ]
    # A place is a whole number: the quantile is one that occurred.
    tails = np.quantile(drawn, [0.025, 0.975], axis=0, method="inverted_cdf")
    first = (drawn == 1).mean(axis=0)
    return [
        Place(
            mean_rank=float(mean_ranks[i]),
            rank=rank,
            low=int(tails[0, i]),
            high=int(tails[1, i]),
            first=float(first[i]),
        )
        for i, rank in enumerate(shown)
    ]


def _test_pairs(
    names: Sequence[str],
    order: Sequence[int],
    by_patient: Floats,
    cases: int,
    seed: int,
) -> tuple[Pair, ...]:
    """Return every pair with its tests; `by_patient` contains sums of case ranks."""
    pairs = list(itertools.combinations(order, 2))
    if not pairs:
        return ()
    firsts, seconds = (list(side) for side in zip(*pairs, strict=True))
    differences = by_patient[:, firsts] - by_patient[:, seconds]
    flips = sign_flip_test(differences, seed=seed)
    ranked = wilcoxon_test(differences, seed=seed).two_sided
    corrected, ranked_corrected = holm(flips.two_sided), holm(ranked)
    return tuple(
        Pair(
            first=names[first],
            second=names[second],
            difference=float(differences[:, i].sum() / cases),
            p=float(flips.two_sided[i]),
            p_first_better=float(flips.less[i]),
            p_second_better=float(flips.greater[i]),
            p_holm=float(corrected[i]),
            wilcoxon=float(ranked[i]),
            wilcoxon_holm=float(ranked_corrected[i]),
        )
        for i, (first, second) in enumerate(pairs)
    )


def _letters(count: int, pairs: Sequence[Pair]) -> list[str]:
    """Return the letters of the standings from their pairs, in order."""
    different = np.zeros((count, count), np.bool_)
    different[np.triu_indices(count, 1)] = [pair.significant for pair in pairs]
    return letters(different | different.T)


def _kendall_tau(first: Floats, second: Floats) -> float | None:
    """Return tau-b of two lists of mean ranks; None if either is all ties."""
    from scipy.stats import kendalltau

    first, second = np.round(first, DECIMALS), np.round(second, DECIMALS)
    if not (np.ptp(first) and np.ptp(second)):
        return None
    return float(kendalltau(first, second).statistic)
