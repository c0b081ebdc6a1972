"""Two entries beside each other: what a reader's choice of two loads.

Differences of all pairs grow with the square of the entries, so no page has them. A
page names the entries; the values of an entry's cases are a small script of its own,
which is loaded when the entry is chosen.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from bratsfuse.leaderboard.board import Board
from bratsfuse.leaderboard.criteria import metric_of, title_of
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.leaderboard.rank import Ranking
from bratsfuse.pages.numbers import digits
from bratsfuse.results import Measure

COMPARE_NAME: Final = "compare.html"
MOST_IN_A_MATRIX: Final = 20
"""With more entries than that, p-values of pairs are on the page of two alone."""


def can_compare(board: Board) -> bool:
    """Return whether values of single cases may be shown, and two entries have some.

    None may if an organiser keeps the labels: values of many submissions in one case
    say more of its mask than means do.
    """
    shown = [entry for entry in board.entries if entry.cases is not None]
    return len(shown) > 1 and all(one.report.data.labels != "key" for one in shown)


def tests_of(rankings: Sequence[Ranking]) -> dict[str, dict[str, dict[str, float]]]:
    """Return slug -> track -> slug of another -> corrected p of their ranks."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for ranking in rankings:
        slugs = {row.entry.name: row.entry.slug for row in ranking.ranked}
        for pair in ranking.comparison.pairs if ranking.comparison else ():
            one, other = slugs[pair.first], slugs[pair.second]
            p = float(f"{pair.p_holm:.4g}")
            for this, that in ((one, other), (other, one)):
                found.setdefault(this, {}).setdefault(ranking.track, {})[that] = p
    return found


def script_of(entry: Entry, tests: Mapping[str, Mapping[str, float]]) -> str:
    """Return the script that hands over the values of an entry's cases.

    Parameters
    ----------
    entry
        Of a scored submission.
    tests
        Of this entry, from `tests_of`.
    """
    assert entry.cases is not None  # noqa: S101  (for the type checker)
    table = entry.cases.to_results()
    told = {
        "slug": entry.slug,
        "values": {
            _name(measure): [_short(value) for value in table.column(measure).tolist()]
            for measure in table.measures
        },
        "p": tests,
    }
    return f"taken({_json(told)});\n"


def page_data(board: Board, rankings: Sequence[Ranking]) -> Markup:
    """Return what the page of two entries knows before any is chosen."""
    from scipy.stats import t

    entries = [entry for entry in board.entries if entry.cases is not None]
    table = entries[0].cases
    assert table is not None  # noqa: S101  (for the type checker)
    tracks = []
    for ranking in rankings:
        here = [row.entry for row in ranking.ranked]
        here += [entry for entry in ranking.incomplete if entry.cases is not None]
        measures = [
            [
                _name(measure),
                _title(measure),
                metric_of(measure).unit,
                1 if metric_of(measure).higher_is_better else -1,
                digits(metric_of(measure)),
            ]
            for measure in ranking.measures
        ]
        names = [[entry.slug, entry.name] for entry in here]
        tracks.append([ranking.track, title_of(ranking.track), measures, names])
    patients = len(set(table.patients))
    told = {
        "cases": table.cases,
        "patients": table.patients,
        "tracks": tracks,
        # Of Student's t with 1, 2, ... degrees of freedom.
        "t": [round(float(t.ppf(0.975, df)), 6) for df in range(1, patients)],
    }
    text = _json(told)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  (no character of HTML is left in it)


def _name(measure: Measure) -> str:
    return f"{measure.track} {measure}"


def _title(measure: Measure) -> str:
    return f"{measure.region} {metric_of(measure).title}".strip().replace("^", " ")


def _short(value: float) -> float | None:
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _json(value: Any) -> str:  # noqa: ANN401  (whatever JSON has)
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
