"""The works behind a table as BibTeX: metrics, statistics, data, and this package."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bratsfuse import __version__
from bratsfuse.leaderboard.criteria import metric_of
from bratsfuse.leaderboard.paper import Paper, tex

_DOI: Final = re.compile(r"doi:(\S+?)\.?(?:\s|$)")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")

_STATISTICS: Final = (
    "B. Efron, Better bootstrap confidence intervals, Journal of the American "
    "Statistical Association 82, 1987"
)


def to_bibtex(papers: Sequence[Paper], works: Iterable[str] = ()) -> str:
    """Return an entry for each work, the same work once.

    A work is given as its reference in one line, so an entry has it as a note, with
    year and DOI where they are named.

    Parameters
    ----------
    papers
        The tables; the sources of their metrics are cited.
    works
        Further works, such as those that the organisers of the data ask for.
    """
    metrics = {
        metric_of(measure).source: f"bratsfuse:{measure.key}"
        for paper in reversed(papers)
        for measure in reversed(paper.measures)
    }
    found: dict[str, str] = {
        "The bratsfuse authors: bratsfuse, paired BraTS slices for image fusion and "
        f"segmentation, version {__version__}": "bratsfuse",
        _STATISTICS: "bratsfuse:bootstrap",
        **dict(sorted(metrics.items(), key=lambda pair: pair[1])),
    }
    for number, work in enumerate(works, 1):
        found.setdefault(work, f"bratsfuse:data{number}")
    return "\n".join(_entry(key, work) for work, key in found.items())


def _entry(key: str, work: str) -> str:
    fields: Mapping[str, str | None] = {
        "note": tex(work),
        "key": key,  # what styles sort by that look for an author
        "year": _only(_YEAR.findall(work)),
        "doi": _only(_DOI.findall(work)),
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(set(found)) == 1 else None
