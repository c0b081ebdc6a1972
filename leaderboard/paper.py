"""Scores as tables of a paper: LaTeX, Markdown and CSV of the same cells."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bratsfuse.leaderboard.criteria import metric_of, title_of
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.pages.numbers import digits, interval, number
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Section
from bratsfuse.wording import counted, markdown_row

Mark = Literal["best", "second", ""]

_SHOWN: Final = 12
_WIDEST: Final = 5
"""Measures of a tabular: with their intervals they fit a page of 345 pt."""
_TEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\N{MINUS SIGN}": "$-$",
    "∞": r"$\infty$",
    "—": "---",
}
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@$])")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One table: a track, its entries and the measures that it shows.

    Attributes
    ----------
    track
        Of all.
    entries
        In the order of the rows.
    measures
        In the order of the columns.
    """

    track: Section
    entries: tuple[Entry, ...]
    measures: tuple[Measure, ...]

    def score(self, entry: Entry, measure: Measure) -> Score | None:
        """Return a score; None where the entry has none."""
        try:
            return entry.score(measure)
        except KeyError:
            return None

    def marks(self, measure: Measure) -> dict[str, Mark]:
        """Return slug -> whether an entry is best or second, ties alike.

        Entries that lack predictions, or are too far from their sources, are neither.
        """
        better = metric_of(measure).higher_is_better
        if better is None:
            return {}
        means = {
            entry.slug: score.mean
            for entry in self.entries
            if entry.complete(self.track)
            and (score := self.score(entry, measure)) is not None
            and score.mean is not None
        }
        order = sorted(set(means.values()), reverse=better)
        marks: dict[float, Mark] = {}
        if len(order) > 1:
            marks = {order[0]: "best"}
            if len(means) > 2:
                marks[order[1]] = "second"
        return {slug: marks.get(mean, "") for slug, mean in means.items()}


def caption(paper: Paper) -> str:
    """Return what a reader must know to believe the table, in one paragraph."""
    report = paper.entries[0].report
    data, protocol = report.data, report.protocol
    unit = "slices" if paper.track == "fusion" else "cases"
    extent = (
        f"{counted(data.slice_sets, 'slice set')} of {counted(data.cases, 'case')}, "
        f"{counted(data.patients, 'patient')}"
    )
    parts = [
        f"{title_of(paper.track)} on {data.source}, split {data.split} ({extent})",
        f"Means over {unit} with 95 % intervals by the bootstrap over patients",
        "The best is bold, the second underlined",
    ]
    if any(not entry.complete(paper.track) for entry in paper.entries):
        parts.append("Entries with a dagger are incomplete or not ranked")
    parts.append(
        f"Protocol {protocol.version}, empty-mask policy {protocol.policy}, "
        f"preset {protocol.preset}, sources {' + '.join(protocol.sources)}, release "
        f"{data.fingerprint[:_SHOWN]}"
    )
    return ". ".join(parts) + "."


def to_latex(papers: Sequence[Paper]) -> str:
    """Return the tables as LaTeX with booktabs, the intervals below the means."""
    head = "% \\usepackage{booktabs}\n"
    return head + "\n".join(_latex(paper) for paper in papers)


def to_markdown(papers: Sequence[Paper]) -> str:
    """Return the tables as Markdown, the caption above each."""
    return "\n".join(_markdown(paper) for paper in papers)


def to_csv(papers: Sequence[Paper]) -> str:
    """Return every cell as a row with full digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads = ("track", "method", "region", "metric", "mean", "low", "high", "n", "mark")
    writer.writerow(heads)
    for paper in papers:
        for measure in paper.measures:
            marks = paper.marks(measure)
            for entry in paper.entries:
                score = paper.score(entry, measure)
                if score is None:
                    continue
                name = entry.name
                writer.writerow(
                    [
                        paper.track,
                        f"'{name}" if _FORMULA.match(name) else name,
                        measure.region,
                        measure.key,
                        *(
                            "" if value is None else repr(value)
                            for value in (score.mean, score.low, score.high)
                        ),
                        score.n,
                        marks.get(entry.slug, ""),
                    ]
                )
    return stream.getvalue()


def _latex(paper: Paper) -> str:
    """Return one float; of many measures in tabulars one below another."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{tex(caption(paper))}}}",
        rf"\label{{tab:{paper.track}}}",
        r"\centering\small",
        r"\setlength{\tabcolsep}{2pt}",
    ]
    number_of_panels = math.ceil(len(paper.measures) / _WIDEST)
    width = math.ceil(len(paper.measures) / number_of_panels)
    panels = [
        _panel(paper, paper.measures[start : start + width])
        for start in range(0, len(paper.measures), width)
    ]
    lines += ["\n\n\\medskip\n".join(panels), r"\end{table}", ""]
    return "\n".join(lines)


def _panel(paper: Paper, measures: Sequence[Measure]) -> str:
    marks = {measure: paper.marks(measure) for measure in measures}
    units = [metric_of(measure).unit for measure in measures]
    lines = [
        rf"\begin{{tabular}}{{l{'r' * len(measures)}}}",
        r"\toprule",
        " & ".join(["Method", *map(_tex_title, measures)]) + r" \\",
    ]
    if any(units):
        small = [rf"{{\scriptsize {tex(unit)}}}" if unit else "" for unit in units]
        lines.append(" & ".join(["", *small]) + r" \\")
    lines.append(r"\midrule")
    for entry in paper.entries:
        means, ends = [_tex_name(paper, entry)], [""]
        for measure in measures:
            score, decimals = paper.score(entry, measure), digits(metric_of(measure))
            mean = tex(number(score.mean if score else None, decimals))
            form = {"best": r"\textbf{%s}", "second": r"\underline{%s}", "": "%s"}
            means.append(form[marks[measure].get(entry.slug, "")] % mean)
            both = interval(score.low, score.high, decimals) if score else ""
            ends.append(rf"{{\scriptsize {tex(both)}}}" if both else "")
        lines += [" & ".join(means) + r" \\", " & ".join(ends) + r" \\"]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _markdown(paper: Paper) -> str:
    marks = {measure: paper.marks(measure) for measure in paper.measures}
    lines = [_plain(caption(paper)), ""]
    lines.append(markdown_row(["Method", *map(_markdown_title, paper.measures)]))
    lines.append(markdown_row([":--", *("--:" for _ in paper.measures)]))
    form = {"best": "**{}**", "second": "<u>{}</u>", "": "{}"}
    for entry in paper.entries:
        cells = [_plain(entry.name) + _dagger(paper, entry)]
        for measure in paper.measures:
            score, decimals = paper.score(entry, measure), digits(metric_of(measure))
            mean = number(score.mean if score else None, decimals)
            mean = form[marks[measure].get(entry.slug, "")].format(mean)
            both = interval(score.low, score.high, decimals) if score else ""
            cells.append(f"{mean} {both}".strip())
        lines.append(markdown_row(cells))
    return "\n".join([*lines, ""])


def tex(text: str) -> str:
    """Return a text that LaTeX sets as it is, in one line."""
    return "".join(_TEX.get(character, character) for character in _line(text))


def _tex_name(paper: Paper, entry: Entry) -> str:
    return tex(entry.name) + ("$^\\dagger$" if _dagger(paper, entry) else "")


def _dagger(paper: Paper, entry: Entry) -> str:
    return "" if entry.complete(paper.track) else "†"


def _arrow(measure: Measure) -> bool | None:
    return metric_of(measure).higher_is_better


def _tex_title(measure: Measure) -> str:
    metric = metric_of(measure)
    arrow = {True: r" $\uparrow$", False: r" $\downarrow$", None: ""}[_arrow(measure)]
    base, raised, above = metric.title.partition("^")
    title = rf"${base}^{{{above}}}$" if raised else tex(base)
    return f"{tex(measure.region)} {title}{arrow}".strip()


def _markdown_title(measure: Measure) -> str:
    metric = metric_of(measure)
    arrow = {True: " ↑", False: " ↓", None: ""}[_arrow(measure)]
    base, raised, above = map(_plain, metric.title.partition("^"))
    title = f"{base}<sup>{above}</sup>" if raised else base
    unit = f", {_plain(metric.unit)}" if metric.unit else ""
    return f"{measure.region} {title}{unit}{arrow}".strip()


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _line(text))


def _line(text: str) -> str:
    return " ".join(text.split())
