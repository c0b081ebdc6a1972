"""What is left of an experiment and how long it takes, by what was done before."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from bratsfuse.experiments.jobs import Job
from bratsfuse.experiments.outcome import Outcome
from bratsfuse.wording import counted

_MINUTE: Final = 60


def remaining(
    todo: Sequence[Job], outcomes: Iterable[Outcome], workers: int = 1
) -> str:
    """Return in words what is to be trained, and how long that may take.

    Parameters
    ----------
    todo
        The jobs that are left.
    outcomes
        Of those that are done: a job takes as long as those of its row did, or as
        those of all rows if its row has none yet.
    workers
        Jobs at a time.

    Returns
    -------
    str
        Such as ``3 trainings left, about 14 minutes as earlier ones took``.
    """
    left = f"{counted(len(todo), 'training')} left"
    spent: dict[str, list[float]] = {}
    for outcome in outcomes:
        if outcome.training_seconds:
            spent.setdefault(outcome.row, []).append(outcome.training_seconds)
    if not todo or not spent:
        return left
    any_row = median(value for values in spent.values() for value in values)
    seconds = sum(median(spent.get(job.name, [any_row])) for job in todo) / workers
    return f"{left}, about {_duration(seconds)} as earlier ones took"


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / _MINUTE))
    if minutes < 2 * _MINUTE:
        return counted(minutes, "minute")
    return f"{minutes / _MINUTE:.1f} hours"
