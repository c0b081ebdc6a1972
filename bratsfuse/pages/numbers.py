"""Numbers as text: with as many digits as they deserve, and none of them lost."""

import math
from typing import Final

from bratsfuse.metrics import Metric

ABSENT: Final = "—"
"""Stands where there is no value."""

MINUS: Final = "\N{MINUS SIGN}"

_ROUNDING: Final = 1e-12


def digits(metric: Metric) -> int:
    """Return how many decimals a value of a metric is shown with.

    Two where a unit, such as mm, dB or grey levels, makes numbers large; three else.
    """
    return 2 if metric.unit and metric.unit != "bit" else 3


def number(value: float | None, decimals: int = 3) -> str:
    """Return a value with a fixed number of decimals; a dash where there is none.

    A value that would be all zeros has two digits that count instead. What is smaller
    than the errors of summing is zero.

    Examples
    --------
    >>> number(0.91249), number(None), number(float("nan")), number(math.inf)
    ('0.912', '—', '—', '∞')
    >>> number(0.00042), number(1e-15)
    ('0.00042', '0.000')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{decimals}f}"
    if not float(text) and abs(value) > _ROUNDING:
        text = f"{value:.2g}".replace("e-0", f"e{MINUS}").replace("e-", f"e{MINUS}")
        return text.replace("-", MINUS)
    if text.startswith("-"):
        return MINUS + text[1:] if float(text) else text[1:]
    return text


def signed(value: float | None, decimals: int = 3) -> str:
    """Return a value like `number`, with a plus where it is above zero."""
    text = number(value, decimals)
    return f"+{text}" if value is not None and value > 0 else text


def p_value(p: float | None) -> str:
    """Return a p-value; very small ones as a bound, since they are not that certain.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00002), p_value(None)
    ('0.031', '< 0.001', '—')
    """
    if p is not None and p < 0.001:
        return "< 0.001"
    return number(p)


def interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """Return both ends of an interval, ``[0.871, 0.934]``; a dash where there is none.

    Examples
    --------
    >>> interval(0.871, 0.934), interval(None, None)
    ('[0.871, 0.934]', '—')
    """
    if low is None or high is None:
        return ABSENT
    return f"[{number(low, decimals)}, {number(high, decimals)}]"
