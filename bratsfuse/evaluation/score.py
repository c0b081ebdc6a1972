"""A submission that could be read, scored: from a task to a whole evaluation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bratsfuse.evaluation.cases import (
    fusion_per_case,
    members_of,
    segmentation_per_case,
)
from bratsfuse.evaluation.chosen_slices import choose_pictures
from bratsfuse.evaluation.reference_segmenter import reference_scores
from bratsfuse.evaluation.settings import Settings
from bratsfuse.evaluation.slice_crops import write_crops
from bratsfuse.evaluation.slices import SliceScores, Task, score_slices
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import (
    Rows,
    beside,
    fusion_per_slice,
    segmentation_per_slice,
    without,
)
from bratsfuse.metrics.empty_policy import image_diagonal_mm
from bratsfuse.progress import Progress
from bratsfuse.report.drawn import SliceFolder, Volumes
from bratsfuse.report.records import (
    Coverage,
    Evaluation,
    Report,
    Scores,
)
from bratsfuse.results import TRACKS, Results, Track
from bratsfuse.submission.expected import Expected


def score(
    draft: Report,
    task: Task,
    expected: Expected,
    present: Mapping[Track, npt.NDArray[np.bool_]],
    release: Path,
    settings: Settings,
    progress: Progress,
) -> Evaluation:
    """Return the evaluation of a submission.

    Parameters
    ----------
    draft
        The report without its scores.
    task
        What to score.
    expected
        The slice sets of the split.
    present
        Track -> whether each slice set was submitted; the tracks to score.
    release
        The release.
    settings
        How to score.
    progress
        Called after every scored slice.
    """
    scores = score_slices(
        task, len(expected), workers=settings.workers, progress=progress
    )
    per_slice: list[Results] = []
    per_case: list[Results] = []
    volumes = None
    for track in (track for track in TRACKS if track in present):
        rows = _rows(task, expected, ~present[track])
        if track == "fusion":
            slices = fusion_per_slice(scores, rows, task.protocol)
            cases = fusion_per_case(slices, rows)
        else:
            slices = segmentation_per_slice(scores, rows, task.protocol)
            cases = segmentation_per_case(scores, slices, rows, task.protocol)
            volumes = _volumes(scores, rows, task)
        per_slice.append(slices)
        per_case.append(cases)
    slices, cases = _joined(per_slice), _joined(per_case)
    found = _scores(slices, cases, settings)
    reference = None
    if settings.reference_segmenter and task.references and "fusion" in present:
        rows = _rows(task, expected, ~present["fusion"])
        used, reference = reference_scores(task, rows, release, settings, progress)
        found = replace(found, reference_segmenter=used)
    report = replace(
        draft,
        status="scored",
        coverage={track: _coverage(expected, here) for track, here in present.items()},
        scores=found,
        fusers=_profiles(scores, task),
        reference_segmenter=reference,
        unseen=_unseen(draft, slices, cases, settings),
    )
    pictures = () if report.data.labels == "key" else choose_pictures(task, slices)
    shown = None
    if settings.slices is not None:
        crops = write_crops(
            task,
            slices,
            settings.slices,
            method=report.submission.name,
            missing=~present["fusion"] if "fusion" in present else None,
            workers=settings.workers,
            progress=progress,
        )
        shown = SliceFolder(folder=settings.slices, crops=crops)
    return Evaluation(
        report=report,
        per_slice=slices,
        per_case=cases,
        volumes=volumes,
        pictures=pictures,
        slices=shown,
    )


def _scores(slices: Results, cases: Results, settings: Settings) -> Scores:
    policy, seed = settings.policy, settings.seed
    of_slices = summarise(slices, policy=policy, seed=seed)
    return Scores(
        segmentation=by_region(summarise(cases, policy=policy, seed=seed)),
        segmentation_per_slice=by_region(of_slices),
        fusion={
            measure.key: score
            for measure, score in of_slices.items()
            if measure.track == "fusion"
        },
    )


def _unseen(
    draft: Report, slices: Results, cases: Results, settings: Settings
) -> Scores | None:
    """Return the scores without the patients that the method has learned from."""
    seen = set(draft.submission.seen_patients) & set(slices.patients)
    if not seen:
        return None
    slices, cases = without(slices, seen), without(cases, seen)
    return _scores(slices, cases, settings) if len(cases) else Scores()


def _joined(tables: Sequence[Results]) -> Results:
    first, *more = tables
    for table in more:
        first = beside(first, table)
    return first


def _rows(task: Task, expected: Expected, missing: npt.NDArray[np.bool_]) -> Rows:
    return Rows(
        ids=tuple(map(str, expected.ids)),
        cases=tuple(one.case for one in expected.ids),
        patients=expected.patients,
        diagonal_mm=tuple(
            image_diagonal_mm(expected.image_shape, spacing)
            for spacing in task.spacing_mm
        ),
        missing=missing,
    )


def _volumes(scores: SliceScores, rows: Rows, task: Task) -> Volumes:
    members = members_of(rows.cases)
    summed = [scores.counts[index].sum(axis=0) for index in members.values()]
    counts = np.stack(summed)
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    return Volumes(
        cases=tuple(members),
        regions=tuple(task.protocol.regions),
        reference=tp + fn,
        prediction=tp + fp,
        pixel_mm2=tuple(
            float(np.prod(task.spacing_mm[index[0]])) for index in members.values()
        ),
    )


def _coverage(expected: Expected, present: npt.NDArray[np.bool_]) -> Coverage:
    cases = {one.case for one in expected.ids}
    lacking = {
        one.case for one, here in zip(expected.ids, present, strict=True) if not here
    }
    return Coverage(
        expected=len(expected),
        scored=int(present.sum()),
        missing=int((~present).sum()),
        cases=len(cases),
        cases_complete=len(cases) - len(lacking),
    )


def _profiles(scores: SliceScores, task: Task) -> dict[str, dict[str, float | None]]:
    return {
        name: dict(zip(task.protocol.fusion, _means(values), strict=True))
        for name, values in zip(task.fusers, scores.fusers, strict=True)
    }


def _means(values: npt.NDArray[np.float64]) -> Iterable[float | None]:
    for column in values.T:
        defined = column[~np.isnan(column)]
        yield float(defined.mean()) if defined.size else None
