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
from bratsfuse.experiments.definition import Definition, Row, read_definition
from bratsfuse.experiments.downstream_scores import judged, table_of
from bratsfuse.experiments.entries import PRODUCT, Entry
from bratsfuse.experiments.experiment import Say, run_experiment
from bratsfuse.experiments.fidelity import lesion_fidelity, lesion_floor
from bratsfuse.experiments.jobs import Job, jobs_of
from bratsfuse.experiments.outcome import Outcome, read_outcome
from bratsfuse.issues import errors_in
from bratsfuse.place import workplace
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.report.records import Evaluation
from bratsfuse.submission.expected import expected_of
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.write import write_submission

DEFINITION: Final = "downstream"
_ROW: Final = FUSION_PREFIX + PRODUCT
_SPLIT: Final = "test"


def downstream(
    entry: Entry,
    release: Path,
    cache: Path,
    *,
    seeds: int = 1,
    overrides: Sequence[str] = (),
    workers: int = 1,
    reference_segmenter: bool = False,
    slices: Path | None = None,
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
    reference_segmenter
        Whether the frozen reference segmenter reads the images of the test split, too.
    slices
        An empty folder that takes crops of all scored slices; None writes none.
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
        how = Settings(
            split=_SPLIT,
            command=command,
            reference_segmenter=reference_segmenter,
            slices=slices,
        )
        evaluation = _evaluated(entry, own, release, scratch, how)
        fidelity = lesion_fidelity(own, PRODUCT, _SPLIT)
        floor = lesion_floor(own, PRODUCT, _SPLIT)
        rows = _trained(definition, release, references, workers, say, options)
        if same := row_of_the_same_images(definition, own):
            say(f"{entry.name}: the images of row {same}, whose trainings are taken")
            ours = rows[same]
        else:
            mine = replace(
                definition,
                rows={_ROW: Row(title=entry.name, method="unet", fused_by=PRODUCT)},
            )
            ours = _trained(mine, own, place / "entries", workers, say, options)[_ROW]
    seen = evaluation.report.submission.seen_patients
    table = table_of(ours)
    found = judged(
        table, ours[0].config, rows, fidelity, floor, definition, numbers, seen
    )
    report = replace(evaluation.report, downstream=found)
    return replace(evaluation, report=report, downstream=table)


def row_of_the_same_images(definition: Definition, own: Path) -> str | None:
    """Return the reference row that is given what the entry's images are, if any."""
    manifest = read_manifest(own)
    products = {
        row.fused_by: name
        for name, row in definition.rows.items()
        if row.fused_by in manifest.products
    }
    for split in manifest.splits.values():
        with SplitFile(own / split.file) as file:
            for row in range(len(file)):
                mine = file.pixels(_ROW, row)
                products = {
                    product: name
                    for product, name in products.items()
                    if np.array_equal(mine, file.pixels(FUSION_PREFIX + product, row))
                }
                if not products:
                    return None
    return next(iter(products.values()), None)


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
        raise InvalidInputError(
            f"not trained: {result.failures[0]}; fix it and run the same command "
            "again, which goes on from here"
        )
    rows: dict[str, list[Outcome]] = {name: [] for name in definition.rows}
    for outcome in result.outcomes:
        rows[outcome.row].append(outcome)
    return rows


def _evaluated(
    entry: Entry, own: Path, release: Path, place: Path, settings: Settings
) -> Evaluation:
    """Return the evaluation of the fused images of the test split."""
    submission = entry.submission
    if submission is None:
        submission = place / "submission"
        _submit(entry, own, submission)
    evaluation = evaluate(submission, release, settings)
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
                seen_patients=entry.seen(own, _SPLIT),
                tracks=("fusion",),
            ),
            ids,
            {"fusion": images},
        )
