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
    cure
        What to do about it.
    severity
        An error refuses the submission.
    """

    meaning: str
    cure: str
    severity: Severity = Severity.ERROR
