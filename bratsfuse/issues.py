"""Problems collected with their place, so that all of them can be reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
