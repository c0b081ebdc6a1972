"""Where every row behind a mean went: expected = scored + undefined + missing."""

from collections.abc import Iterable, Mapping
from typing import Final

from bratsfuse.report.scores import Score
from bratsfuse.wording import counted

ACCOUNT: Final = "expected = scored + undefined + missing"

COUNTS: Final = {
    "expected": "all cases, or all slices, of the split",
    "scored": "those whose own predictions gave the value",
    "undefined": "those without a value, and so not in the mean",
    "missing": (
        "those that were not submitted, or only in part; what is missing has the worst "
        "value"
    ),
    "policy": "of the scored, those whose value the empty-mask policy gave",
}
"""Column of a table -> what it counts, in words."""


def counts_of(score: Score) -> dict[str, int]:
    """Return the counts of a measure, by the columns of `COUNTS`."""
    return {
        "expected": score.n + score.n_undefined,
        "scored": score.n - score.n_missing,
        "undefined": score.n_undefined,
        "missing": score.n_missing,
        "policy": score.n_policy,
    }


def telling(scores: Iterable[Score], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the counts that a table has to show.

    None if no value of the table is undefined, missing or by policy. Else those with a
    count that is not zero, and what was expected and scored, to read them against.

    Parameters
    ----------
    scores
        The rows of the table.
    columns
        Of `COUNTS`, with their meanings.
    """
    found = [counts_of(score) for score in scores]
    special = {
        name
        for name in ("undefined", "missing", "policy")
        if name in columns and any(counts[name] for counts in found)
    }
    uneven = len({counts["expected"] for counts in found}) > 1
    if not special and not uneven:
        return {}
    shown = special | {"expected", "scored"}
    return {name: meaning for name, meaning in columns.items() if name in shown}


def all_scored(scores: Iterable[Score], unit: str) -> str:
    """Return the sentence of a table that has no counts to show."""
    expected = next((counts_of(score)["expected"] for score in scores), 0)
    return f"Each mean is over all {counted(expected, unit)}; no value is undefined."
