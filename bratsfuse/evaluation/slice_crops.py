"""Crops of every scored slice for the pages of a report, one case after another."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.evaluation.cases import members_of
from bratsfuse.evaluation.slices import Task
from bratsfuse.pages.crops import box_of, lesion_box, write_crop, write_outlines
from bratsfuse.pages.viewer import Crop, Crops, Shown
from bratsfuse.parallel import in_order
from bratsfuse.progress import Progress
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.results import Results

FUSED: Final = "fused"
REFERENCE: Final = "reference"
PREDICTION: Final = "prediction"


def write_crops(
    task: Task,
    per_slice: Results,
    folder: Path,
    *,
    method: str,
    missing: npt.NDArray[np.bool_] | None,
    workers: int,
    progress: Progress,
) -> Crops:
    """Write the crops of all slices into a folder, and return what it has.

    Every slice gets the source modalities, the fused image, the fusion products of the
    release, and the outlines of reference and prediction, as far as they are scored.

    Parameters
    ----------
    task
        What was scored; with public masks.
    per_slice
        Its rows.
    folder
        An empty folder.
    method
        What the fused images are called.
    missing
        Which rows have no fused image though others have; None if none is scored.
    workers
        Processes, each with one case at a time.
    progress
        Called with ``("slices", done, all)``.
    """
    images = [Shown(name=name, title=name, role="source") for name in _sources(task)]
    if task.fused:
        images.append(Shown(name=FUSED, title=method, role="fused"))
    images += [
        Shown(
            name=f"{FUSION_PREFIX}{name}",
            title=f"{name} of the release" if name == method else name,
            role="product",
        )
        for name in task.fusers
    ]
    unfused = () if missing is None else np.flatnonzero(missing).tolist()
    work = functools.partial(
        _of_case, task, per_slice.ids, per_slice.cases, frozenset(unfused), folder
    )
    found: dict[int, Crop] = {}
    progress("slices", 0, len(per_slice))
    for crops in in_order(work, list(members_of(per_slice.cases).values()), workers):
        found |= crops
        progress("slices", len(found), len(per_slice))
    return Crops(
        images=tuple(images),
        outlines=tuple(_outlines(task)),
        slices=tuple(found[row] for row in range(len(per_slice))),
    )


def _of_case(
    task: Task,
    ids: tuple[str, ...],
    cases: tuple[str, ...],
    unfused: frozenset[int],
    folder: Path,
    rows: Sequence[int],
) -> dict[int, Crop]:
    """Write the crops of a case and return them by their rows."""
    box = box_of(
        task.split.pixels(name, row) for name in _sources(task) for row in rows
    )
    crops = {}
    for row in rows:
        place = folder / ids[row]
        place.mkdir()
        for name in _sources(task):
            write_crop(place, name, task.split.pixels(name, row), box)
        if task.fused and row not in unfused:
            write_crop(place, FUSED, task.fused[row], box)
        for name in task.fusers:
            column = f"{FUSION_PREFIX}{name}"
            write_crop(place, column, task.split.pixels(column, row), box)
        regions = task.protocol.regions
        lesion = None
        if task.references:
            mask = task.references[row]
            lesion = lesion_box(mask, box)
            write_outlines(place, REFERENCE, mask, regions, box)
        if task.masks:
            mask = task.masks[row]
            write_outlines(place, PREDICTION, mask, regions, box, pale=True)
        crops[row] = Crop(
            slice_id=ids[row],
            case=cases[row],
            box=box,
            lesion=lesion,
            lacks=(FUSED,) if task.fused and row in unfused else (),
        )
    return crops


def _sources(task: Task) -> tuple[str, ...]:
    return task.protocol.sources


def _outlines(task: Task) -> Iterator[str]:
    if task.references:
        yield REFERENCE
    if task.masks:
        yield PREDICTION
