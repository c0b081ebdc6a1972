"""Where every row behind a mean went: expected = scored + undefined + missing."""

from typing import Final

from bratsfuse.report.scores import Score

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
