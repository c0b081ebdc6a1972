"""Predicted label maps of a validation loop against those of the release."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluators._batches import label_maps
from bratsfuse.evaluators._evaluator import Evaluator
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.empty_policy import fill_undefined
from bratsfuse.metrics.segmentation import Counts

"""Case -> region -> the pixels of all its slices."""


_PerCase = dict[Any, dict[str, Counts]]


class SegmentationEvaluator(Evaluator[dict[str, Counts], _PerCase]):
    """The mean overlap metrics of all label maps seen since the last `reset`.

    The pixels of a case are counted over all its slices before a ratio is made of them,
    as in a report. Metrics of surfaces and lesions are left to ``bratsfuse evaluate``.

    Parameters
    ----------
    metrics
        Keys of `segmentation.METRICS` that are ratios of pixel counts.
    regions, coding
        As of `segmentation.evaluate`.
    policy
        What stands for undefined, one of `bratsfuse.metrics.empty_policy.POLICIES`.

    Raises
    ------
    InvalidInputError
        If a metric is not such a ratio, or a region or the policy is unknown.
    UnknownNameError
        If no coding has that name.

    Examples
    --------
    >>> evaluator = SegmentationEvaluator(regions=["WT"])
    >>> evaluator.update(torch.tensor([[[2, 2, 0]]]), torch.tensor([[[2, 0, 0]]]))
    >>> evaluator.compute()
    {'WT_dice': tensor(0.6667, dtype=torch.float64)}
    """

    def __init__(
        self,
        metrics: Sequence[str] = ("dice",),
        regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
        coding: str | None = None,
        *,
        policy: str = "brats",
    ) -> None:
        self.metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
        _check_metrics(self.metrics)
        self.regions = regions if isinstance(regions, Mapping | None) else [*regions]
        self.coding = coding
        self.policy = policy
        nothing = np.zeros((1, 1), np.uint8)
        counted = segmentation.count_pixels(nothing, nothing, self.regions, coding)
        self._names = tuple(counted)
        fill_undefined(
            {}, reference_is_empty=True, prediction_is_empty=True, diagonal_mm=1,
            policy=policy,
        )  # fmt: skip
        self.reset()

    def update(
        self,
        preds: torch.Tensor,
        target: torch.Tensor,
        case_id: Sequence[str] | None = None,
    ) -> None:
        """Count the pixels of a batch.

        Parameters
        ----------
        preds, target
            Predicted and true label maps, integers (N, H, W) or (N, 1, H, W). The
            prediction comes first, as in torchmetrics; `segmentation.evaluate` takes
            the reference first.
        case_id
            The case of each slice; without, each slice is a case of its own.

        Raises
        ------
        InvalidInputError
            If a batch has another shape or type, or labels outside the coding.
        """
        self._take(preds, target, case_id)

    def compute(self) -> dict[str, torch.Tensor]:
        """Return ``{"WT_dice": ..., ...}``, means over cases, float64.

        A value that the policy leaves undefined is left out of its mean; NaN where none
        is defined, and before the first batch.
        """
        return self._means(self._totals)

    def __repr__(self) -> str:
        asked = f"{' '.join(self.metrics)} of {' '.join(self._names)}"
        return f"SegmentationEvaluator({asked}; {self._seen} label maps)"

    def _scored(
        self, preds: torch.Tensor, target: torch.Tensor
    ) -> list[dict[str, Counts]]:
        predicted, true = label_maps(preds, "preds"), label_maps(target, "target")
        if predicted.shape != true.shape:
            raise InvalidInputError(
                f"preds {tuple(preds.shape)}, target {tuple(target.shape)}; expected "
                "label maps of equal shape"
            )
        return [
            segmentation.count_pixels(t, p, self.regions, self.coding)
            for t, p in zip(true, predicted, strict=True)
        ]

    def _nothing(self) -> _PerCase:
        return {}

    def _add(
        self, totals: _PerCase, batch: Sequence[tuple[Any, dict[str, Counts]]]
    ) -> None:
        for case, one in batch:
            before = totals.get(case)
            totals[case] = {
                name: _sum(before[name], count) if before else count
                for name, count in one.items()
            }

    def _means(self, totals: _PerCase) -> dict[str, torch.Tensor]:
        scores = {}
        for region in self._names:
            of_cases = [self._scores(one[region]) for one in totals.values()]
            for key in self.metrics:
                values = [one[key] for one in of_cases if not math.isnan(one[key])]
                mean = math.fsum(values) / len(values) if values else math.nan
                scores[f"{region}_{key}"] = torch.tensor(mean, dtype=torch.float64)
        return scores

    def _scores(self, counts: Counts) -> dict[str, float]:
        """Return the metrics of one region of a case, undefined by the policy."""
        known = segmentation.METRICS
        return fill_undefined(
            {key: known[key].score(counts) for key in self.metrics},
            reference_is_empty=counts.reference == 0,
            prediction_is_empty=counts.prediction == 0,
            diagonal_mm=math.nan,  # of distances, which are not among them
            policy=self.policy,
        )


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(
        one.tp + other.tp, one.fp + other.fp, one.fn + other.fn, one.tn + other.tn
    )


def _check_metrics(metrics: Sequence[str]) -> None:
    ratios = [k for k, m in segmentation.METRICS.items() if m.shared == "pixel counts"]
    wrong = [key for key in metrics if key not in ratios]
    if wrong or not metrics:
        raise InvalidInputError(
            f"metrics: found {wrong or 'none'}, expected any of {', '.join(ratios)}, "
            "which are ratios of pixel counts; bratsfuse evaluate gives all others"
        )
