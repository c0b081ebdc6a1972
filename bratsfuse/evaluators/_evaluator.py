"""What evaluators share: the calls of torchmetrics, without its classes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import torch

from bratsfuse.evaluators._batches import cases_of

Score = TypeVar("Score")
Totals = TypeVar("Totals")


class Evaluator(ABC, Generic[Score, Totals]):
    """Scores of batches, kept until the next `reset`."""

    def reset(self) -> None:
        """Forget everything seen."""
        self._seen = 0
        self._totals = self._nothing()

    def __call__(
        self,
        preds: torch.Tensor,
        target: torch.Tensor,
        case_id: Sequence[str] | None = None,
    ) -> dict[str, torch.Tensor]:
        """Update, and return the scores of this batch alone."""
        alone = self._nothing()
        self._add(alone, self._take(preds, target, case_id))
        return self._means(alone)

    def _take(
        self, preds: torch.Tensor, target: torch.Tensor, case_id: Sequence[str] | None
    ) -> list[tuple[Any, Score]]:
        """Return the case and the score of each slice of a batch, and keep them."""
        scores = self._scored(preds, target)
        cases = cases_of(case_id, len(scores), self._seen)
        batch = list(zip(cases, scores, strict=True))
        self._seen += len(batch)
        self._add(self._totals, batch)
        return batch

    @abstractmethod
    def _scored(self, preds: torch.Tensor, target: torch.Tensor) -> list[Score]: ...

    @abstractmethod
    def _nothing(self) -> Totals: ...

    @abstractmethod
    def _add(self, totals: Totals, batch: Sequence[tuple[Any, Score]]) -> None: ...

    @abstractmethod
    def _means(self, totals: Totals) -> dict[str, torch.Tensor]: ...
