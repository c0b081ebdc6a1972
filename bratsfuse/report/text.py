"""A report as text for a terminal, at most 100 columns wide."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from bratsfuse.issues import lines_of
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.pages.numbers import MINUS, digits, interval, number, signed
from bratsfuse.report.counts import ACCOUNT, COUNTS, counts_of
from bratsfuse.report.records import Report
from bratsfuse.report.remarks import (
    HD95_MEANING,
    accounting,
    policy_in_words,
    remarks,
)
from bratsfuse.report.scores import Score
from bratsfuse.report.words import (
    REFERENCE_MEANING,
    extent,
    floor_in_words,
    labels_in_words,
    seeds_in_words,
)
from bratsfuse.terminal.tables import aligned
from bratsfuse.wording import counted, printable

WIDTH: Final = 100

_BETTER: Final = {True: "↑", False: "↓", None: "0"}


def to_text(report: Report) -> str:
    """Return the report as a terminal shows it: what, how much of it, and how good."""
    lines = [_printable(report.submission.name)]
    if report.status == "refused":
        lines += _refusal(report)
        return "\n".join(lines)
    lines += [f"{track}: {accounting(c)}" for track, c in report.coverage.items()]
    lines += _segmentation(report)
    lines += _fusion(report)
    lines += _columns()
    lines += _reference(report)
    lines += _downstream(report)
    lines += ["", *_provenance(report)]
    told = [f"warning: {remark.text}" for remark in remarks(report)]
    told += map(_printable, lines_of(report.issues))
    if told:
        lines += ["", *(line for text in told for line in _wrapped(text))]
    return "\n".join(lines)


def _refusal(report: Report) -> Iterator[str]:
    yield f"refused, nothing was scored; {counted(len(report.issues), 'problem')}:"
    for line in lines_of(report.issues):
        yield from _wrapped(_printable(line))


def _segmentation(report: Report) -> Iterator[str]:
    if not report.scores.segmentation:
        return
    yield ""
    yield "segmentation: means over cases"
    rows = [
        (region, METRICS["segmentation"][key], score)
        for region, scores in report.scores.segmentation.items()
        for key, score in scores.items()
    ]
    yield from _table(rows, policy=True)
    yield from _wrapped(f"policy {report.protocol.policy}: {policy_in_words(report)}")
    yield f"hd95: {HD95_MEANING}"
    yield f"lesion_*: preset {report.protocol.preset}, in 2D"


def _fusion(report: Report) -> Iterator[str]:
    if not report.scores.fusion:
        return
    yield ""
    yield (
        "fusion: means over slices; sources "
        f"{' + '.join(_printable(source) for source in report.protocol.sources)}"
    )
    rows = [
        ("", METRICS["fusion"][key], score)
        for key, score in report.scores.fusion.items()
    ]
    yield from _table(rows, policy=False)


def _reference(report: Report) -> Iterator[str]:
    found = report.reference_segmenter
    if found is None:
        return
    yield ""
    yield f"reference segmenter: {REFERENCE_MEANING}"
    decimals = digits(METRICS["segmentation"]["dice"])
    tables = [("all cases", report.scores.reference_segmenter)]
    if found.unseen:
        tables.append(("without patients that it has seen", found.unseen))
    rows = [("", *(f"{region} Dice" for region in tables[0][1]))]
    for title, regions in tables:
        dice = [scores["dice"] for scores in regions.values()]
        rows.append((title, *(_estimate(score, decimals) for score in dice)))
    yield from aligned(rows)


def _estimate(score: Score, decimals: int) -> str:
    ends = interval(score.low, score.high, decimals)
    return f"{number(score.mean, decimals)} {ends}"


def _downstream(report: Report) -> Iterator[str]:
    found = report.downstream
    if found is None:
        return
    yield ""
    words = _printable(seeds_in_words(found))
    yield f"downstream: a segmenter trained on these images; {words}"
    decimals = digits(METRICS["segmentation"]["dice"])
    rows = [("", "", *found.scores)]
    mine = [number(one["dice"].mean, decimals) for one in found.scores.values()]
    rows.append(("these images", "Dice", *mine))
    for name, regions in found.differences.items():
        cells = [
            f"{signed(one['dice'].mean, decimals)} "
            f"{interval(one['dice'].low, one['dice'].high, decimals)}"
            for one in regions.values()
        ]
        rows.append((f"less {_printable(found.titles[name])}", "", *cells))
    yield from aligned(rows)
    yield from _wrapped(floor_in_words(found))


def _columns() -> Iterator[str]:
    """Yield what the columns of the tables say."""
    yield ""
    yield "↑ higher is better, ↓ lower is better, 0 zero is best"
    yield f"{ACCOUNT}, for each measure:"
    for name, meaning in COUNTS.items():
        yield from _wrapped(f"  {name}: {meaning}")


def _table(rows: Sequence[tuple[str, Metric, Score]], *, policy: bool) -> Iterator[str]:
    counts = [name for name in COUNTS if policy or name != "policy"]
    head = ("", "metric", "range", "mean", "95 % interval", *counts)
    cells = [_cells(region, metric, score, counts) for region, metric, score in rows]
    table = [head, *cells]
    yield from aligned(table, right=range(3, len(head)))  # the numbers


def _cells(
    region: str, metric: Metric, score: Score, counts: Sequence[str]
) -> tuple[str, ...]:
    decimals = digits(metric)
    number_of = counts_of(score)
    return (
        region,
        f"{metric.key} {_BETTER[metric.higher_is_better]}",
        range_of(metric).removesuffix(" lesions"),  # their names say so
        number(score.mean, decimals),
        interval(score.low, score.high, decimals),
        *(str(number_of[name]) for name in counts),
    )


def range_of(metric: Metric) -> str:
    """Return the range of a metric and its unit, such as ``0..∞ mm``."""
    ends = [f"{end:.4g}" for end in (metric.low, metric.high)]
    unit = metric.unit.replace("grey level", "grey")
    text = f"{'..'.join(ends)} {unit}".rstrip()
    return text.replace("inf", "∞").replace("-", MINUS)


def _provenance(report: Report) -> Iterator[str]:
    data = report.data
    yield f"split {_printable(data.split)}: {extent(data)}; {labels_in_words(data)}"
    yield f"release     {data.fingerprint}"
    yield f"submission  {report.submission_sha256}"
    yield f"protocol    version {report.protocol.version}, seed {report.seed}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ") or [""]


def _printable(text: str) -> str:
    """Return a text without characters that would steer a terminal."""
    return printable(" ".join(text.split()))
