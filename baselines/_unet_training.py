"""How the U-Net is trained: the same recipe for whatever it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam, Optimizer

from bratsfuse.baselines._late_unet import LateUNet
from bratsfuse.baselines._region_loss import (
    region_cross_entropy,
    segmentation_loss,
    soft_dice_loss,
)
from bratsfuse.baselines._regions import labels_to_regions, logits_to_labels
from bratsfuse.baselines._unet import MAX_CHANNELS, UNet
from bratsfuse.errors import InvalidInputError
from bratsfuse.training import ranks
from bratsfuse.training.config import Positive, TrainingConfig
from bratsfuse.training.resizing import downsample, enlarge
from bratsfuse.training.standardising import segmenter_input
from bratsfuse.training.trainable import Batch, Prediction, Training, portions

_NETWORK = "follower"
"""As in Fuse4Seg, where the same network follows the fusion network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetConfig(TrainingConfig):
    """What can be chosen in the training of a U-Net.

    Attributes
    ----------
    join
        ``early``: the sources side by side as the channels of one input; ``late``: an
        encoder for each, joined as features.
    lr_follower
        Learning rate; the name is that of Fuse4Seg, whose follower is this network.
    """

    join: Literal["early", "late"] = "early"
    lr_follower: Positive = 3e-3

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        if len(self.sources) > MAX_CHANNELS:
            raise InvalidInputError(
                f"sources: found {len(self.sources)}, expected at most {MAX_CHANNELS}"
            )
        if self.join == "late" and len(self.sources) < 2:
            raise InvalidInputError(
                "join: found 'late' with one source, expected at least two to join"
            )


class TrainableUNet:
    """A U-Net and its optimiser."""

    streams: tuple[str, ...] = ("train",)

    def __init__(
        self,
        config: UNetConfig,
        device: torch.device,
        *,
        channels: int | None = None,
    ) -> None:
        kind = LateUNet if config.join == "late" else UNet
        count = channels or len(config.sources)
        self._net = kind.preset(config.preset, count).to(device)
        self._optimiser = Adam(self._net.parameters(), lr=config.lr_follower)
        self._config = config
        self.memory: dict[str, float] = {}
        self.networks: Mapping[str, nn.Module] = {_NETWORK: self._net}
        self.optimisers: Mapping[str, Optimizer] = {_NETWORK: self._optimiser}

    def step(self, number: int, batches: Sequence[Batch]) -> Mapping[str, float]:
        """Take one step and return its loss and the length of its gradient."""
        (batch,) = batches
        self._optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for part in portions(batch, self._config.accumulate):
            loss = segmentation_loss(*self._seen(part)) / self._config.accumulate
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        ranks.average(p.grad for p in self._net.parameters() if p.grad is not None)
        longest = self._config.clip_gradient or float("inf")
        length = clip_grad_norm_(self._net.parameters(), longest)
        self._optimiser.step()
        return {"loss": total, "gradient": float(length)}

    def losses(self, batch: Batch) -> Mapping[str, float]:
        """Return the loss on a batch and its two terms."""
        logits, regions = self._seen(batch)
        entropy = region_cross_entropy(logits, regions).item()
        dice = soft_dice_loss(logits, regions).item()
        return {"loss": entropy + dice, "cross_entropy": entropy, "soft_dice": dice}

    def predict(self, images: Tensor) -> Prediction:
        """Return the labels of some images, of their size."""
        return Prediction(labels=self.found_in(images))

    def found_in(self, images: Tensor) -> Tensor:
        """Return the labels that the network finds in what it is given."""
        factor = self._config.downsample
        logits = self._net(self._given(images))
        height, width = images.shape[-2:]
        return logits_to_labels(enlarge(logits, factor, (height, width)))

    def _seen(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the logits of a batch, and the regions that they should be."""
        factor = self._config.downsample
        regions = downsample(labels_to_regions(batch.masks), factor)
        return self._net(self._given(batch.images)), regions

    def _given(self, images: Tensor) -> Tensor:
        """Return images as the network is given them."""
        return segmenter_input(
            images, self._config.downsample, standardised=self._config.standardise
        )


TRAINING = Training(config=UNetConfig, build=TrainableUNet, tracks=("segmentation",))
