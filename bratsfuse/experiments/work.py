"""A job done: train, predict, evaluate."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.pipeline import evaluate
from bratsfuse.evaluation.settings import Settings
from bratsfuse.experiments.jobs import Job, product_of, training_of
from bratsfuse.experiments.outcome import CaseScore, Outcome, read_outcome
from bratsfuse.issues import errors_in
from bratsfuse.methods.find import method
from bratsfuse.methods.fuse import add_product
from bratsfuse.methods.predictions import predict
from bratsfuse.place import own_folder, workplace
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.report.records import Evaluation
from bratsfuse.results import Results

SPLIT: Final = "test"
_TIMED: Final = 10
"""Slices that the time of one is the median of."""


def perform(job: Job, threads: int | None = None) -> Outcome:
    """Return the outcome of a job, which is also written into its file.

    Parameters
    ----------
    job
        The job; a run that is in its place is replaced.
    threads
        Of torch; None for as many as it chooses.

    Raises
    ------
    BratsfuseError
        If it cannot be trained, predicted or scored, with the reason.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    fold, results, experiment, *_ = job.result.parents
    experiment.mkdir(parents=True, exist_ok=True)
    for one in (results, fold):
        own_folder(one, shared=True)
    with workplace(job.result) as place:
        release = _with_images(job, place)
        learned = _train(job, release)
        made_by = [str(job.run) if learned else job.row.method]
        evaluations = [_scored(made_by[0], release, place / "submission")]
        if job.row.fused_by and not _is_given(job):
            made_by.append(_fuser(job))
            evaluations.append(_scored(made_by[1], job.release, place / "fused"))
        seconds = sum(_seconds_per_slice(one, release) for one in made_by)
    outcome = Outcome(
        digest=job.digest,
        row=job.name,
        fold=job.fold,
        **_facts(read_manifest(job.release)),
        **learned,
        seconds_per_slice=seconds,
        threads=torch.get_num_threads(),
        cases=_cases(evaluations[0].per_case),
        fusion={
            key: score.mean
            for one in evaluations
            for key, score in one.report.scores.fusion.items()
        },
    )
    outcome.write(job.result)
    return outcome


def _with_images(job: Job, place: Path) -> Path:
    """Return a release that contains the images that the job is given."""
    if not job.row.fused_by:
        return job.release
    stored = read_manifest(job.release).products
    if job.fuser is None and product_of(job.row) in stored:
        return job.release
    target = place / "release"
    add_product(_fuser(job), job.release, target, product=product_of(job.row))
    return target


def _is_given(job: Job) -> bool:
    """Return whether its images are stored in the release and no method makes them."""
    added = read_manifest(job.release).added
    return job.fuser is None and product_of(job.row) in added


def _fuser(job: Job) -> str:
    """Return the fusion method or the run that makes the images of a job."""
    if job.fuser is None:
        return job.row.fused_by
    if read_outcome(job.fuser.result, job.fuser.digest) is None:
        raise InvalidInputError(
            f"its images are those of the row {job.fuser.name}, which is not done"
        )
    return str(job.fuser.run)


def _train(job: Job, release: Path) -> dict[str, Any]:
    """Return what the outcome says of the training; nothing if there is none."""
    training = training_of(job.row.method)
    if training is None or job.config is None:
        return {}
    from bratsfuse.training.loop import train
    from bratsfuse.training.run import read_run

    fold, runs, *_ = job.run.parents
    for one in (runs, fold):
        own_folder(one, shared=True)
    baseline = job.row.method.replace("-", "_")
    record = train(
        baseline, training, release, job.run, job.config, device="auto", overwrite=True
    )
    parameters, seconds = dict(record.parameters), record.seconds
    if job.fuser is not None:
        fuser = read_run(job.fuser.run)
        parameters = {"leader": fuser.parameters["leader"]} | parameters
        seconds += fuser.seconds
    return {
        "config": asdict(job.config),
        "parameters": parameters,
        "training_seconds": seconds,
        "device": record.device,
        "versions": record.versions,
    }


def _scored(name: str, release: Path, submission: Path) -> Evaluation:
    predict(name, release, submission, split=SPLIT)
    evaluation = evaluate(submission, release, Settings(split=SPLIT))
    shutil.rmtree(submission, ignore_errors=True)
    if problems := errors_in(evaluation.report.issues):
        raise InvalidInputError(f"{name}: {problems[0]}")
    return evaluation


def _seconds_per_slice(name: str, release: Path) -> float:
    """Return the median time in which a method predicts one test slice."""
    manifest = read_manifest(release)
    found = method(name, manifest.recipe.sources)
    seconds = []
    with SplitFile(release / manifest.splits[SPLIT].file) as file:
        count = min(_TIMED, manifest.splits[SPLIT].slice_sets)
        for row in [0, *range(count)]:  # the first one once more, to warm up
            images = {one: file.pixels(one, row) for one in found.sources}
            start = time.perf_counter()
            found(images)
            seconds.append(time.perf_counter() - start)
    return median(seconds[1:])


def _facts(manifest: Manifest) -> Mapping[str, Any]:
    splits = manifest.splits
    return {
        "fingerprint": manifest.fingerprint,
        "split_seed": manifest.recipe.seed,
        "synthetic": manifest.source.synthetic,
        "image_shape": manifest.image_shape,
        "patients": {name: one.patients for name, one in splits.items()},
        "slices": {name: one.slice_sets for name, one in splits.items()},
    }


def _cases(table: Results | None) -> tuple[CaseScore, ...]:
    """Return Dice and NSD of every case; nothing without segmentation."""
    if table is None or not any(table.of_track("segmentation")):
        return ()
    return tuple(
        CaseScore(
            case=case,
            patient=table.patients[row],
            dice=_by_region(table, "dice", row),
            nsd=_by_region(table, "nsd_1mm", row),
        )
        for row, case in enumerate(table.cases)
    )


def _by_region(table: Results, key: str, row: int) -> dict[str, float | None]:
    values = {
        measure.region: float(table.column(measure)[row])
        for measure in table.of_track("segmentation")
        if measure.key == key
    }
    return {name: None if np.isnan(one) else one for name, one in values.items()}
