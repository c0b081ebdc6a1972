"""Whether a submission, scored again, gives the numbers of an earlier report."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.settings import Settings
from bratsfuse.issues import Severity
from bratsfuse.report.files import PER_CASE_NAME, PER_SLICE_NAME, to_csv
from bratsfuse.report.records import Evaluation, Report
from bratsfuse.results import Results
from bratsfuse.wording import counted, csv_rows

_RELATIVE: Final = 1e-9
"""Of two numbers that count as equal: processors add up in different orders."""

_NETWORK: Final = "scores.reference_segmenter"
_OF_NETWORK: Final = 1e-3
"""The same for what a network found: its last digits decide about single pixels."""

_COMPARED: Final = (
    "status",
    "submission",
    "submission_sha256",
    "data",
    "protocol",
    "coverage",
    "scores",
    "fusers",
)


def settings_of(report: Report, settings: Settings) -> Settings:
    """Return settings with the choices that an earlier report was made by.

    Raises
    ------
    InvalidInputError
        If it was made with an answer key, and the settings have none.
    """
    if report.data.labels == "key" and settings.key is None:
        raise InvalidInputError(
            f"the report on {report.submission.name} was made with an answer "
            "key; give --key"
        )
    return replace(
        settings,
        split=report.data.split,
        policy=report.protocol.policy,
        preset=report.protocol.preset,
        seed=report.seed,
        allow_missing=_was_missing_allowed(report),
        reference_segmenter=report.reference_segmenter is not None,
    )


def _was_missing_allowed(report: Report) -> bool:
    """Return whether something is missing that did not refuse the submission."""
    incomplete = any(not part.complete for part in report.coverage.values())
    return incomplete or any(
        issue.code == "missing-predictions" and issue.severity is Severity.WARNING
        for issue in report.issues
    )


def differences(earlier: Report, now: Report) -> list[str]:
    """Return a line for every number or stamp that differs; none if it is the same.

    Versions, command and time may differ: they say how, not what. Of a refusal, the
    problems are compared, too, since they are all that it says; not their wording.
    """
    left, right = asdict(earlier), asdict(now)
    found = [
        line for name in _COMPARED for line in _differing(name, left[name], right[name])
    ]
    if "refused" in (earlier.status, now.status):
        found += _differing_issues(earlier, now)
    return found


def table_differences(folder: Path, now: Evaluation) -> list[str]:
    """Return a line for each table of a report folder that scoring does not give.

    Values may differ as those of the report may, in their last digits.
    """
    tables = {PER_SLICE_NAME: now.per_slice, PER_CASE_NAME: now.per_case}
    return [
        line
        for name, results in tables.items()
        for line in _differing_rows(folder / name, results)
    ]


def _differing_issues(earlier: Report, now: Report) -> Iterator[str]:
    left, right = (
        Counter((str(one.severity), one.code, one.where) for one in report.issues)
        for report in (earlier, now)
    )
    for severity, code, where in sorted((left - right).elements()):
        yield f"issues: {severity} [{code}] {where}: not found by scoring again"
    for severity, code, where in sorted((right - left).elements()):
        yield f"issues: {severity} [{code}] {where}: not in the report"


def _differing_rows(path: Path, now: Results | None) -> Iterator[str]:
    if not path.is_file() or now is None:
        if path.is_file() or now is not None:
            found = "is there" if path.is_file() else "is missing"
            yield f"{path.name}: {found}, contrary to what scoring again gives"
        return
    earlier = path.read_text(encoding="utf-8", errors="replace")
    pairs = list(zip_longest(csv_rows(earlier), csv_rows(to_csv(now))))
    wrong = [pair for pair in pairs if not _same_row(*pair)]
    if wrong:
        first, again = wrong[0]
        yield (
            f"{path.name}: {counted(len(wrong), 'different row')}; the first says "
            f"{first}, scoring again gives {again}"
        )


def _same_row(earlier: list[str] | None, now: list[str] | None) -> bool:
    if earlier is None or now is None or len(earlier) != len(now):
        return False
    return all(map(_same_cell, earlier, now))


def _same_cell(earlier: str, now: str) -> bool:
    if earlier == now:
        return True
    try:
        return _equal(float(earlier), float(now))
    except ValueError:
        return False


def _differing(place: str, earlier: object, now: object) -> Iterator[str]:
    if isinstance(earlier, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*earlier, *now]):
            yield from _differing(f"{place}.{name}", earlier.get(name), now.get(name))
    elif isinstance(earlier, Mapping) and now is None:
        yield f"{place}: in the report, not given by scoring again"
    elif earlier is None and isinstance(now, Mapping):
        yield f"{place}: not in the report, given by scoring again"
    elif not _equal(earlier, now, _OF_NETWORK if _NETWORK in place else _RELATIVE):
        yield f"{place}: the report says {earlier!r}, scoring again gives {now!r}"


def _equal(earlier: object, now: object, near: float = _RELATIVE) -> bool:
    if isinstance(earlier, float) and isinstance(now, float):
        return math.isclose(earlier, now, rel_tol=near, abs_tol=near)
    return earlier == now
