"""Scores of slices as tables, each with its status.

The policy's value stands where a mask is empty, the worst where nothing was submitted.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bratsfuse.evaluation.missing import worst_fusion, worst_segmentation
from bratsfuse.evaluation.slices import SliceScores
from bratsfuse.metrics.empty_policy import fill_undefined
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Results, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the rows of a split are.

    Attributes
    ----------
    ids, cases, patients
        One of each per row.
    diagonal_mm
        Of the image, with the row's pixel size.
    missing
        Boolean, per row: whether its prediction was not submitted.
    """

    ids: tuple[str, ...]
    cases: tuple[str, ...]
    patients: tuple[str, ...]
    diagonal_mm: tuple[float, ...]
    missing: npt.NDArray[np.bool_]


def segmentation_per_slice(
    scores: SliceScores, rows: Rows, protocol: Protocol
) -> Results:
    """Return the segmentation scores of every slice, region by region.

    A slice that was not submitted has the worst value of every metric, also where the
    region is absent from the reference and an empty mask would have been right.
    """
    regions, keys = list(protocol.regions), protocol.segmentation
    values = np.empty((len(rows.ids), len(regions), len(keys)))
    status = np.empty(values.shape, np.uint8)
    for row in range(len(rows.ids)):
        for region in range(len(regions)):
            values[row, region], status[row, region] = _cell(
                scores.segmentation[row, region].tolist(),
                scores.counts[row, region].tolist(),
                keys,
                protocol,
                diagonal_mm=rows.diagonal_mm[row],
                missing=bool(rows.missing[row]),
            )
    measures = [
        Measure("segmentation", region, key) for region in regions for key in keys
    ]
    return _results("slice", rows, measures, values, status)


def fusion_per_slice(scores: SliceScores, rows: Rows, protocol: Protocol) -> Results:
    """Return the fusion scores of every slice; the worst value where one is missing.

    A metric may be undefined because of the fused image alone: a constant image
    correlates with nothing, a copy of a source adds nothing. Where a fusion product of
    the release has a value, the submission then has the worst, so that nobody gains by
    images that cannot be scored.
    """
    values = scores.fusion.copy()
    worst = np.array([worst_fusion(key) for key in protocol.fusion])
    undefined = np.isnan(values)
    its_own_fault = undefined & ~np.isnan(scores.fusers).all(axis=0)
    values = np.where(its_own_fault, worst, values)
    status = np.where(undefined, Status.UNDEFINED, Status.SCORED)
    status[its_own_fault] = Status.POLICY
    values[rows.missing] = worst
    status[rows.missing] = Status.MISSING
    measures = [Measure("fusion", "", key) for key in protocol.fusion]
    return _results("slice", rows, measures, values, status)


def beside(left: Results, right: Results) -> Results:
    """Return two tables of the same rows as one, the columns of the left first."""
    return Results(
        unit=left.unit,
        ids=left.ids,
        cases=left.cases,
        patients=left.patients,
        measures=(*left.measures, *right.measures),
        values=np.concatenate([left.values, right.values], axis=1),
        status=np.concatenate([left.status, right.status], axis=1),
    )


def without(results: Results, patients: Collection[str]) -> Results:
    """Return the rows of a table that are not of some patients."""
    kept = [row for row, one in enumerate(results.patients) if one not in patients]
    return replace(
        results,
        ids=tuple(results.ids[row] for row in kept),
        cases=tuple(results.cases[row] for row in kept),
        patients=tuple(results.patients[row] for row in kept),
        values=results.values[kept],
        status=results.status[kept],
    )


def _cell(
    scores: Sequence[float],
    counts: Sequence[int],
    keys: Sequence[str],
    protocol: Protocol,
    *,
    diagonal_mm: float,
    missing: bool,
) -> tuple[list[float], list[Status]]:
    """Return the values and statuses of one region of one slice."""
    tp, fp, fn, _ = counts
    raw = dict(zip(keys, scores, strict=True))
    filled = fill_undefined(
        raw,
        reference_is_empty=tp + fn == 0,
        prediction_is_empty=tp + fp == 0,
        diagonal_mm=diagonal_mm,
        policy=protocol.policy,
    )
    if missing:
        for key in keys:
            worst = worst_segmentation(
                key, diagonal_mm=diagonal_mm, preset=protocol.preset
            )
            filled[key] = filled[key] if worst is None else worst
    status = [_status(raw[key], filled[key], missing=missing) for key in keys]
    return list(filled.values()), status


def _status(raw: float, filled: float, *, missing: bool) -> Status:
    if math.isnan(filled):
        return Status.UNDEFINED
    if missing:
        return Status.MISSING
    return Status.POLICY if math.isnan(raw) else Status.SCORED


def _results(
    unit: str,
    rows: Rows,
    measures: Sequence[Measure],
    values: npt.NDArray[np.float64],
    status: npt.NDArray[np.generic],
) -> Results:
    return Results(
        unit="slice" if unit == "slice" else "case",
        ids=rows.ids,
        cases=rows.cases,
        patients=rows.patients,
        measures=tuple(measures),
        values=values.reshape(len(rows.ids), -1),
        status=status.astype(np.uint8).reshape(len(rows.ids), -1),
    )
