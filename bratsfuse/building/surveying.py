"""The statistics of all cases; one whose files end a worker is a bad case."""

import signal
from collections.abc import Callable, Sequence

from bratsfuse.building.measuring import unmeasured
from bratsfuse.building.survey import Survey
from bratsfuse.errors import WorkerDiedError
from bratsfuse.issues import error
from bratsfuse.parallel import in_order
from bratsfuse.parallel.deaths import CRASHES
from bratsfuse.records import Case
from bratsfuse.wording import some


def survey_all(
    work: Callable[[Case], Survey],
    cases: Sequence[Case],
    workers: int,
    done: Callable[[int], None],
) -> list[Survey]:
    """Return the statistics of every case, in their order.

    Parameters
    ----------
    work
        Measures a case; a module-level function, because workers import it.
    cases, workers
        As for `bratsfuse.parallel.in_order`.
    done
        Called with the number of cases done.

    Raises
    ------
    WorkerDiedError
        If a worker is killed, for example for want of memory.
    """
    surveys: dict[str, Survey] = {}
    while left := [case for case in cases if case.id not in surveys]:
        try:
            for case, survey in zip(left, in_order(work, left, workers), strict=True):
                surveys[case.id] = survey
                done(len(surveys))
        except WorkerDiedError as problem:
            if not isinstance(problem.item, Case) or -problem.status not in CRASHES:
                raise
            surveys[problem.item.id] = _crashed(problem.item, problem.status)
    return [surveys[case.id] for case in cases]


def _crashed(case: Case, status: int) -> Survey:
    """Return a case whose files ended the process that read them, by a signal."""
    files = some([path.name for path in case.files()])
    text = f"{files} ended the process that read them, by "
    text += f"{signal.Signals(-status).name}; fetch or copy them again"
    return unmeasured(case, [*case.issues, error(case.id, "crash", text)])
