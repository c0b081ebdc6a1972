"""A U-Net whose inputs meet as features, not as pixels: the other way to fuse."""

import math
from typing import Final

import torch
from torch import Tensor, nn

from bratsfuse.baselines._any_size import pad_to_multiple
from bratsfuse.baselines._unet import UNET_PRESETS, UNet, ascend

_WIDTH_STEP: Final = 4


class LateUNet(nn.Module):
    """One encoder for each input, one decoder for all, made of the parts of `UNet`.

    At every level a 1x1 convolution joins the features of all encoders into those that
    the decoder of a U-Net expects. An encoder's width is that of the U-Net divided by
    the square root of the number of inputs, rounded to a multiple of 4, so that all of
    them together learn about as many numbers as the one encoder of the U-Net.

    Parameters
    ----------
    channels
        Inputs, at least 2.
    width, levels
        As in `UNet`.
    """

    def __init__(self, channels: int, *, width: int = 16, levels: int = 4) -> None:
        super().__init__()
        narrow = _encoder_width(width, channels)
        encoders = [UNet(1, width=narrow, levels=levels) for _ in range(channels)]
        decoder = UNet(1, width=width, levels=levels)
        self.multiple = decoder.multiple
        self.encoders = nn.ModuleList(
            nn.ModuleList([one.stem, *one.down]) for one in encoders
        )
        self.join = nn.ModuleList(
            nn.Conv2d(channels * narrow * 2**level, width * 2**level, kernel_size=1)
            for level in range(levels)
        )
        self.narrow, self.up, self.head = decoder.narrow, decoder.up, decoder.head

    @classmethod
    def preset(cls, name: str, channels: int) -> "LateUNet":
        """Return a new network of a size in `UNET_PRESETS`."""
        size = UNET_PRESETS[name]
        return cls(channels, width=size.width, levels=size.levels)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of WT, TC and ET.

        Parameters
        ----------
        images
            Floating point, shape (B, channels, H, W), of any size.

        Returns
        -------
        torch.Tensor
            Shape (B, 3, H, W).
        """
        height, width = images.shape[-2:]
        padded = pad_to_multiple(images, self.multiple)
        each = [
            _features(encoder, padded[:, place : place + 1])
            for place, encoder in enumerate(self.encoders)
        ]
        joined = [
            join(torch.cat(level, dim=1))
            for join, level in zip(self.join, zip(*each, strict=True), strict=True)
        ]
        *skips, lowest = joined
        logits: Tensor = self.head(ascend(self.narrow, self.up, lowest, skips))
        return logits[..., :height, :width]


def _features(encoder: nn.Module, image: Tensor) -> list[Tensor]:
    """Return the features of one input, level by level."""
    found = []
    for level in encoder.children():
        image = level(image)
        found.append(image)
    return found


def _encoder_width(width: int, channels: int) -> int:
    steps = round(width / math.sqrt(channels) / _WIDTH_STEP)
    return max(1, steps) * _WIDTH_STEP
