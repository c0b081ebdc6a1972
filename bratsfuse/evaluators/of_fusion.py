"""Fused images of a validation loop against their sources."""

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluators._batches import grey_levels
from bratsfuse.evaluators._evaluator import Evaluator
from bratsfuse.metrics import fusion


class FusionEvaluator(Evaluator[list[float], list[tuple[Any, list[float]]]]):
    """The mean fusion metrics of all images seen since the last `reset`.

    Parameters
    ----------
    metrics
        None for the 14 of a report, ``"all"``, or keys of `fusion.METRICS`.
    convention
        Whose definitions, as of `fusion.evaluate`.

    Raises
    ------
    InvalidInputError
        If the convention lacks a metric.
    UnknownNameError
        If a key or the convention is unknown.

    Examples
    --------
    >>> evaluator = FusionEvaluator(["en", "mi"])
    >>> sources = torch.rand(4, 2, 32, 32, generator=torch.manual_seed(0))
    >>> evaluator.update(sources.mean(dim=1, keepdim=True), sources)
    >>> sorted(evaluator.compute())
    ['en', 'mi']
    """

    def __init__(
        self,
        metrics: str | Sequence[str] | None = None,
        convention: fusion.Convention = "bratsfuse",
    ) -> None:
        self.metrics = fusion.check_names(metrics, convention)
        self.convention = convention
        self.reset()

    def update(
        self,
        preds: torch.Tensor,
        target: torch.Tensor,
        case_id: Sequence[str] | None = None,
    ) -> None:
        """Score a batch.

        Parameters
        ----------
        preds
            Fused images, (N, 1, H, W) or (N, H, W): uint8, or floats in [0, 1], which
            are scored as they would be stored, ``round(255 * x)``.
        target
            Their sources, (N, S, H, W), S >= 2, of the same two kinds.
        case_id
            The case of each image. Then the mean is over cases, each the mean of its
            slices, as in a report; without, over images.

        Raises
        ------
        InvalidInputError
            If a batch has another shape, type or range.
        """
        self._take(preds, target, case_id)

    def compute(self) -> dict[str, torch.Tensor]:
        """Return the mean of each metric, float64 without dimensions.

        Undefined values are left out, as in a report; NaN where none is defined, and
        before the first batch.
        """
        return self._means(self._totals)

    def __repr__(self) -> str:
        return f"FusionEvaluator({' '.join(self.metrics)}; {self._seen} images)"

    def _scored(self, preds: torch.Tensor, target: torch.Tensor) -> list[list[float]]:
        fused, sources = _batches(preds, target)
        evaluate = partial(fusion.evaluate, convention=self.convention)
        return [
            list(evaluate(images, image, self.metrics).values())
            for images, image in zip(sources, fused, strict=True)
        ]

    def _nothing(self) -> list[tuple[Any, list[float]]]:
        return []

    def _add(
        self,
        totals: list[tuple[Any, list[float]]],
        batch: Sequence[tuple[Any, list[float]]],
    ) -> None:
        totals += batch

    def _means(self, totals: list[tuple[Any, list[float]]]) -> dict[str, torch.Tensor]:
        means = _means(totals, len(self.metrics))
        return {
            key: torch.tensor(mean, dtype=torch.float64)
            for key, mean in zip(self.metrics, means, strict=True)
        }


def _batches(
    preds: torch.Tensor, target: torch.Tensor
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    fused, sources = grey_levels(preds, "preds"), grey_levels(target, "target")
    if fused.ndim == 4 and fused.shape[1] == 1:
        fused = fused[:, 0]
    fits = (
        fused.ndim == 3
        and sources.ndim == 4
        and sources.shape[1] >= 2
        and (len(fused), *fused.shape[1:]) == (len(sources), *sources.shape[2:])
    )
    if not fits:
        raise InvalidInputError(
            f"preds {tuple(preds.shape)}, target {tuple(target.shape)}; expected the "
            "fused images (N, 1, H, W) first, then their sources (N, S, H, W) with "
            "S >= 2: update(fused, sources)"
        )
    return fused, sources


def _means(scores: Sequence[tuple[Any, Sequence[float]]], count: int) -> list[float]:
    """Return the mean over cases of the means over their images, NaN left out."""
    means = []
    for place in range(count):
        of_case: dict[Any, list[float]] = {}
        for case, values in scores:
            if not math.isnan(values[place]):
                of_case.setdefault(case, []).append(values[place])
        means.append(_mean(_mean(values) for values in of_case.values()))
    return means


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return math.fsum(found) / len(found) if found else math.nan
