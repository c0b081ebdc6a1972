"""Problems collected with their place, so that all of them can be reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much an issue matters, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: how bad, where, of which kind, and what to do about it.

    Attributes
    ----------
    severity
        An error makes its case or file unusable; a warning is kept on record; a note
        only informs.
    where
        The case, file or place inside a file.
    code
        A stable kebab-case word for the kind of problem.
    message
        What was found, what was expected, and what to do, in one line.
    """

    severity: Severity
    where: str
    code: str
    message: str

    def __str__(self) -> str:
        """Return the issue as one line."""
        return f"{self.severity} [{self.code}] {self.where}: {self.message}"

    def to_json(self) -> dict[str, str]:
        """Return the issue as a flat mapping of strings."""
        return {
            "severity": str(self.severity),
            "where": self.where,
            "code": self.code,
            "message": self.message,
        }


def error(where: str, code: str, message: str) -> Issue:
    """Return an issue that makes its place unusable."""
    return Issue(Severity.ERROR, where, code, message)


def warning(where: str, code: str, message: str) -> Issue:
    """Return an issue that is kept on record but stops nothing."""
    return Issue(Severity.WARNING, where, code, message)


def note(where: str, code: str, message: str) -> Issue:
    """Return an issue that only informs."""
    return Issue(Severity.NOTE, where, code, message)


def errors_in(issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues that are errors, in their order."""
    return [issue for issue in issues if issue.severity is Severity.ERROR]


MANY_PLACES: Final = 5
"""Up to so many problems of a kind have a line each."""


def lines_of(issues: Iterable[Issue], most: int = MANY_PLACES) -> list[str]:
    """Return issues as lines, in their order; one line for a kind that occurs often.

    Examples
    --------
    >>> lines_of([error("a", "empty-modality", "t1 is 0 everywhere")])
    ['error [empty-modality] a: t1 is 0 everywhere']
    >>> lines_of([error(f"case{n}", "unlabelled", "no mask") for n in range(60)])
    ['error [unlabelled] in 60 places, for example case0, case1: no mask']
    """
    return [str(issue) for issue in folded(issues, most)]


def folded(issues: Iterable[Issue], most: int = MANY_PLACES) -> list[Issue]:
    """Return issues for people to read: a kind that occurs often is one issue.

    JSON output and records keep every issue.

    Parameters
    ----------
    issues
        Of any kinds.
    most
        A kind that occurs more often is counted, with two of its places. Its message is
        that of the first; of many problems in one place two messages are given.

    Returns
    -------
    list
        In the order of the first of each kind.
    """
    all_issues = list(issues)
    kinds: dict[tuple[Severity, str], list[Issue]] = {}
    for issue in all_issues:
        kinds.setdefault((issue.severity, issue.code), []).append(issue)
    told = []
    for issue in all_issues:
        same = kinds[issue.severity, issue.code]
        if len(same) <= most:
            told.append(issue)
        elif issue is same[0]:
            told.append(_counted(same))
    return told


def _counted(same: list[Issue]) -> Issue:
    """Return one issue for several of a kind."""
    first, *others = same
    places = list(dict.fromkeys(issue.where for issue in same))
    if len(places) == 1:
        message = f"{len(same)} times, for example {first.message}; {others[0].message}"
        return Issue(first.severity, first.where, first.code, message)
    times = "" if len(places) == len(same) else f"{len(same)} times "
    where = f"{times}in {len(places)} places, for example {places[0]}, {places[1]}"
    return Issue(first.severity, where, first.code, first.message)
