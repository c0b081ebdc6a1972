"""The downstream track: what fused images are worth to a segmenter that learns on them.

The standard segmenter is trained on the fused images of the train split and scored on
those of the test split, with the recipe, the seeds and the budget that everybody has.
The reference rows (``baselines/experiments/downstream.toml``) are trained once for each
release and kept. All of it is an experiment of `bratsfuse.experiments`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.pipeline import evaluate
from bratsfuse.evaluation.settings import Settings
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.experiments.definition import Definition, Row, read_definition
from bratsfuse.experiments.entries import PRODUCT, Entry
from bratsfuse.experiments.experiment import Say, run_experiment
from bratsfuse.experiments.fidelity import FLOOR, below_floor, lesion_fidelity
from bratsfuse.experiments.jobs import Job, jobs_of
from bratsfuse.experiments.outcome import CaseScore, Outcome, read_outcome
from bratsfuse.issues import errors_in
from bratsfuse.place import workplace
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.report.records import Evaluation
from bratsfuse.report.scores import Downstream, Score
from bratsfuse.results import Measure, Results, Status
from bratsfuse.submission.expected import expected_of
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.write import write_submission

DEFINITION: Final = "downstream"
KEYS: Final = ("dice", "nsd_1mm")
_ROW: Final = FUSION_PREFIX + PRODUCT
_SPLIT: Final = "test"
_POLICY: Final = "brats"


def downstream(
    entry: Entry,
    release: Path,
    cache: Path,
    *,
    seeds: int = 1,
    overrides: Sequence[str] = (),
    workers: int = 1,
    command: str = "",
    say: Say = lambda _: None,
) -> Evaluation:
    """Return the evaluation of fused images with their worth to a segmenter.

    Parameters
    ----------
    entry
        The images.
    release
        The release; its test split is scored.
    cache
        A folder for what was trained, by fingerprint; an interrupted call goes on.
    seeds
        Trainings of every row, with the seeds 0, 1, and so on.
    overrides
        ``KEY=VALUE`` settings of every training.
    workers
        Rows that are trained at a time.
    command
        As typed.
    say
        Called with what is done and what is left.

    Returns
    -------
    Evaluation
        Of the fused images of the test split, with `Report.downstream`.

    Raises
    ------
    InvalidInputError
        If the test masks are hidden, a setting does not exist, or a row fails.
    SubmissionError
        If the submission is refused, or lacks a split.
    ReleaseError
        If the release is not finished or broken.
    """
    manifest = read_manifest(release)
    if not manifest.has_labels(_SPLIT):
        raise InvalidInputError(
            f"{release}: the labels of {_SPLIT} are hidden; the downstream track needs "
            "them, so that it is for the organiser's release"
        )
    place = cache / manifest.fingerprint[:16]
    place.mkdir(parents=True, exist_ok=True)
    references = place / "references"
    definition = read_definition(DEFINITION)
    numbers = tuple(range(seeds))
    options: dict[str, Any] = {"seeds": numbers, "overrides": overrides}
    say(_cost(jobs_of(definition, [release], references, **options), seeds))
    with workplace(place / "entries") as scratch:
        own = scratch / "release"
        entry.images(release, own)
        evaluation = _evaluated(entry, own, release, scratch, command)
        mine = replace(
            definition,
            rows={_ROW: Row(title=entry.name, method="unet", fused_by=PRODUCT)},
        )
        fidelity = lesion_fidelity(own, PRODUCT, _SPLIT)
        ours = _trained(mine, own, place / "entries", workers, say, options)[_ROW]
    rows = _trained(definition, release, references, workers, say, options)
    found = _judged(ours, rows, fidelity, definition, numbers)
    return replace(evaluation, report=replace(evaluation.report, downstream=found))


def _cost(jobs: Sequence[Job], seeds: int) -> str:
    """Return in words what is to be trained, and how long that may take."""
    outcomes = [read_outcome(job.result, job.digest) for job in jobs]
    left = sum(outcome is None for outcome in outcomes) + seeds
    spent = [one.training_seconds for one in outcomes if one is not None]
    if spent:
        minutes = f"{median(spent) * left / 60:.0f} minutes, as the earlier ones took"
    else:
        minutes = "up to 10 CPU-minutes each with preset=default"
    return (
        f"{left} of {len(jobs) + seeds} trainings to do ({minutes}); reference rows "
        "are kept and trained once for a release"
    )


def _trained(
    definition: Definition,
    release: Path,
    place: Path,
    workers: int,
    say: Say,
    options: Mapping[str, Any],
) -> dict[str, list[Outcome]]:
    """Return row -> its outcomes, one for each seed."""
    result = run_experiment(
        definition, [release], place, workers=workers, say=say, **options
    )
    if result.failures:
        raise InvalidInputError(f"not trained: {result.failures[0]}")
    rows: dict[str, list[Outcome]] = {name: [] for name in definition.rows}
    for outcome in result.outcomes:
        rows[outcome.row].append(outcome)
    return rows


def _evaluated(
    entry: Entry, own: Path, release: Path, place: Path, command: str
) -> Evaluation:
    """Return the evaluation of the fused images of the test split."""
    submission = entry.submission
    if submission is None:
        submission = place / "submission"
        _submit(entry, own, submission)
    evaluation = evaluate(submission, release, Settings(split=_SPLIT, command=command))
    if problems := errors_in(evaluation.report.issues):
        raise InvalidInputError(f"{entry.name}: {problems[0]}")
    return evaluation


def _submit(entry: Entry, own: Path, target: Path) -> None:
    """Write the images of an entry's release as a submission for the test split."""
    manifest = read_manifest(own)
    record = manifest.added[PRODUCT]
    with SplitFile(own / manifest.splits[_SPLIT].file) as file:
        ids = expected_of(own, manifest, _SPLIT).ids
        images = (file.pixels(FUSION_PREFIX + PRODUCT, row) for row in range(len(ids)))
        write_submission(
            target,
            SubmissionRecord(
                name=entry.name,
                method=f"{record.method}, of {' + '.join(record.sources)}",
                training_data=record.training_data,
                tracks=("fusion",),
            ),
            ids,
            {"fusion": images},
        )


def _judged(
    ours: Sequence[Outcome],
    rows: Mapping[str, Sequence[Outcome]],
    fidelity: Mapping[str, float | None],
    definition: Definition,
    seeds: Sequence[int],
) -> Downstream:
    mine = table_of(ours)
    tables = {name: table_of(outcomes) for name, outcomes in rows.items()}
    return Downstream(
        seeds=tuple(seeds),
        settings={key: str(value) for key, value in ours[0].config.items()},
        titles={name: row.title for name, row in definition.rows.items()},
        scores=_scores(mine),
        differences={
            name: _scores(_difference(mine, table)) for name, table in tables.items()
        },
        references={name: _scores(table) for name, table in tables.items()},
        fidelity=fidelity,
        floor=FLOOR,
        below_floor=below_floor(fidelity),
    )


def table_of(outcomes: Sequence[Outcome]) -> Results:
    """Return the scores of every test case, averaged over seeds first.

    A case counts with the seeds that gave it a value; it is undefined where none did.

    Parameters
    ----------
    outcomes
        Of one row on one release, one for each seed.
    """
    cases = outcomes[0].cases
    by_case = [{case.case: case for case in each.cases} for each in outcomes]
    regions = list(cases[0].dice)
    measures = tuple(
        Measure("segmentation", region, key) for region in regions for key in KEYS
    )
    values = np.array(
        [
            [
                _mean([_value(each[case.case], measure) for each in by_case])
                for measure in measures
            ]
            for case in cases
        ]
    )
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    names = tuple(case.case for case in cases)
    return Results(
        unit="case",
        ids=names,
        cases=names,
        patients=tuple(case.patient for case in cases),
        measures=measures,
        values=values,
        status=status.astype(np.uint8),
    )


def _value(case: CaseScore, measure: Measure) -> float:
    scores = case.dice if measure.key == "dice" else case.nsd
    found = scores.get(measure.region)
    return np.nan if found is None else found


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan


def _difference(ours: Results, theirs: Results) -> Results:
    """Return our values less theirs, case by case."""
    places = {case: row for row, case in enumerate(theirs.cases)}
    order = [places[case] for case in ours.cases]
    values = ours.values - theirs.values[order]
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    return replace(ours, values=values, status=status.astype(np.uint8))


def _scores(table: Results) -> dict[str, dict[str, Score]]:
    return by_region(summarise(table, policy=_POLICY, seed=0))
