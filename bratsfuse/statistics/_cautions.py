"""What a reader must know before believing a comparison."""

from collections.abc import Collection, Iterator

from bratsfuse.issues import Issue, note, warning
from bratsfuse.statistics._tables import Stack

_PLACE = "comparison"


def cautions(
    rows: Stack,
    *,
    pairs: int,
    alpha: float,
    winners: tuple[Collection[str], Collection[str]],
) -> Iterator[Issue]:
    """Yield what limits a comparison.

    Parameters
    ----------
    rows
        What was compared.
    pairs
        How many pairs were tested.
    alpha
        The level of significance.
    winners
        Who is first by rank-then-aggregate and by aggregate-then-rank.
    """
    if pairs:
        yield from _too_few_patients(rows.n_patients, pairs, alpha)
    by_case, by_mean = (sorted(names) for names in winners)
    if by_case != by_mean:
        yield warning(
            _PLACE,
            "schemes-disagree",
            f"{', '.join(by_case)} is first by rank-then-aggregate, "
            f"{', '.join(by_mean)} by aggregate-then-rank; name no winner without "
            "saying which scheme",
        )
    if rows.n_ranked_last:
        yield warning(
            _PLACE,
            "undefined-ranked-last",
            f"{rows.n_ranked_last} values are undefined for one submission and defined "
            "for another; they rank last, and are the worst seen in means",
        )
    if rows.n_left_out:
        yield note(
            _PLACE,
            "undefined-left-out",
            f"{rows.n_left_out} pairs of case and criterion have no value in any "
            "submission; they are left out",
        )


def _too_few_patients(patients: int, pairs: int, alpha: float) -> Iterator[Issue]:
    """Yield a warning if no pair could be distinguished, however different."""
    smallest = min(1.0, 2 * 0.5**patients)
    corrected = min(1.0, pairs * smallest)
    if corrected < alpha:
        return
    needed = patients
    while pairs * 2 * 0.5**needed >= alpha:
        needed += 1
    yield warning(
        _PLACE,
        "too-few-patients",
        f"found {patients} patients: the smallest possible p is {smallest:.3g}, "
        f"{corrected:.3g} after Holm's correction for {pairs} pairs; a significant "
        f"difference takes at least {needed} patients; read the ranks as a description",
    )
