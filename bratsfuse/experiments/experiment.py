"""All jobs of an experiment, those left out that are done already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bratsfuse.errors import InvalidInputError
from bratsfuse.experiments.definition import Definition
from bratsfuse.experiments.jobs import Job, jobs_of
from bratsfuse.experiments.outcome import Outcome, read_outcome
from bratsfuse.experiments.remaining import remaining
from bratsfuse.experiments.tables import write_tables
from bratsfuse.parallel import available_cores, chosen_cluster, in_order

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An experiment, as far as it is done.

    Attributes
    ----------
    outcomes
        Of all jobs that are done, now or earlier.
    failures
        ``ROW on FOLD: reason`` for each that failed now.
    trained
        How many were done now.
    table
        The Markdown file.
    """

    outcomes: tuple[Outcome, ...]
    failures: tuple[str, ...]
    trained: int
    table: Path


def run_experiment(
    definition: Definition,
    releases: Sequence[Path],
    folder: Path,
    *,
    rows: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    overrides: Sequence[str] = (),
    workers: int = 1,
    say: Say = lambda _: None,
) -> Result:
    """Return what an experiment found; its tables are in the folder.

    A job whose outcome is there with the same digest is not done again, so that an
    experiment that was interrupted, or given more rows, releases or seeds, goes on.

    Parameters
    ----------
    definition, releases, folder, seeds, overrides
        As in `jobs_of`.
    rows
        The rows to do now, with those that make their images; all if empty. The
        tables show all that are done.
    workers
        Jobs at a time. With more than one each gets its share of the cores.
    say
        Called with what is left and how long it takes, before the first job and after
        every one, done or failed.

    Raises
    ------
    InvalidInputError
        If there is no such row or setting; nothing has been done then.
    ReleaseError
        If a release is not finished or broken.
    """
    if unknown := [name for name in rows if name not in definition.rows]:
        raise InvalidInputError(
            f"no row {', '.join(unknown)}; known: {', '.join(definition.rows)}"
        )
    jobs = jobs_of(definition, releases, folder, seeds=seeds, overrides=overrides)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {*rows, *(definition.rows[name].fused_by for name in rows)}
    todo = [
        job
        for job in jobs
        if (not rows or job.name in wanted)
        and read_outcome(job.result, job.digest) is None
    ]
    # Row by row, so that an experiment that is interrupted has whole rows.
    todo.sort(key=lambda job: list(definition.rows).index(job.name))
    done = [read_outcome(job.result, job.digest) for job in jobs]
    if todo:
        say(remaining(todo, [one for one in done if one is not None], workers))
    failures = _do(todo, workers, say)
    found = [read_outcome(job.result, job.digest) for job in jobs]
    outcomes = tuple(outcome for outcome in found if outcome is not None)
    table = write_tables(folder, definition, outcomes)
    return Result(
        outcomes=outcomes,
        failures=tuple(failures),
        trained=len(todo) - len(failures),
        table=table,
    )


def _do(todo: Sequence[Job], workers: int, say: Say) -> list[str]:
    """Do some jobs, those first that others need; return what failed."""
    alone = workers == 1 and not chosen_cluster()
    threads = None if alone else max(1, available_cores() // workers)
    work = partial(attempt, threads=threads)
    failures: list[str] = []
    left, outcomes = list(todo), list[Outcome]()
    for needs_another in (False, True):
        stage = [job for job in todo if (job.fuser is not None) == needs_another]
        for job, problem in zip(stage, in_order(work, stage, workers), strict=True):
            left.remove(job)
            told = f"{job.name} on {job.fold}"
            if problem:
                failures.append(f"{told}: {problem}")
            elif outcome := read_outcome(job.result, job.digest):
                outcomes.append(outcome)
            rest = remaining(left, outcomes, workers)
            say(f"{failures[-1] if problem else told}; {rest}")
    return failures


def attempt(job: Job, threads: int | None) -> str:
    """Do a job; return an empty text, or why it failed."""
    from bratsfuse.experiments.work import perform  # imports torch

    try:
        perform(job, threads)
    except Exception as problem:  # whatever it is, the other rows must not be lost
        return " ".join(f"{type(problem).__name__}: {problem}".split())
    return ""
