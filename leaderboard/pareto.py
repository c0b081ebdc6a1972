"""Fusion quality against use: which entries no other beats in both.

One picture for each of a few fusion metrics, since they disagree. The entries of a
front are those for which no other has at least as good a value in both and a better one
in either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bratsfuse.leaderboard.board import Board
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.pages.numbers import digits, number

KEYS: Final = ("qabf", "vif", "ssim", "mi")
"""What is drawn on the x axis, as far as it was scored: each sees something else."""

_WIDTH: Final = 300
_HEIGHT: Final = 210
_LEFT: Final = 42
_BOTTOM: Final = 34
_MARGIN: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An entry in a picture.

    Attributes
    ----------
    entry
        Which one.
    x, y
        Where it is, in pixels.
    words
        Its values in words.
    ranked
        Whether it takes part in the front.
    best
        Whether it is of the front.
    """

    entry: Entry
    x: float
    y: float
    words: str
    ranked: bool
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A picture: one fusion metric against the mean Dice of the downstream track.

    Attributes
    ----------
    metric
        Of the x axis; its better end is right.
    size
        Width and height, in pixels.
    points
        Every entry with both values.
    line
        The front, as the points of an SVG polyline.
    ends
        The values at the ends of both axes: left, right, bottom, top.
    """

    metric: Metric
    size: tuple[int, int]
    points: tuple[Point, ...]
    line: str
    ends: tuple[str, str, str, str]


def fronts(board: Board) -> tuple[Front, ...]:
    """Return the pictures of a board; none with fewer than two entries with a use."""
    entries = [
        entry
        for entry in board.entries
        if entry.downstream is not None and not entry.failed
    ]
    found = [_front(key, entries) for key in KEYS]
    return tuple(front for front in found if front is not None)


def best_of(values: Sequence[tuple[float, float]]) -> list[bool]:
    """Return for each pair whether no other is better in one and as good in both.

    Examples
    --------
    >>> best_of([(1, 3), (2, 2), (1, 2)])
    [True, True, False]
    """
    return [
        not any(
            other[0] >= one[0] and other[1] >= one[1] and other != one
            for other in values
        )
        for one in values
    ]


def _front(key: str, entries: Iterable[Entry]) -> Front | None:
    metric = METRICS["fusion"][key]
    sign = 1.0 if metric.higher_is_better else -1.0
    known = [
        (entry, quality, use)
        for entry in entries
        if (quality := _quality(entry, key)) is not None
        and (use := _use(entry)) is not None
    ]
    if len(known) < 2:
        return None
    ranked = [entry.complete("downstream") for entry, *_ in known]
    taking_part = [
        (sign * quality, use)
        for (_, quality, use), part in zip(known, ranked, strict=True)
        if part
    ]
    of_front = iter(best_of(taking_part))
    xs, ys = [sign * quality for _, quality, _ in known], [use for *_, use in known]
    across = _scale(xs, _LEFT, _WIDTH - _MARGIN)
    up = _scale(ys, _HEIGHT - _BOTTOM, _MARGIN)
    points = []
    for (entry, quality, use), part in zip(known, ranked, strict=True):
        points.append(
            Point(
                entry=entry,
                x=_placed(sign * quality, across),
                y=_placed(use, up),
                words=_words(metric, quality, use),
                ranked=part,
                best=part and next(of_front),
            )
        )
    line = sorted((point.x, point.y) for point in points if point.best)
    low, high = sign * across[0], sign * across[1]
    return Front(
        metric=metric,
        size=(_WIDTH, _HEIGHT),
        points=tuple(points),
        line=" ".join(f"{x},{y}" for x, y in line),
        ends=(
            number(low, digits(metric)),
            number(high, digits(metric)),
            number(up[0]),
            number(up[1]),
        ),
    )


def _words(metric: Metric, quality: float, use: float) -> str:
    title = metric.title.replace("^", " ")
    return f"{title} {number(quality, digits(metric))}, mean Dice {number(use)}"


def _quality(entry: Entry, key: str) -> float | None:
    score = entry.report.scores.fusion.get(key)
    return None if score is None else score.mean


def _use(entry: Entry) -> float | None:
    """Return the mean Dice over the regions that have one."""
    found = entry.downstream
    values = [
        scores["dice"].mean
        for scores in (found.scores.values() if found else ())
        if "dice" in scores and scores["dice"].mean is not None
    ]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _scale(
    values: Sequence[float], start: float, end: float
) -> tuple[float, float, float, float]:
    """Return the values at both ends of an axis and where the ends are."""
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or max(0.05 * abs(high), 1e-3)
    return low - room, high + room, start, end


def _placed(value: float, scale: tuple[float, float, float, float]) -> float:
    low, high, start, end = scale
    return round(start + (value - low) / (high - low) * (end - start), 2)
