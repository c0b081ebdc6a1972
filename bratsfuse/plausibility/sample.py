"""Which slices are looked at: some, spread over all, so that doubts cost little."""

from typing import Final

LOOKED_AT: Final = 48
"""Slices: enough to decide, done in a fraction of a second."""


def spread(count: int, most: int = LOOKED_AT) -> list[int]:
    """Return at most so many numbers below `count`, from 0 to the last, even apart.

    Examples
    --------
    >>> spread(10, 4), spread(3, 4), spread(0)
    ([0, 3, 6, 9], [0, 1, 2], [])
    """
    if count <= most:
        return list(range(count))
    if most == 1:
        return [0]
    return [place * (count - 1) // (most - 1) for place in range(most)]
