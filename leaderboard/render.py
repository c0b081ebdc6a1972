"""The site of a board: static pages, a CSV and a Markdown file.

The same entries give the same bytes: nothing is drawn without a seed, and nothing says
when it was made.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jinja2

from bratsfuse import __version__
from bratsfuse.evaluation.downstream_rules import FIDELITY
from bratsfuse.leaderboard.bibtex import to_bibtex
from bratsfuse.leaderboard.board import Board, read_board
from bratsfuse.leaderboard.criteria import metric_of, title_of
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.leaderboard.pairs import (
    COMPARE_NAME,
    MOST_IN_A_MATRIX,
    can_compare,
    page_data,
    script_of,
    tests_of,
)
from bratsfuse.leaderboard.paper import to_latex
from bratsfuse.leaderboard.paper_reports import papers_of_board
from bratsfuse.leaderboard.pareto import fronts
from bratsfuse.leaderboard.plot import place_range, rank_plot
from bratsfuse.leaderboard.rank import RESAMPLES, Ranking, rank_board
from bratsfuse.leaderboard.tables import to_csv, to_markdown
from bratsfuse.metrics import METRICS
from bratsfuse.pages import environment
from bratsfuse.pages.numbers import digits
from bratsfuse.place import Kind, lacking, new_result
from bratsfuse.report.counts import ACCOUNT, COUNTS, counts_of, telling
from bratsfuse.report.scores import Score
from bratsfuse.report.text import range_of
from bratsfuse.report.words import floor_in_words
from bratsfuse.wording import counted

INDEX_NAME: Final = "index.html"
CSV_NAME: Final = "leaderboard.csv"
MARKDOWN_NAME: Final = "LEADERBOARD.md"
LATEX_NAME: Final = "leaderboard.tex"
BIBTEX_NAME: Final = "leaderboard.bib"
ENTRIES_NAME: Final = "entries"

_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")
_SHOWN: Final = 12

SITE: Final = Kind(
    name="site of a board", flaw=lacking(INDEX_NAME, CSV_NAME, MARKDOWN_NAME)
)


def render(folder: Path, site: Path, *, overwrite: bool = False) -> Board:
    """Return the board whose site was written.

    Parameters
    ----------
    folder
        The board; it may be empty.
    site
        The new folder; it appears complete or not at all.
    overwrite
        Replace a site that is there.

    Raises
    ------
    InvalidInputError
        If the board is refused, see `bratsfuse.leaderboard.board.read_board`, or the
        target exists and may not be replaced.
    """
    with new_result(site, SITE, overwrite=overwrite, outside=[folder]) as new:
        board = read_board(folder)
        for name, text in site_files(board).items():
            path = new / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
    return board


def site_files(board: Board) -> dict[str, str]:
    """Return the files of a site: path -> text."""
    rankings = rank_board(board)
    pages = _pages()
    index = pages.get_template("index.html")
    entry_page = pages.get_template("entry.html")
    papers = papers_of_board(board)
    compared = can_compare(board)
    files = {
        INDEX_NAME: index.render(board=board, rankings=rankings, compared=compared),
        CSV_NAME: to_csv(board, rankings),
        MARKDOWN_NAME: to_markdown(board, rankings),
        LATEX_NAME: to_latex(papers),
        BIBTEX_NAME: to_bibtex(papers),
    }
    for entry in board.entries:
        path = f"{ENTRIES_NAME}/{entry.slug}.html"
        files[path] = entry_page.render(
            entry=entry, rankings=rankings, rows=_case_rows(entry)
        )
    if compared:
        tests = tests_of(rankings)
        files[COMPARE_NAME] = pages.get_template(COMPARE_NAME).render(
            board=board, page_data=page_data(board, rankings)
        )
        files |= {
            f"{ENTRIES_NAME}/{entry.slug}.js": script_of(
                entry, tests.get(entry.slug, {})
            )
            for entry in board.entries
            if entry.cases is not None
        }
    return files


def _pages() -> jinja2.Environment:
    pages = environment("bratsfuse.leaderboard", "bratsfuse.report")
    names: dict[str, object] = {
        "account": ACCOUNT,
        "brief": brief,
        "counted": counted,
        "counts": COUNTS,
        "counts_of": counts_of,
        "digits": digits,
        "fidelity": FIDELITY,
        "floor_in_words": floor_in_words,
        "fronts": fronts,
        "fusion_counts": {name: COUNTS[name] for name in COUNTS if name != "policy"},
        "known": _known,
        "metric_of": metric_of,
        "most_in_a_matrix": MOST_IN_A_MATRIX,
        "short": short,
        "metrics": METRICS,
        "p_values": _p_values,
        "place_range": place_range,
        "range_of": range_of,
        "rank_plot": rank_plot,
        "resamples": RESAMPLES,
        "telling": telling,
        "title_of": title_of,
        "version": __version__,
    }
    pages.globals |= names
    return pages


def _known(
    by_region: Mapping[str, Mapping[str, Score]], track: str
) -> dict[str, dict[str, Score]]:
    """Return the scores of the metrics that this version knows."""
    return {
        region: {key: scores[key] for key in scores if key in METRICS[track]}
        for region, scores in by_region.items()
    }


def brief(text: str) -> str:
    """Return a text with digests cut to their first characters.

    Examples
    --------
    >>> brief("of fingerprint " + "4f" * 32)
    'of fingerprint 4f4f4f4f4f4f...'
    """
    return _DIGEST.sub(lambda found: f"{found[0][:_SHOWN]}...", text)


def short(digest: str) -> str:
    """Return the first characters of a digest, enough to see whether two differ.

    Examples
    --------
    >>> short("4f" * 32)
    '4f4f4f4f4f4f...'
    """
    return digest if len(digest) <= _SHOWN else f"{digest[:_SHOWN]}..."


def _case_rows(
    entry: Entry,
) -> list[tuple[str, str, list[float], list[int]]]:
    """Return case, patient, values and statuses of every case that may be shown.

    None are if an organiser keeps the labels: values of many submissions in one case
    say more of its mask than means do.
    """
    if entry.cases is None or entry.report.data.labels == "key":
        return []
    table = entry.cases.to_results()
    columns = table.cases, table.patients, table.values.tolist(), table.status.tolist()
    return list(zip(*columns, strict=True))


def _p_values(ranking: Ranking) -> dict[tuple[str, str], float]:
    """Return the corrected p of every pair of names, in both orders."""
    pairs = ranking.comparison.pairs if ranking.comparison else ()
    return {
        names: pair.p_holm
        for pair in pairs
        for names in ((pair.first, pair.second), (pair.second, pair.first))
    }
