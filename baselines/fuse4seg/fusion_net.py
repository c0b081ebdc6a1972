"""The leader: a convolutional network that fuses N aligned images into one.

    sources ── shallow encoder ─┬─ low-frequency branch ── merge ─┐
     (the same for each source) └─ high-frequency branch ─ merge ─┴─ decoder ── fused

Features are split by a fixed low-pass filter, a mean over 4x4 pixels. What passes it
goes through the low branch at a quarter of the size, with twice the channels; what it
takes away goes through the high branch at full size. The decoder does not paint the
image from nothing: it corrects the mean of the sources, so that an untrained network
already shows the patient's anatomy.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from bratsfuse.baselines._any_size import pad_to_multiple
from bratsfuse.errors import InvalidInputError

MIN_SOURCES: Final = 2
MAX_SOURCES: Final = 4

_LOW_PASS: Final = 4
"""Pixels over which the low-pass filter averages; inputs are padded to a multiple."""

_ANCHOR_MARGIN: Final = 0.01
"""The anchor stays this far from 0 and 1, where the logit is infinite."""

_HEAD_SCALE: Final = 0.1
"""The head starts this much smaller than usual: nearly the anchor, but not deaf."""


@dataclass(frozen=True, slots=True)
class FusionPreset:
    """The size of a fusion network.

    Attributes
    ----------
    width
        Channels at full size; the low branch has twice as many.
    shallow, low, high, decoder
        Residual blocks of each part.
    """

    width: int
    shallow: int
    low: int
    high: int
    decoder: int


FUSION_PRESETS: Final = {
    "tiny": FusionPreset(width=8, shallow=1, low=1, high=1, decoder=1),
    "default": FusionPreset(width=16, shallow=1, low=4, high=2, decoder=2),
    "base": FusionPreset(width=48, shallow=2, low=4, high=2, decoder=2),
}


class Features(NamedTuple):
    """What the two branches see in each source.

    Attributes
    ----------
    low
        Shape (B, N, 2 * width, ceil(H / 4), ceil(W / 4)).
    high
        Shape (B, N, width, H, W), H and W rounded up to multiples of 4.
    """

    low: Tensor
    high: Tensor


class FusionNet(nn.Module):
    """A network that fuses 2 to 4 aligned images into one grey image.

    The encoder is the same for every source; the merging convolutions know the order,
    so that a network is made for certain sources in a certain order.

    Parameters
    ----------
    sources
        Images to fuse, 2 to 4.
    size
        Channels and blocks.

    Raises
    ------
    InvalidInputError
        If the number of sources is outside its range.
    """

    def __init__(
        self, sources: int = 2, *, size: FusionPreset = FUSION_PRESETS["default"]
    ) -> None:
        super().__init__()
        if not MIN_SOURCES <= sources <= MAX_SOURCES:
            raise InvalidInputError(
                f"fusion network: found {sources} sources, expected {MIN_SOURCES} to "
                f"{MAX_SOURCES}"
            )
        self.sources = sources
        width, deep = size.width, 2 * size.width
        self.shallow = nn.Sequential(
            _convolution(1, width), *_blocks(width, size.shallow)
        )
        self.low = nn.Sequential(_mix(width, deep), *_blocks(deep, size.low))
        self.high = nn.Sequential(*_blocks(width, size.high))
        self.merge_low = _mix(sources * deep, width)
        self.merge_high = _mix(sources * width, width)
        self.decoder = nn.Sequential(
            _convolution(2 * width, width), *_blocks(width, size.decoder)
        )
        self.head = _convolution(width, 1)
        with torch.no_grad():
            for numbers in self.head.parameters():
                numbers.mul_(_HEAD_SCALE)

    @classmethod
    def preset(cls, name: str, sources: int = 2) -> "FusionNet":
        """Return a new network of a size in `FUSION_PRESETS`."""
        return cls(sources, size=FUSION_PRESETS[name])

    def forward(self, sources: Tensor) -> Tensor:
        """Return the fused image.

        Parameters
        ----------
        sources
            Floating point in [0, 1], shape (B, N, H, W), of any size, in the order in
            which the network was trained; 0 is background.

        Returns
        -------
        torch.Tensor
            Shape (B, 1, H, W), in [0, 1]; exactly 0 where all sources are 0.

        Raises
        ------
        InvalidInputError
            If the sources are not as many as the network was made for, or integers.
        """
        fused, _ = self.fuse_and_explain(sources)
        return fused

    def fuse_and_explain(self, sources: Tensor) -> tuple[Tensor, Features]:
        """Return the fused image of `forward`, and the features of each source."""
        self._check(sources)
        features = self.encode(sources)
        height, width = sources.shape[-2:]
        correction = self.decode(features)[..., :height, :width]
        anchor = sources.mean(dim=1, keepdim=True).clamp(
            _ANCHOR_MARGIN, 1 - _ANCHOR_MARGIN
        )
        brain = (sources != 0).any(dim=1, keepdim=True)
        return torch.sigmoid(anchor.logit() + correction) * brain, features

    def encode(self, sources: Tensor) -> Features:
        """Return the low- and high-frequency features of each source."""
        batch, count = sources.shape[:2]
        padded = pad_to_multiple(sources, _LOW_PASS)
        shared = self.shallow(padded.flatten(0, 1).unsqueeze(1))
        smooth = functional.avg_pool2d(shared, _LOW_PASS)
        low = self.low(smooth)
        high = self.high(shared - _enlarge(smooth))
        return Features(
            low=low.unflatten(0, (batch, count)), high=high.unflatten(0, (batch, count))
        )

    def decode(self, features: Features) -> Tensor:
        """Return the correction to the anchor, in logits, at the padded size."""
        low = self.merge_low(features.low.flatten(1, 2))
        high = self.merge_high(features.high.flatten(1, 2))
        correction: Tensor = self.head(
            self.decoder(torch.cat([_enlarge(low), high], dim=1))
        )
        return correction

    def _check(self, sources: Tensor) -> None:
        if sources.ndim != 4 or sources.shape[1] != self.sources:
            raise InvalidInputError(
                f"fusion network: found sources of shape {tuple(sources.shape)}, "
                f"expected (batch, {self.sources}, height, width)"
            )
        if not sources.is_floating_point():
            raise InvalidInputError(
                f"fusion network: found {sources.dtype} sources, expected floating "
                "point in [0, 1]; divide 8-bit images by 255"
            )


class _ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a SiLU, added to their input.

    There is no normalisation: it would take away the brightness that is to be fused.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = _convolution(width, width)

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.second(functional.silu(self.first(features)))
        return features + change


def _blocks(width: int, count: int) -> list[nn.Module]:
    return [_ResidualBlock(width) for _ in range(count)]


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)


def _mix(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=1)


def _enlarge(features: Tensor) -> Tensor:
    return functional.interpolate(
        features, scale_factor=_LOW_PASS, mode="bilinear", align_corners=False
    )
