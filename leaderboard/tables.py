"""The standings as files for other programs: CSV in full digits, Markdown."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bratsfuse.leaderboard.board import Board
from bratsfuse.leaderboard.criteria import metric_of, title_of
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.leaderboard.plot import place_range
from bratsfuse.leaderboard.rank import Ranked, Ranking
from bratsfuse.pages.numbers import digits, number
from bratsfuse.results import Measure, Section
from bratsfuse.wording import counted, csv_text, markdown_row, printable

_PLACE_COLUMNS: Final = (
    "rank",
    "rank_low",
    "rank_high",
    "mean_rank",
    "letters",
    "rank_of_means",
)
_REASONS: Final = 3
"""How many are listed of a failed entry; its page lists all."""

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@$]|(?<=:)/)")


def to_csv(board: Board, rankings: Sequence[Ranking]) -> str:
    """Return the board as CSV: a row for each entry and track, with full digits.

    A text that a spreadsheet would take for a formula is led by an apostrophe.
    """
    measures = [measure for ranking in rankings for measure in ranking.measures]
    lines = [
        [
            *("track", "state", *_PLACE_COLUMNS, "name"),
            *(f"{_column(m)}{end}" for m in measures for end in ("", "_low", "_high")),
            *("training_data", "submission_sha256"),
        ]
    ]
    for track, state, entry, place in _rows(board, rankings):
        shown = [m for m in measures if m.track == track]
        scores = {measure: _ends(entry, measure) for measure in shown}
        lines.append(
            [
                *(track, state, *place, entry.name),
                *(cell for m in measures for cell in scores.get(m, ("", "", ""))),
                entry.report.submission.training_data,
                entry.report.submission_sha256,
            ]
        )
    return csv_text(lines)


def to_markdown(board: Board, rankings: Sequence[Ranking]) -> str:
    """Return the board as Markdown: a table for each track, failed entries below."""
    lines = ["# Leaderboard", ""]
    if board.data is None:
        lines += ["No entries yet: the board is empty. Add a report with", ""]
        lines += ["    bratsfuse leaderboard add REPORT --to BOARD", ""]
    else:
        data = board.data
        lines += [
            f"{_escaped(data.source)}, split {_escaped(data.split)}: "
            f"{counted(data.slice_sets, 'slice set')} of "
            f"{counted(data.patients, 'patient')}, fingerprint "
            f"{_escaped(data.fingerprint)}.",
            "",
        ]
    for ranking in rankings:
        lines += [f"## {title_of(ranking.track)}", "", *_table(ranking), ""]
        lines += [
            f"- {_escaped(entry.name)}: {_why(ranking.track, entry)}, not ranked"
            for entry in ranking.incomplete
        ]
        lines += [""] if ranking.incomplete else []
    if board.failed:
        lines += ["## Failed", ""]
        lines += [f"- {_failure(entry)}" for entry in board.failed] + [""]
    return "\n".join(lines)


def _rows(
    board: Board, rankings: Sequence[Ranking]
) -> Iterator[tuple[str, str, Entry, tuple[str, ...]]]:
    """Yield track, state, entry and rank of every row."""
    no_place = ("",) * len(_PLACE_COLUMNS)
    for ranking in rankings:
        for row in ranking.ranked:
            yield ranking.track, "ranked", row.entry, _place(row)
        for entry in ranking.incomplete:
            yield ranking.track, _state(ranking.track, entry), entry, no_place
    for entry in board.failed:
        yield "", "failed", entry, no_place


def _state(track: Section, entry: Entry) -> str:
    """Return why an entry has no rank, in one word for programs."""
    far = track == "downstream" and entry.complete("fusion")
    return "below-floor" if far else "incomplete"


def _why(track: Section, entry: Entry) -> str:
    far = _state(track, entry) == "below-floor"
    return "too far from its sources within lesions" if far else "incomplete"


def _place(row: Ranked) -> tuple[str, ...]:
    place = row.standing.by_case
    return (
        str(place.rank),
        _digits(place.low),
        _digits(place.high),
        _digits(place.mean_rank),
        row.standing.letters,
        str(row.standing.by_mean.rank),
    )


def _ends(entry: Entry, measure: Measure) -> tuple[str, str, str]:
    score = entry.score(measure)
    return _digits(score.mean), _digits(score.low), _digits(score.high)


def _digits(value: float | None) -> str:
    return "" if value is None else repr(value)


def _column(measure: Measure) -> str:
    section = ["downstream"] if measure.track == "downstream" else []
    return "_".join([*section, *str(measure).lower().split()])


def _table(ranking: Ranking) -> Iterator[str]:
    titles = [_title(measure) for measure in ranking.measures]
    ranks = ["Mean rank", "95 % interval of rank", "Group", "Rank of mean scores"]
    head = ["Rank", "Name", *ranks, *titles]
    yield markdown_row(head)
    yield markdown_row(
        ["--:", ":--", "--:", "--:", ":--", "--:", *("--:" for _ in titles)]
    )
    for row in ranking.ranked:
        place = row.standing.by_case
        yield markdown_row(
            [
                str(place.rank),
                _escaped(row.entry.name),
                number(place.mean_rank, 2),
                place_range(place.low, place.high),
                row.standing.letters,
                str(row.standing.by_mean.rank),
                *(_score(row.entry, measure) for measure in ranking.measures),
            ]
        )


def _title(measure: Measure) -> str:
    metric = metric_of(measure)
    title = f"{measure.region} {metric.title}".strip()
    base, raised, above = map(_escaped, title.partition("^"))
    title = f"{base}<sup>{above}</sup>" if raised else base
    return f"{title}, {_escaped(metric.unit)}" if metric.unit else title


def _score(entry: Entry, measure: Measure) -> str:
    return number(entry.score(measure).mean, digits(metric_of(measure)))


def _failure(entry: Entry) -> str:
    reasons = [f"{issue.where}: {issue.message}" for issue in entry.reasons]
    told = reasons[:_REASONS] or ["no reason given"]
    if len(reasons) > _REASONS:
        told.append(f"and {len(reasons) - _REASONS} more")
    return f"{_escaped(entry.name)}: {_escaped('; '.join(told))}"


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, in one line."""
    return _MARKDOWN.sub(r"\\\1", printable(" ".join(text.split())))
