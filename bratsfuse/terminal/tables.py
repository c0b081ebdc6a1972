"""Tables for a terminal, as wide as it is at most."""

import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from typing import Final

_NARROWEST: Final = 10
"""Letters that a column of words needs at least to be read."""


def aligned(
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    width: int | None = None,
) -> list[str]:
    """Return the lines of a table for a terminal, two spaces between its columns.

    A table that is wider is made to fit: a last column of words goes on in further
    lines; otherwise numbers that have no room follow below, as a table of their own
    with the same words in front.

    Parameters
    ----------
    rows
        The cells of each line, as many in each; a column without any text is left out.
    right
        The columns that are aligned at their end, as numbers are.
    width
        Of the terminal; None for that of standard output, if it is one.

    Examples
    --------
    >>> aligned([("metric", "mean"), ("en", "4.2")], right={1})
    ['metric  mean', 'en       4.2']
    >>> aligned([("name", "does"), ("pca", "weights by variance")], width=16)
    ['name  does', 'pca   weights by', '      variance']
    """
    room = _terminal_width() if width is None else width
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [place for place, size in enumerate(widths) if size]
    needed = sum(widths[place] + 2 for place in shown) - 2
    if room is None or needed <= room or not shown:
        return _lines(rows, shown, widths, right)
    last = shown[-1]
    left = room - (needed - widths[last])
    if last not in right and left >= _NARROWEST:
        wrapped = [textwrap.wrap(row[last], left) or [""] for row in rows]
        blank = [""] * len(rows[0])
        split = [
            [*(row if first else blank)[:last], part, *blank[last + 1 :]]
            for row, parts in zip(rows, wrapped, strict=True)
            for first, part in zip([True, *[False] * len(parts)], parts, strict=False)
        ]
        return _lines(split, shown, widths, right)
    return _stacked(rows, shown, widths, right, room)


def _stacked(
    rows: Sequence[Sequence[str]],
    shown: Sequence[int],
    widths: Sequence[int],
    right: Collection[int],
    room: int,
) -> list[str]:
    """Return one table below the other, each with the words in front of the numbers."""
    words = [place for place in shown if place < min(right, default=1)]
    taken = sum(widths[place] + 2 for place in words)
    groups: list[list[int]] = [[]]
    for place in shown[len(words) :]:
        used = sum(widths[other] + 2 for other in groups[-1])
        if groups[-1] and taken + used + widths[place] > room:
            groups.append([])
        groups[-1].append(place)
    lines: list[str] = []
    for group in groups:
        lines += [""] if lines else []
        lines += _lines(rows, [*words, *group], widths, right)
    return lines


def _lines(
    rows: Sequence[Sequence[str]],
    shown: Sequence[int],
    widths: Sequence[int],
    right: Collection[int],
) -> list[str]:
    return [
        "  ".join(
            row[i].rjust(widths[i]) if i in right else row[i].ljust(widths[i])
            for i in shown
        ).rstrip()
        for row in rows
    ]


def _terminal_width() -> int | None:
    """Return the columns of standard output; None where it is no terminal."""
    try:
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    except ValueError:  # standard output is closed
        return None
