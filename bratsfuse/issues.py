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
"""Up to so many places with the same problem have a line each."""


def lines_of(issues: Iterable[Issue]) -> list[str]:
    """Return issues as lines, in their order; one line for a kind in many places.

    A kind that occurs in more than `MANY_PLACES` places is counted, with two of them
    and the first one's message. JSON output and records keep every issue.

    Examples
    --------
    >>> lines_of([error("a", "empty-modality", "t1 is 0 everywhere")])
    ['error [empty-modality] a: t1 is 0 everywhere']
    >>> lines_of([error(f"case{n}", "unlabelled", "no mask") for n in range(60)])
    ['error [unlabelled] in 60 places, for example case0, case1: no mask']
    """
    all_issues = list(issues)
    kinds: dict[tuple[Severity, str], dict[str, Issue]] = {}
    for issue in all_issues:
        places = kinds.setdefault((issue.severity, issue.code), {})
        places.setdefault(issue.where, issue)
    lines = []
    for issue in all_issues:
        places = kinds[issue.severity, issue.code]
        first, *others = places.values()
        if len(places) <= MANY_PLACES:
            lines.append(str(issue))
        elif issue is first:
            lines.append(
                f"{issue.severity} [{issue.code}] in {len(places)} places, for example "
                f"{first.where}, {others[0].where}: {issue.message}"
            )
    return lines
