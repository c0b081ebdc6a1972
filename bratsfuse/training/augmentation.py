"""Training slices varied at random: mirrored, turned, made brighter or darker.

Everything is drawn from one generator, which the caller makes of seed and step, so that
a resumed run sees the same variations. Positions change for images and mask alike,
intensities for every image by itself; background stays 0.
"""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from bratsfuse.training.config import Augment

_TURN: Final = math.radians(15)
_SCALE: Final = 0.1
_SHIFT: Final = 8.0
"""The largest turn, change of size, and shift in pixels."""

_GAIN: Final = 0.3
_GAMMA: Final = 0.5
"""The largest change of gain, and of the logarithm of gamma."""


def augment(
    images: Tensor, masks: Tensor, kind: Augment, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return varied images and masks, of the same shapes and types.

    Parameters
    ----------
    images
        Floating point in [0, 1], shape (B, N, H, W), background 0.
    masks
        uint8, shape (B, H, W).
    kind
        ``none``, ``light`` or ``full``, as in `TrainingConfig`.
    rng
        What all variations are drawn from.
    """
    if kind == "none":
        return images, masks
    count = len(images)
    mirror = torch.from_numpy(rng.integers(0, 2, count) == 1).to(images.device)
    images = torch.where(mirror.view(-1, 1, 1, 1), images.flip(-1), images)
    masks = torch.where(mirror.view(-1, 1, 1), masks.flip(-1), masks)
    if kind == "light":
        return images, masks
    images, masks = _moved(images, masks, rng)
    form = (*images.shape[:2], 1, 1)
    gain = torch.from_numpy(1 + _GAIN * rng.uniform(-1, 1, form)).to(images)
    gamma = torch.from_numpy(np.exp(_GAMMA * rng.uniform(-1, 1, form))).to(images)
    return (gain * images**gamma).clamp(0, 1), masks


def _moved(
    images: Tensor, masks: Tensor, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return images and masks turned, scaled and shifted about their centre."""
    count, (height, width) = len(images), images.shape[-2:]
    angle = _TURN * rng.uniform(-1, 1, count)
    scale = 1 + _SCALE * rng.uniform(-1, 1, count)
    shift = 2 * _SHIFT * rng.uniform(-1, 1, (2, count))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    # torch measures both sides of an image from -1 to 1, whatever its shape.
    rows = [
        [cos, -sin * height / width, shift[0] / width],
        [sin * width / height, cos, shift[1] / height],
    ]
    maps = torch.from_numpy(np.moveaxis(np.asarray(rows), -1, 0)).to(images)
    grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, align_corners=False)
    planes = masks[:, None].to(images.dtype)
    labels = functional.grid_sample(planes, grid, mode="nearest", align_corners=False)
    return moved, labels[:, 0].to(masks.dtype)
