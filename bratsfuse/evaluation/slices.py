"""Every slice of a split against its reference: numbers as the metrics give them."""

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy.codings import OURS
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.parallel import in_order
from bratsfuse.progress import Progress
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.split_file import SplitFile
from bratsfuse.report.records import Protocol as ScoringProtocol

ROWS_AT_ONCE = 8
"""Slices per task: small enough to share a split evenly, large enough to send."""


class Images(Protocol):
    """One uint8 image (H, W) per row; travels to other processes by its path."""

    def __getitem__(self, row: int) -> npt.NDArray[np.uint8]:
        """Return the image of a row."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is needed to score any row of a split.

    Attributes
    ----------
    split
        The release's file: modalities, and fusion products to compare with.
    protocol
        Which metrics, by which rules.
    spacing_mm
        Rows and columns, for each row.
    fused, masks
        The predictions; None if the track is not scored.
    references
        The true masks; None if segmentation is not scored.
    fusers
        Fusion products of the release that are scored besides.
    """

    split: SplitFile
    protocol: ScoringProtocol
    spacing_mm: tuple[tuple[float, float], ...]
    fused: Images | None
    masks: Images | None
    references: Images | None
    fusers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceScores:
    """The numbers of some rows, undefined as NaN; no policy has touched them.

    Attributes
    ----------
    fusion
        float64 (rows, fusion metrics).
    fusers
        float64 (fusers, rows, fusion metrics).
    segmentation
        float64 (rows, regions, segmentation metrics).
    counts
        int64 (rows, regions, 4): tp, fp, fn, tn in pixels.
    lesions
        int64 (rows, regions, 3): tp, fp, fn in lesions; 0 if no metric asks for them.
    """

    fusion: npt.NDArray[np.float64]
    fusers: npt.NDArray[np.float64]
    segmentation: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    lesions: npt.NDArray[np.int64]


def score_slices(
    task: Task, rows: int, *, workers: int, progress: Progress
) -> SliceScores:
    """Return the scores of all rows, the same for any number of workers.

    Parameters
    ----------
    task
        What to score.
    rows
        How many rows the split has.
    workers
        Processes; each opens the files by itself.
    progress
        Called after every scored slice.
    """
    starts = range(0, rows, ROWS_AT_ONCE)
    blocks = [range(start, min(start + ROWS_AT_ONCE, rows)) for start in starts]
    work = functools.partial(score_rows, task)
    progress("score", 0, rows)
    # The first block is scored here: what it loads and compiles, forked workers have.
    rest = in_order(work, blocks[1:], workers, forked=True)
    parts = []
    for block, part in zip(
        blocks, itertools.chain(map(work, blocks[:1]), rest), strict=True
    ):
        parts.append(part)
        progress("score", block.stop, rows)
    return SliceScores(
        fusion=np.concatenate([part.fusion for part in parts]),
        fusers=np.concatenate([part.fusers for part in parts], axis=1),
        segmentation=np.concatenate([part.segmentation for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        lesions=np.concatenate([part.lesions for part in parts]),
    )


def score_rows(task: Task, rows: Sequence[int]) -> SliceScores:
    """Return the scores of some rows."""
    keys, regions = task.protocol.fusion, list(task.protocol.regions)
    fused_scores = np.empty((len(rows), len(keys) if task.fused else 0))
    fuser_scores = np.empty((len(task.fusers), len(rows), len(keys)))
    asked = task.protocol.segmentation if task.masks else ()
    metrics = [segmentation.METRICS[key] for key in asked]
    masks_scores = np.empty((len(rows), len(regions), len(metrics)))
    counts = np.zeros((len(rows), len(regions), 4), np.int64)
    lesions = np.zeros((len(rows), len(regions), 3), np.int64)
    of_lesions = any(metric.family == "lesion" for metric in metrics)
    for i, row in enumerate(rows):
        if task.fused or task.fusers:
            images = [task.split.pixels(name, row) for name in task.protocol.sources]
            sources = fusion.Sources(np.stack(images))
            if task.fused:
                fused_scores[i] = _fusion(sources, task.fused[row], keys)
            for j, name in enumerate(task.fusers):
                product = task.split.pixels(f"{FUSION_PREFIX}{name}", row)
                fuser_scores[j, i] = _fusion(sources, product, keys)
        if task.masks and task.references:
            pairs = segmentation.compare(
                task.references[row],
                task.masks[row],
                task.spacing_mm[row],
                task.protocol.regions,
                OURS,
                preset=task.protocol.preset,
            )
            for j, pair in enumerate(pairs.values()):
                masks_scores[i, j] = [pair.score(metric) for metric in metrics]
                counts[i, j] = astuple(pair.counts)
                if of_lesions:
                    lesions[i, j] = astuple(pair.lesions.counts)
    return SliceScores(
        fusion=fused_scores,
        fusers=fuser_scores,
        segmentation=masks_scores,
        counts=counts,
        lesions=lesions,
    )


def _fusion(
    sources: fusion.Sources, fused: npt.NDArray[np.uint8], keys: Iterable[str]
) -> list[float]:
    return list(fusion.evaluate(sources, fused, list(keys)).values())
