"""The losses of leader and follower as functions of their parameters."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.func import functional_call

from bratsfuse.baselines._region_loss import segmentation_loss
from bratsfuse.baselines.fuse4seg.bilevel import Params
from bratsfuse.baselines.fuse4seg.fusion_net import (
    Features,
    FusionNet,
    to_eight_bits,
)
from bratsfuse.baselines.fuse4seg.losses import LossWeights, fusion_terms
from bratsfuse.errors import InvalidInputError
from bratsfuse.training.standardising import segmenter_input


@dataclass(frozen=True, slots=True)
class Batch:
    """Some slices and what a segmenter should find in them.

    Attributes
    ----------
    sources
        Floating point in [0, 1], shape (B, N, H, W).
    regions
        In [0, 1], shape (B, 3, h, w), channels WT, TC, ET, of the size that the
        follower works at.
    """

    sources: Tensor
    regions: Tensor


@dataclass(frozen=True, slots=True)
class Objectives:
    """What leader and follower want, as functions of parameters held elsewhere.

    The networks lend their structure only: a gradient taken here never reaches their
    own parameters, their `.grad` or their flags.

    Attributes
    ----------
    leader
        The fusion network.
    follower
        Any segmenter of one grey image into three region logits that has no memory: no
        batch normalisation and no running statistics.
    weights
        Of the leader's terms. With segmentation 0 the leader does not ask the follower.
    downsample
        The follower is shown images so many times smaller than the leader makes them.
    standardised
        Whether it is shown each with mean 0 and standard deviation 1 over its
        foreground.
    rounded
        Whether it is shown them as an 8-bit file stores them.

    Raises
    ------
    InvalidInputError
        If the follower or the leader has a memory.
    """

    leader: FusionNet
    follower: nn.Module
    weights: LossWeights
    downsample: int = 1
    standardised: bool = False
    rounded: bool = True

    def __post_init__(self) -> None:
        refuse_memory("leader", self.leader)
        refuse_memory("follower", self.follower)

    def leader_params(self) -> dict[str, Tensor]:
        """Return the leader's trainable parameters by name."""
        return trainable(self.leader)

    def follower_params(self) -> dict[str, Tensor]:
        """Return the follower's trainable parameters by name."""
        return trainable(self.follower)

    def weighing(self, *, fusion: float, segmentation: float) -> "Objectives":
        """Return the same objectives with other weights of their two sides."""
        weights = replace(self.weights, fusion=fusion, segmentation=segmentation)
        return replace(self, weights=weights)

    def fuse(self, leader: Params, sources: Tensor) -> tuple[Tensor, Features]:
        """Return the fused images, shape (B, 1, H, W), and the leader's features."""
        fused, features = functional_call(
            _Explaining(self.leader),
            {f"network.{name}": value for name, value in leader.items()},
            (sources,),
        )
        return (to_eight_bits(fused) if self.rounded else fused), features

    def segment(self, follower: Params, fused: Tensor) -> Tensor:
        """Return the region logits of fused images, shape (B, 3, h, w)."""
        seen = segmenter_input(fused, self.downsample, standardised=self.standardised)
        logits: Tensor = functional_call(self.follower, dict(follower), (seen,))
        return logits

    def leader_terms(
        self, leader: Params, follower: Params, batch: Batch
    ) -> dict[str, Tensor]:
        """Return the terms of F, unweighted, by the names of their weights."""
        fused, features = self.fuse(leader, batch.sources)
        terms = fusion_terms(batch.sources, fused, features, self.weights)
        if self.weights.segmentation:
            logits = self.segment(follower, fused)
            terms["segmentation"] = segmentation_loss(logits, batch.regions)
        return terms

    def follower_loss(self, leader: Params, follower: Params, batch: Batch) -> Tensor:
        """Return f: the segmentation loss on what the leader makes of the batch."""
        fused, _ = self.fuse(leader, batch.sources)
        return segmentation_loss(self.segment(follower, fused), batch.regions)


class _Explaining(nn.Module):
    """A fusion network called for its features too, as `functional_call` can."""

    def __init__(self, network: FusionNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, sources: Tensor) -> tuple[Tensor, Features]:
        return self.network.fuse_and_explain(sources)


def trainable(network: nn.Module) -> dict[str, Tensor]:
    """Return the parameters of a network that ask for a gradient, by name."""
    return {name: p for name, p in network.named_parameters() if p.requires_grad}


def refuse_memory(role: str, network: nn.Module) -> None:
    """Raise if a layer keeps running statistics or mixes the images of a batch.

    Every forward pass would change them, also those that only look ahead: a leader step
    would then change the follower.

    Raises
    ------
    InvalidInputError
        With the name of the first such layer.
    """
    for name, layer in network.named_modules():
        remembers = getattr(layer, "running_mean", None) is not None
        if remembers or isinstance(layer, torch.nn.modules.batchnorm._BatchNorm):
            raise InvalidInputError(
                f"{role} layer {name!r}: found {type(layer).__name__}, expected a "
                "normalisation of single images; use GroupNorm"
            )
