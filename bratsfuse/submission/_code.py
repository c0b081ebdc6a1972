"""The form of one kind of problem."""

from dataclasses import dataclass

from bratsfuse.issues import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes
    ----------
    meaning
        What is wrong.
    fix
        What to do about it.
    severity
        An error refuses the submission.
    """

    meaning: str
    fix: str
    severity: Severity = Severity.ERROR
