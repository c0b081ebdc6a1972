"""Which slices a report shows: the worst, the median and the best of each track."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from bratsfuse.evaluation.slices import Task
from bratsfuse.metrics import METRICS
from bratsfuse.report.drawn import Picture
from bratsfuse.results import TRACKS, Measure, Results, Status, Track

_FUSION_KEY: Final = "qabf"
"""What fusion slices are chosen by: bounded, and blind to contrast stretching."""

_RANKS: Final[tuple[Literal["worst", "median", "best"], ...]] = (
    "worst",
    "median",
    "best",
)


def choose_pictures(task: Task, per_slice: Results) -> tuple[Picture, ...]:
    """Return up to three slices of each scored track, worst first.

    Segmentation goes by the Dice of the first region, fusion by ``qabf``. Slices that
    were not submitted, and values that a policy gave, are not chosen.
    """
    pictures = []
    for track in TRACKS:
        measure = _chosen_by(track, per_slice)
        if measure is None:
            continue
        rows = _ranked(per_slice, measure)
        places = {"worst": 0, "median": len(rows) // 2, "best": len(rows) - 1}
        shown: set[int] = set()
        for rank in _RANKS:
            if rows and rows[places[rank]] not in shown:
                shown.add(rows[places[rank]])
                pictures.append(
                    _picture(task, per_slice, track, measure, rows[places[rank]], rank)
                )
    return tuple(pictures)


def _chosen_by(track: Track, per_slice: Results) -> Measure | None:
    measures = list(per_slice.of_track(track))
    wanted = _FUSION_KEY if track == "fusion" else "dice"
    preferred = [one for one in measures if one.key == wanted]
    return next(iter([*preferred, *measures]), None)


def _ranked(per_slice: Results, measure: Measure) -> Sequence[int]:
    """Return the rows with a score of their own, the worst first."""
    column = per_slice.measures.index(measure)
    scored = np.flatnonzero(per_slice.status[:, column] == Status.SCORED)
    better = METRICS[measure.track][measure.key].higher_is_better
    values = per_slice.values[scored, column]
    goodness = {True: values, False: -values, None: -np.abs(values)}[better]
    order = np.argsort(goodness, kind="stable")
    return [int(row) for row in scored[order]]


def _picture(
    task: Task,
    per_slice: Results,
    track: Track,
    measure: Measure,
    row: int,
    rank: Literal["worst", "median", "best"],
) -> Picture:
    is_masked = track == "segmentation"
    return Picture(
        slice_id=per_slice.ids[row],
        rank=rank,
        track=track,
        score=(str(measure), float(per_slice.column(measure)[row])),
        original=task.split.pixels(task.protocol.sources[-1], row),
        fused=task.fused[row] if task.fused and not is_masked else None,
        reference=task.references[row] if task.references and is_masked else None,
        prediction=task.masks[row] if task.masks and is_masked else None,
    )
