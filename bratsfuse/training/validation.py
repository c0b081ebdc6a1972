"""How good the networks are on the validation split.

The Dice here watches a training and is no result: it sees cropped images, and a
baseline must not know how submissions are scored.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from bratsfuse.anatomy import REGIONS, lookup_table
from bratsfuse.training.slices import Slices
from bratsfuse.training.trainable import Trainable

DICE: Final = "dice"
LOSS: Final = "loss"


class CaseDice:
    """The Dice of each region of each case, over all its slices together."""

    def __init__(self) -> None:
        self._tables = {
            region: torch.from_numpy(lookup_table(labels))
            for region, labels in REGIONS.items()
        }
        self._pixels: dict[tuple[str, str], Tensor] = {}

    def add(self, cases: Sequence[str], labels: Tensor, masks: Tensor) -> None:
        """Take in predicted and true labels, uint8 (B, H, W), of slices of cases."""
        for region, table in self._tables.items():
            predicted = table[labels.cpu().long()].flatten(1)
            true = table[masks.cpu().long()].flatten(1)
            both = (predicted & true).sum(dim=1)
            sizes = predicted.sum(dim=1) + true.sum(dim=1)
            for case, pixels in zip(cases, torch.stack([both, sizes], 1), strict=True):
                key = (region, case)
                self._pixels[key] = self._pixels.get(key, torch.zeros(2)) + pixels

    def scores(self) -> dict[str, float]:
        """Return the mean over cases by region, and their mean as ``dice``.

        A case without a region and without a prediction of it has no Dice and is left
        out; so is a region that no case has.
        """
        means = {}
        for region in self._tables:
            found = [
                float(2 * both / size)
                for (name, _), (both, size) in self._pixels.items()
                if name == region and size
            ]
            if found:
                means[f"{DICE}_{region}"] = sum(found) / len(found)
        if means:
            means[DICE] = sum(means.values()) / len(means)
        return means


def validate(trainable: Trainable, slices: Slices, batch_size: int) -> dict[str, float]:
    """Return the mean losses on all slices and, where labels are predicted, the Dice.

    Networks are in evaluation mode meanwhile; nothing is learned.
    """
    sums: dict[str, float] = {}
    dice = CaseDice()
    for network in trainable.networks.values():
        network.eval()
    with torch.no_grad():
        for first in range(0, len(slices), batch_size):
            rows = range(first, min(first + batch_size, len(slices)))
            batch = slices.batch(rows)
            for name, value in trainable.losses(batch).items():
                sums[name] = sums.get(name, 0.0) + value * len(rows)
            found = trainable.predict(batch.images)
            if found.labels is not None:
                cases = [slices.case_ids[row] for row in rows]
                dice.add(cases, found.labels, batch.masks)
    for network in trainable.networks.values():
        network.train()
    means = {name: total / len(slices) for name, total in sums.items()}
    return means | dice.scores()
