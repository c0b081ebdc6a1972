"""When two entries may be in one table: the same data, scored the same way."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.entry import CaseTable, Entry

_DATA_FIELDS: Final = (
    "fingerprint",
    "split",
    "split_sha256",
    "withheld_digest",
    "source",
    "synthetic",
    "slice_sets",
    "cases",
    "patients",
)
"""All that the page says of the data; who keeps the labels may differ."""


def standard_of(entries: Sequence[Entry]) -> Entry:
    """Return the entry that others are compared with: the first that has values."""
    return next((entry for entry in entries if not entry.failed), entries[0])


def used_alike(entry: Entry, others: Sequence[Entry]) -> Iterator[Issue]:
    """Yield why the use of an entry's images cannot be compared with that of others.

    Parameters
    ----------
    entry
        The one in question.
    others
        The first of them whose use was scored is the standard.
    """
    standard = next((one for one in others if one.downstream), None)
    if standard is None or not (mine := entry.downstream):
        return
    theirs = standard.downstream
    assert theirs is not None  # noqa: S101  (for the type checker)
    left, right = (
        {**one.settings, "seeds": str(one.seeds), "floor": str(dict(one.floor))}
        for one in (mine, theirs)
    )
    for name in sorted({*left, *right}):
        found, expected = left.get(name), right.get(name)
        if found != expected:
            text = f"not comparable: downstream {name} {found!r} vs {expected!r}"
            cure = "train it with the board's settings (bratsfuse downstream)"
            beside = standard.slug
            yield error(entry.slug, "other-training", f"{text} of {beside}; {cure}")


def differences(entry: Entry, standard: Entry) -> Iterator[Issue]:
    """Yield why an entry cannot be compared with another, one error a difference.

    Parameters
    ----------
    entry
        The one in question.
    standard
        One that is on the board.
    """
    where, beside = entry.slug, standard.slug
    for field in _DATA_FIELDS:
        found = getattr(entry.report.data, field)
        expected = getattr(standard.report.data, field)
        if found != expected:
            text = f"not comparable: data {field} {found!r} vs {expected!r} of {beside}"
            cure = "score it on the release and split of the board, or open another"
            yield error(where, "other-data", f"{text}; {cure}")
    for part in dataclasses.fields(entry.report.protocol):
        found = getattr(entry.report.protocol, part.name)
        expected = getattr(standard.report.protocol, part.name)
        if found != expected:
            text = f"not comparable: protocol {part.name} {found!r} vs {expected!r}"
            cure = "score it with the board's settings"
            yield error(where, "other-protocol", f"{text} of {beside}; {cure}")
    if entry.cases is not None and standard.cases is not None:
        found_cases, expected_cases = _rows(entry.cases), _rows(standard.cases)
        for found, expected in zip(found_cases, expected_cases, strict=False):
            if found != expected:
                text = f"not comparable: case and patient {found!r} vs {expected!r}"
                cure = "score it on the split of the board"
                yield error(where, "other-cases", f"{text} of {beside}; {cure}")
                return


def _rows(table: CaseTable) -> list[tuple[str, str]]:
    return list(zip(table.cases, table.patients, strict=True))
