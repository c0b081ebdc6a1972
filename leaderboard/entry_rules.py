"""What an entry must hold together, beyond the types of its fields.

A report travels as text and is untrusted input: what one part of it says, the other
parts have to support.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Final

import numpy as np

from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.agreement import equal
from bratsfuse.leaderboard.criteria import ranked_measures
from bratsfuse.leaderboard.entry import CaseTable, Entry
from bratsfuse.results import Status
from bratsfuse.wording import counted

_NAME_LENGTH: Final = 80
_TEXT_LENGTH: Final = 2000
"""Of any text of a report, in any field."""

_AUTHORS: Final = 100


def problems_of(entry: Entry) -> list[Issue]:
    """Return everything that is wrong with an entry by itself, as errors."""
    told = itertools.chain(
        _texts(entry),
        _gold(entry),
        _coverage(entry),
        _unsupported(entry),
        _tables(entry),
    )
    return [error(entry.slug, code, text) for code, text in told]


Problem = tuple[str, str]


def _unsupported(entry: Entry) -> Iterator[Problem]:
    report = entry.report
    sections = {
        "downstream.references": report.downstream and report.downstream.references,
        "downstream.differences": report.downstream and report.downstream.differences,
        "downstream.unseen": report.downstream and report.downstream.unseen,
        "reference_segmenter": report.reference_segmenter
        or report.scores.reference_segmenter,
        "unseen": report.unseen,
    }
    for name, content in sections.items():
        if content:
            text = f"a section {name}, which no table of an entry supports"
            yield "unsupported-section", f"{text}; add the report again"


def _texts(entry: Entry) -> Iterator[Problem]:
    record = entry.report.submission
    name = record.name
    if not name.strip() or len(name) > _NAME_LENGTH:
        text = f"a name of {len(name)} characters; expected 1 to {_NAME_LENGTH}"
        yield "bad-name", f"{text}; shorten it in submission.toml and score again"
    if not name.isprintable():
        text = f"the name {name!a} contains characters that cannot be seen"
        yield "bad-name", f"{text}; write it in letters and score again"
    for place, text in _texts_in(asdict(entry.report), "report"):
        if len(text) > _TEXT_LENGTH:
            told = (
                f"{place} has {len(text)} characters; expected at most {_TEXT_LENGTH}"
            )
            yield "long-text", f"{told}; shorten it and score again"
    longest = max(map(len, _ids(entry)), default=0)
    if longest > _TEXT_LENGTH:
        text = f"an id of {longest} characters; expected at most {_TEXT_LENGTH}"
        yield "long-text", text
    if len(record.authors) > _AUTHORS:
        text = f"{len(record.authors)} authors; expected at most {_AUTHORS}"
        yield "long-text", f"{text}; shorten submission.toml and score again"
    if len(set(record.tracks)) < len(record.tracks):
        yield "bad-tracks", f"tracks {list(record.tracks)}; expected each once at most"


def _texts_in(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Yield every text in a nest of mappings and lists, and its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"a key of {place}", str(key)
            yield from _texts_in(inner, f"{place}.{str(key)[:_NAME_LENGTH]}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner, place)


def _ids(entry: Entry) -> Iterator[str]:
    if entry.cases is not None:
        yield from (*entry.cases.cases, *entry.cases.patients)


def _gold(entry: Entry) -> Iterator[Problem]:
    """Yield if the report is one of the release's own masks.

    `bratsfuse evaluate --gold` has no predictions; the digest is that of the split.
    """
    if entry.report.submission_sha256 == entry.report.data.split_sha256:
        text = "the report of bratsfuse evaluate --gold: the masks scored by themselves"
        yield "gold", f"{text}; add the report of a submission"


def _coverage(entry: Entry) -> Iterator[Problem]:
    report = entry.report
    if entry.failed:
        return
    expected = set(report.submission.tracks)
    if report.data.labels == "withheld":
        expected -= {"segmentation"}
    if set(report.coverage) != expected or not expected:
        text = f"tracks {sorted(report.coverage)} are scored"
        yield "bad-coverage", f"{text}; expected {sorted(expected)}, one or more"
    for track, counts in report.coverage.items():
        parts = counts.scored, counts.missing
        if min(parts) < 0 or not (
            sum(parts) == counts.expected == report.data.slice_sets
        ):
            text = (
                f"{track}: {counts.scored} slice sets scored and {counts.missing} "
                f"missing of {counts.expected}, but the split has "
                f"{report.data.slice_sets}"
            )
            yield "bad-coverage", text
        if not 0 <= counts.cases_complete <= counts.cases == report.data.cases:
            text = (
                f"{track}: {counts.cases_complete} of {counts.cases} cases complete, "
                f"but the split has {report.data.cases}"
            )
            yield "bad-coverage", text


def _tables(entry: Entry) -> Iterator[Problem]:
    if entry.cases is None:
        if not entry.failed:
            yield "no-table", "scored, but without values per case; add it again"
        return
    if entry.failed:
        yield "no-table", "refused, but with values per case; score it again"
    shapes = list(_shapes(entry.cases))
    yield from shapes
    if len(entry.cases.cases) != entry.report.data.cases:
        text = counted(len(entry.cases.cases), "case")
        yield "bad-table", f"{text}, but the split has {entry.report.data.cases}"
    expected = {
        measure
        for track in entry.tracks
        for measure in ranked_measures(track, entry.report.protocol)
    }
    for measure in sorted(expected - set(entry.cases.measures)):
        yield "bad-table", f"the table per case has no {measure}; score it again"
    for measure in sorted(set(entry.cases.measures) - expected):
        yield "bad-table", f"the table per case has {measure}, which is not ranked"
    if shapes:
        return
    patients = len(set(entry.cases.patients))
    if patients != entry.report.data.patients:
        listed = entry.report.data.patients
        text = f"{counted(patients, 'patient')}, but the split has {listed}"
        yield "bad-table", text
    yield from _means(entry, entry.cases)


def _shapes(table: CaseTable) -> Iterator[Problem]:
    rows = len(table.cases)
    if len(set(table.cases)) < rows or len(set(table.measures)) < len(table.measures):
        yield "bad-table", "a case or a measure is twice in the table per case"
    for part in (table.patients, table.values, table.status):
        if len(part) != rows:
            yield "bad-table", f"{len(part)} rows for {rows} cases"
    for row in (*table.values, *table.status):
        if len(row) != len(table.measures):
            text = f"{len(row)} values in a row of {len(table.measures)} measures"
            yield "bad-table", text
            return
    flat = itertools.chain.from_iterable
    for value, status in zip(flat(table.values), flat(table.status), strict=False):
        if (value is None) != (status is Status.UNDEFINED):
            yield "bad-table", f"the value {value} has the status {status.name.lower()}"
            return


def _means(entry: Entry, table: CaseTable) -> Iterator[Problem]:
    """Yield means that are missing or that the values per case do not support.

    Those of fusion are over slices, of which an entry contains no values.
    """
    results = table.to_results()
    for measure in results.measures:
        try:
            mean = entry.score(measure).mean
        except KeyError:
            yield "bad-scores", f"the report has no score of {measure}"
            continue
        values = results.column(measure)
        defined = values[~np.isnan(values)]
        found = math.fsum(defined) / len(defined) if len(defined) else math.nan
        over_cases = measure.track != "fusion"
        if over_cases and mean is not None and not equal(mean, found):
            text = (
                f"the mean of {measure} is {mean}, its values per case give "
                f"{found}; score the submission again"
            )
            yield "bad-scores", text
