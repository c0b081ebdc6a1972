"""How the reference segmenter is trained: a U-Net of one image, on random mixtures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from bratsfuse.anatomy import Modality
from bratsfuse.baselines._unet_training import TrainableUNet, UNetConfig
from bratsfuse.training.config import PRODUCT
from bratsfuse.training.trainable import Batch, Prediction, Training

_MIXTURE: Final = 2
"""Sets the generator of mixtures apart from those of order and augmentation."""

_CONCENTRATION: Final = 0.4
"""Of the Dirichlet distribution of shares: below 1 a mixture has few large ones."""

_CURVE: Final = 0.5
"""The largest logarithm of the gamma of a monotone curve."""

_WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedConfig(UNetConfig):
    """What can be chosen in the training of the reference segmenter.

    Attributes
    ----------
    sources
        What is mixed: modalities and fusion products of the release. The network itself
        is given one image.
    """

    sources: tuple[str, ...] = (
        Modality.T1CE,
        Modality.FLAIR,
        f"{PRODUCT}average",
        f"{PRODUCT}maximum",
        f"{PRODUCT}laplacian",
    )


class TrainableOnMixtures(TrainableUNet):
    """A U-Net of one image that every step shows other mixtures of the sources."""

    def __init__(self, config: MixedConfig, device: torch.device) -> None:
        super().__init__(config, device, channels=1)

    def step(self, number: int, batches: Sequence[Batch]) -> dict[str, float]:
        """Take one step on new mixtures and return its loss."""
        (batch,) = batches
        rng = np.random.default_rng([self._config.seed, _MIXTURE, number])
        mixed = replace(batch, images=mixtures(batch.images, rng))
        return dict(super().step(number, [mixed]))

    def losses(self, batch: Batch) -> dict[str, float]:
        """Return the loss on the mean of the sources, and its two terms."""
        return dict(super().losses(replace(batch, images=_mean(batch.images))))

    def predict(self, images: Tensor) -> Prediction:
        """Return the labels found in the mean of the sources."""
        return super().predict(_mean(images))

    def labels_in(self, fused: Tensor) -> Tensor:
        """Return the labels found in fused images of any method."""
        return self.found_in(fused)


def mixtures(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Return one random mixture of the images of every slice.

    With shares w of a Dirichlet distribution, and every image under a monotone curve of
    its own, a mixture lies at random between the sum of w x and the maximum of
    (w / max w) x, under one more curve; it is rounded as an 8-bit file is.

    Parameters
    ----------
    images
        In [0, 1], shape (B, N, H, W), background 0.
    rng
        What all is drawn from.

    Returns
    -------
    torch.Tensor
        In [0, 1], shape (B, 1, H, W), 0 where all images are 0.
    """
    count, sources = images.shape[:2]
    shares = rng.dirichlet(np.full(sources, _CONCENTRATION), count)
    share = torch.from_numpy(shares[..., None, None]).to(images)
    middle = torch.from_numpy(rng.random((count, 1, 1, 1))).to(images)
    curved = images ** _gamma(rng, (count, sources, 1, 1), images)
    total = (share * curved).sum(dim=1, keepdim=True)
    highest = (share / share.amax(dim=1, keepdim=True) * curved).amax(1, keepdim=True)
    mixed = middle * total + (1 - middle) * highest
    mixed = mixed ** _gamma(rng, (count, 1, 1, 1), images)
    return (mixed.clamp(0, 1) * _WHITE).round() / _WHITE


def _gamma(rng: np.random.Generator, shape: tuple[int, ...], like: Tensor) -> Tensor:
    return torch.from_numpy(np.exp(_CURVE * rng.uniform(-1, 1, shape))).to(like)


def _mean(images: Tensor) -> Tensor:
    return images.mean(dim=1, keepdim=True)


TRAINING = Training(
    config=MixedConfig, build=TrainableOnMixtures, tracks=("segmentation",)
)
