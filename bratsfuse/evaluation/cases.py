"""Slices pooled to cases: the unit of every headline number is the case.

A slice mean rewards a method for what it leaves out: most slices of a case contain
little tumour, and each counts as much as the largest. Therefore

- overlap metrics are ratios of pixel counts summed over the slices of the case;
- surface metrics are means over those slices in which the reference or the prediction
  has the region ("2D slice HD95"), since a release contains some slices of a volume;
- lesions are counted over all slices; ``lesion_dice`` and ``lesion_hd95`` are means
  over all lesions, true-positive, false-negative or false-positive;
- fusion metrics are means over the slices.

Which of these a metric is, its record says; nothing here knows a key.

A slice that was not submitted adds its reference pixels and lesions as false negatives,
the worst distance, and nothing that was rightly left empty; a case that would owe a
good value to such a slice has the worst instead. Its status says so.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from bratsfuse.evaluation.missing import worst_segmentation
from bratsfuse.evaluation.slices import SliceScores
from bratsfuse.evaluation.tables import Rows
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.metrics.empty_policy import POLICIES, fill_undefined
from bratsfuse.metrics.segmentation import PRESETS, Counts, LesionCounts
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Results, Status

_BY_POLICY = (Status.POLICY, Status.UNDEFINED)
"""Slices whose value the empty-mask policy gave, or which it left out."""


def segmentation_per_case(
    scores: SliceScores, per_slice: Results, rows: Rows, protocol: Protocol
) -> Results:
    """Return the segmentation scores of every case.

    Parameters
    ----------
    scores
        Of the slices, as the metrics gave them.
    per_slice
        The same with the policy's and the worst values, for the surface metrics.
    rows
        What the slices are.
    protocol
        Which metrics, by which rules.
    """
    regions, keys = list(protocol.regions), protocol.segmentation
    metrics = tuple(METRICS["segmentation"][key] for key in keys)
    filled = per_slice.values.reshape(len(rows.ids), len(regions), len(keys))
    status = per_slice.status.reshape(filled.shape)
    members = members_of(rows.cases)
    values = np.empty((len(members), len(regions), len(keys)))
    codes = np.empty(values.shape, np.uint8)
    for i, index in enumerate(members.values()):
        for j in range(len(regions)):
            case = _Case(
                raw=dict(zip(keys, scores.segmentation[index, j].T, strict=True)),
                filled=dict(zip(keys, filled[index, j].T, strict=True)),
                status=dict(zip(keys, status[index, j].T, strict=True)),
                counts=scores.counts[index, j],
                lesions=scores.lesions[index, j],
                missing=rows.missing[index],
                diagonal_mm=max(rows.diagonal_mm[row] for row in index),
                metrics=metrics,
                protocol=protocol,
            )
            values[i, j], codes[i, j] = case.pooled()
    measures = tuple(
        Measure("segmentation", region, key) for region in regions for key in keys
    )
    return _results(members, rows, measures, values, codes)


def fusion_per_case(per_slice: Results, rows: Rows) -> Results:
    """Return the mean fusion scores of every case, over the slices with a value."""
    members = members_of(rows.cases)
    values = np.full((len(members), len(per_slice.measures)), np.nan)
    codes = np.full(values.shape, Status.UNDEFINED, np.uint8)
    for i, index in enumerate(members.values()):
        missing = bool(rows.missing[index].any())
        for j, column in enumerate(per_slice.values[index].T):
            defined = column[~np.isnan(column)]
            if defined.size:
                values[i, j] = math.fsum(defined) / defined.size
                policed = Status.POLICY in per_slice.status[index, j]
                whole = Status.POLICY if policed else Status.SCORED
                codes[i, j] = Status.MISSING if missing else whole
    return _results(members, rows, per_slice.measures, values, codes)


def members_of(cases: Sequence[str]) -> dict[str, list[int]]:
    """Return case -> its rows, both in the order of the rows."""
    members: dict[str, list[int]] = {}
    for row, case in enumerate(cases):
        members.setdefault(case, []).append(row)
    return members


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One region of one case, from the numbers of its slices.

    Attributes
    ----------
    raw, filled, status
        Key -> one value per slice: as the metric gave it, with the policy's and the
        worst values, and how that came about.
    counts, lesions
        tp, fp, fn, tn in pixels and tp, fp, fn in lesions, of each slice.
    missing
        Whether each slice was not submitted.
    diagonal_mm
        Of the image.
    metrics
        Those of the protocol.
    protocol
        The rules.
    """

    raw: Mapping[str, npt.NDArray[np.float64]]
    filled: Mapping[str, npt.NDArray[np.float64]]
    status: Mapping[str, npt.NDArray[np.uint8]]
    counts: npt.NDArray[np.int64]
    lesions: npt.NDArray[np.int64]
    missing: npt.NDArray[np.bool_]
    diagonal_mm: float
    metrics: tuple[Metric, ...]
    protocol: Protocol

    def total(self) -> Counts:
        """Return the counts of all slices together."""
        per_slice = self.counts.copy()
        per_slice[self.missing, 3] = 0  # nobody rightly left these pixels out
        return Counts(*(int(n) for n in per_slice.sum(axis=0)))

    def pooled(self) -> tuple[list[float], list[Status]]:
        """Return value and status by key."""
        total = self.total()
        raw = {metric.key: self._pooled(metric, total) for metric in self.metrics}
        policed = {metric.key for metric in self.metrics if self._is_policed(metric)}
        filled = fill_undefined(
            raw,
            reference_is_empty=total.reference == 0,
            prediction_is_empty=total.prediction == 0,
            diagonal_mm=self.diagonal_mm,
            policy=self.protocol.policy,
        )
        values, status = [], []
        for key, value in filled.items():
            nothing_there = total.reference == 0 or math.isnan(raw[key])
            number = self._worst(key, value) if nothing_there else value
            values.append(number)
            replaced = key in policed or math.isnan(raw[key])
            status.append(self._status(number, replaced=replaced))
        return values, status

    def _pooled(self, metric: Metric, total: Counts) -> float:
        """Return the value of a metric over all slices, as its record says."""
        match metric.pooling:
            case "counts" if metric.shared == "lesion counts":
                return metric.score(LesionCounts(*self.lesions.sum(axis=0).tolist()))
            case "counts":
                return metric.score(total)
            case "slice mean":
                return self._mean(self.filled[metric.key][self._somewhere()])
            case "lesion mean":
                return self._lesion_mean(self.raw[metric.key])
            case _:
                assert_never(metric.pooling)

    def _somewhere(self) -> npt.NDArray[np.bool_]:
        """Return the slices in which a mask has the region, or which are missing."""
        return np.asarray((self.counts[:, :3].sum(axis=1) > 0) | self.missing)

    def _is_policed(self, metric: Metric) -> bool:
        """Return whether the policy gave the value of a slice, or left it out."""
        if metric.pooling != "slice mean":
            return False
        status = self.status[metric.key][self._somewhere()]
        return bool(np.isin(status, _BY_POLICY).any())

    def _mean(self, values: npt.NDArray[np.float64]) -> float:
        defined = values[~np.isnan(values)]
        left_out = POLICIES[self.protocol.policy].undefined_is_left_out
        if not defined.size or (defined.size < values.size and not left_out):
            return math.nan
        return math.fsum(defined) / defined.size

    def _lesion_mean(self, values: npt.NDArray[np.float64]) -> float:
        """Return the mean over the lesions of all slices.

        Without any lesion every slice has the value of its script for nothing to score.
        Each slice weighs as much as its script divides by.
        """
        lesions = self.lesions.sum(axis=1)
        if not PRESETS[self.protocol.preset].counts_false_positives:
            lesions = lesions - self.lesions[:, 1]
        if not lesions.any():
            lesions = np.ones_like(lesions)
        has = lesions > 0  # a metric may be undefined in a slice without any
        return math.fsum((values * lesions)[has]) / float(lesions.sum())

    def _worst(self, key: str, value: float) -> float:
        """Return the worst value where a missing slice would be paid for."""
        if not self.missing.any():
            return value
        worst = worst_segmentation(
            key, diagonal_mm=self.diagonal_mm, preset=self.protocol.preset
        )
        return value if worst is None else worst

    def _status(self, value: float, *, replaced: bool) -> Status:
        if math.isnan(value):
            return Status.UNDEFINED
        if self.missing.any():
            return Status.MISSING
        return Status.POLICY if replaced else Status.SCORED


def _results(
    members: dict[str, list[int]],
    rows: Rows,
    measures: Sequence[Measure],
    values: npt.NDArray[np.float64],
    status: npt.NDArray[np.uint8],
) -> Results:
    return Results(
        unit="case",
        ids=tuple(members),
        cases=tuple(members),
        patients=tuple(rows.patients[index[0]] for index in members.values()),
        measures=tuple(measures),
        values=values.reshape(len(members), -1),
        status=status.reshape(len(members), -1),
    )
