"""How wrong a segmenter is: cross-entropy plus soft Dice on the three regions."""

import torch
from torch import Tensor
from torch.nn import functional

from bratsfuse.training.ranks import summed

_SMOOTH = 1.0
"""Pixels. An empty region predicted empty has Dice 1, and no division is by zero."""


def region_cross_entropy(logits: Tensor, regions: Tensor) -> Tensor:
    """Return the binary cross-entropy, a mean over regions and pixels, as a scalar.

    Parameters
    ----------
    logits, regions
        Shape (B, 3, H, W); `regions` in [0, 1], the share of each pixel.
    """
    return functional.binary_cross_entropy_with_logits(logits, regions.to(logits.dtype))


def soft_dice_loss(logits: Tensor, regions: Tensor) -> Tensor:
    """Return 1 - (2 sum(p s) + 1) / (sum(p) + sum(s) + 1), a mean, as a scalar.

    p is the predicted probability and s the reference. The sums run over the pixels of
    one region in the whole batch, as in nnU-Net for slices; the mean runs over regions.
    Per image, a slice without a region would pull that region's probability to 0 as
    hard as a large lesion pulls it up; ``docs/training.md`` has what that costs.

    Parameters
    ----------
    logits, regions
        Shape (B, 3, H, W); `regions` in [0, 1], the share of each pixel.

    References
    ----------
    Milletari et al., "V-Net", 3DV 2016 (there with squares in the denominator);
    Isensee et al., "nnU-Net", Nature Methods 2021 (pooled over the batch).
    """
    probabilities = logits.sigmoid()
    reference = regions.to(logits.dtype)
    overlap = (probabilities * reference).sum(dim=(0, -2, -1))
    total = probabilities.sum(dim=(0, -2, -1)) + reference.sum(dim=(0, -2, -1))
    overlap, total = summed(torch.stack([overlap, total]))  # of the whole batch
    loss: Tensor = 1 - ((2 * overlap + _SMOOTH) / (total + _SMOOTH)).mean()
    return loss


def segmentation_loss(logits: Tensor, regions: Tensor) -> Tensor:
    """Return cross-entropy plus soft Dice loss as a scalar: the follower's loss.

    Parameters
    ----------
    logits, regions
        Shape (B, 3, H, W); `regions` in [0, 1], the share of each pixel.
    """
    return region_cross_entropy(logits, regions) + soft_dice_loss(logits, regions)
