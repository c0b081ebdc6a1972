"""When a number of a report is the one that its table gives."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from bratsfuse.report.scores import Score

CLOSE: Final = 1e-9
"""Two sums of the same values in another order differ by less."""


def differing(name: str, found: Score | None, expected: Score | None) -> Iterator[str]:
    """Yield in words what a report's score of a measure has unlike its table.

    Parameters
    ----------
    name
        Of the measure.
    found
        In the report.
    expected
        By the table.
    """
    if found is None or expected is None:
        found_text = "no score" if found is None else "a score"
        yield f"the report has {found_text} of {name}, contrary to its tables"
        return
    again = asdict(expected)
    for part, value in asdict(found).items():
        if not equal(value, again[part]):
            yield f"the {part} of {name} is {value}, its table gives {again[part]}"


def equal(found: float | None, expected: float | None) -> bool:
    """Return whether two sums of the same values are equal, or are both undefined."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=CLOSE, abs_tol=CLOSE)
