"""The segmenter of every baseline: a small two-dimensional U-Net.

What sets it apart from the many others is what bi-level learning asks for: no buffers
(group instead of batch normalisation), so that an unrolled step changes nothing behind
one's back, and smooth operations only, so that second derivatives exist everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from bratsfuse.baselines._any_size import pad_to_multiple
from bratsfuse.baselines._regions import REGION_ORDER
from bratsfuse.errors import InvalidInputError

MAX_CHANNELS: Final = 8
"""The most images that a U-Net takes side by side."""

_CHANNELS_PER_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class UNetPreset:
    """The size of a U-Net: channels of the first level, and how many levels."""

    width: int
    levels: int


UNET_PRESETS: Final = {
    "tiny": UNetPreset(width=8, levels=3),
    "default": UNetPreset(width=16, levels=4),
    "base": UNetPreset(width=32, levels=5),
}


class UNet(nn.Module):
    """A U-Net from aligned images to the logits of the regions WT, TC and ET.

    Every level is two 3x3 convolutions, each with group normalisation and SiLU; a level
    has half the size and twice the channels of the one above. On the way up a 1x1
    convolution halves the channels and the nearest pixel is repeated.

    Parameters
    ----------
    channels
        Images side by side, 1 to 8; 1 for a fused image.
    width
        Channels of the first level, a multiple of 4.
    levels
        Levels, at least 2; the lowest sees the image 2**(levels - 1) times smaller.

    Raises
    ------
    InvalidInputError
        If a parameter is outside its range.
    """

    def __init__(self, channels: int = 1, *, width: int = 16, levels: int = 4) -> None:
        super().__init__()
        _check_size(channels, width, levels)
        self.channels = channels
        self.multiple = 2 ** (levels - 1)
        widths = [width * 2**level for level in range(levels)]
        self.stem = convolutions(channels, width)
        self.down = nn.ModuleList(
            convolutions(above, below, stride=2) for above, below in pairwise(widths)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(below, above, kernel_size=1) for above, below in pairwise(widths)
        )
        self.up = nn.ModuleList(convolutions(2 * above, above) for above in widths[:-1])
        self.head = nn.Conv2d(width, len(REGION_ORDER), kernel_size=1)

    @classmethod
    def preset(cls, name: str, channels: int = 1) -> "UNet":
        """Return a new U-Net of a size in `UNET_PRESETS`."""
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
            Shape (B, 3, H, W), channels in `REGION_ORDER`.

        Raises
        ------
        InvalidInputError
            If the images are not as many as the network was made for.
        """
        if images.ndim != 4 or images.shape[1] != self.channels:
            raise InvalidInputError(
                f"U-Net: found images of shape {tuple(images.shape)}, expected "
                f"(batch, {self.channels}, height, width)"
            )
        height, width = images.shape[-2:]
        features = self.stem(pad_to_multiple(images, self.multiple))
        skips = []
        for level in self.down:
            skips.append(features)
            features = level(features)
        logits: Tensor = self.head(ascend(self.narrow, self.up, features, skips))
        return logits[..., :height, :width]


def ascend(
    narrow: nn.ModuleList,
    up: nn.ModuleList,
    features: Tensor,
    skips: Sequence[Tensor],
) -> Tensor:
    """Return the features of the first level, from those of the lowest.

    Parameters
    ----------
    narrow, up
        Of a `UNet`, the first level first.
    features
        Of the lowest level, shape (B, width * 2**(levels - 1), h, w).
    skips
        Of every level above, the first level first.

    Returns
    -------
    torch.Tensor
        Shape (B, width, H, W), of the size of the first of `skips`.
    """
    for shrink, level, skip in zip(
        reversed(narrow), reversed(up), reversed(skips), strict=True
    ):
        raised = functional.interpolate(
            shrink(features), scale_factor=2, mode="nearest"
        )
        features = level(torch.cat([raised, skip], dim=1))
    return features


def convolutions(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """Return two 3x3 convolutions, each with group normalisation and SiLU.

    Parameters
    ----------
    inputs, outputs
        Channels; `outputs` is a multiple of 4.
    stride
        Of the first convolution.
    """
    groups = outputs // _CHANNELS_PER_GROUP
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(groups, outputs),
        nn.SiLU(),
        nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.GroupNorm(groups, outputs),
        nn.SiLU(),
    )


def _check_size(channels: int, width: int, levels: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        raise InvalidInputError(
            f"U-Net: found {channels} input channels, expected 1 to {MAX_CHANNELS}"
        )
    if width < 1 or width % _CHANNELS_PER_GROUP:
        raise InvalidInputError(
            f"U-Net: found width {width}, expected a multiple of {_CHANNELS_PER_GROUP}"
        )
    if levels < 2:
        raise InvalidInputError(f"U-Net: found {levels} levels, expected at least 2")
