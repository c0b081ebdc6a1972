"""The leader: a convolutional network that fuses N aligned images into one.

    sources ── stem ─┬─ low ── merge ── two levels down and up ─┬─ head ── coefficients
     (the same for   └─ high ─ merge ───────────────────────────┘
      each source)

The network works at a fraction of the size: blocks of pixels become channels in front
of it. What it finds are smooth maps, the coefficients by which the sources are added up
at full resolution: the details of an image are those of its sources, never made up, at
the cost of a small one. The features of a source are split by a fixed low-pass filter,
a mean over 2x2; what passes it goes down to where a pixel sees a good part of the
brain, what it takes away is the skip connection of the first level. The network does
not paint the image from nothing: it corrects the mean of the sources, so that an
untrained one already shows the patient's anatomy.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from bratsfuse.baselines._any_size import pad_to_multiple
from bratsfuse.baselines._unet import ascend, convolutions
from bratsfuse.errors import InvalidInputError

MIN_SOURCES: Final = 2
MAX_SOURCES: Final = 4

_LOW_PASS: Final = 2
"""Features over which the low-pass filter averages each way."""

_ANCHOR_MARGIN: Final = 0.01
"""The anchor stays this far from 0 and 1, where the logit is infinite."""

_HEAD_SCALE: Final = 0.1
"""The head starts this much smaller than usual: nearly the anchor, but not deaf."""

_WHITE: Final = 255


@dataclass(frozen=True, slots=True)
class FusionPreset:
    """The size of a fusion network: channels of the first level, and how many levels.

    Attributes
    ----------
    width
        A multiple of 4.
    levels
        At least 2.
    """

    width: int
    levels: int = 3


FUSION_PRESETS: Final = {
    "tiny": FusionPreset(width=8),
    "default": FusionPreset(width=12),
    "base": FusionPreset(width=32, levels=4),
}


class Features(NamedTuple):
    """The features of each source on both sides of the low-pass filter.

    Attributes
    ----------
    low
        Shape (B, N, width, h / 2, w / 2), where h and w are height and width divided by
        the stride, rounded up to what the levels need.
    high
        Shape (B, N, width, h, w).
    """

    low: Tensor
    high: Tensor


class FusionNet(nn.Module):
    """A network that fuses 2 to 4 aligned images into one grey image.

    The stem is the same for every source; the merging convolutions know the order, so
    that a network is made for certain sources in a certain order.

    Parameters
    ----------
    sources
        Images to fuse, 2 to 4.
    size
        Channels and levels.
    stride
        How many times smaller each way the network works than its images are.

    Raises
    ------
    InvalidInputError
        If the number of sources is outside its range.
    """

    def __init__(
        self,
        sources: int = 2,
        *,
        size: FusionPreset = FUSION_PRESETS["default"],
        stride: int = 2,
    ) -> None:
        super().__init__()
        if not MIN_SOURCES <= sources <= MAX_SOURCES:
            raise InvalidInputError(
                f"fusion network: found {sources} sources, expected {MIN_SOURCES} to "
                f"{MAX_SOURCES}"
            )
        self.sources = sources
        self.stride = stride
        self.multiple = stride * _LOW_PASS ** (size.levels - 1)
        widths = [size.width * 2**level for level in range(size.levels)]
        self.stem = convolutions(stride**2, size.width)
        self.merge_high = nn.Conv2d(sources * size.width, size.width, kernel_size=1)
        self.merge_low = convolutions(sources * size.width, widths[1])
        self.down = nn.ModuleList(
            convolutions(above, below, stride=2)
            for above, below in pairwise(widths[1:])
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(below, above, kernel_size=1) for above, below in pairwise(widths)
        )
        self.up = nn.ModuleList(convolutions(2 * above, above) for above in widths[:-1])
        self.head = nn.Conv2d(size.width, 1 + sources, kernel_size=3, padding=1)
        with torch.no_grad():
            for numbers in self.head.parameters():
                numbers.mul_(_HEAD_SCALE)

    @classmethod
    def preset(cls, name: str, sources: int = 2, *, stride: int = 2) -> "FusionNet":
        """Return a new network of a size in `FUSION_PRESETS`."""
        return cls(sources, size=FUSION_PRESETS[name], stride=stride)

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
        coefficients = self.decode(features)[..., :height, :width]
        constant, factors = coefficients[:, :1], coefficients[:, 1:]
        correction = constant + (factors * sources).sum(dim=1, keepdim=True)
        anchor = sources.mean(dim=1, keepdim=True).clamp(
            _ANCHOR_MARGIN, 1 - _ANCHOR_MARGIN
        )
        brain = (sources != 0).any(dim=1, keepdim=True)
        return torch.sigmoid(anchor.logit() + correction) * brain, features

    def encode(self, sources: Tensor) -> Features:
        """Return the low- and high-frequency features of each source."""
        batch, count = sources.shape[:2]
        padded = pad_to_multiple(sources, self.multiple).flatten(0, 1).unsqueeze(1)
        shared = self.stem(functional.pixel_unshuffle(padded, self.stride))
        low = functional.avg_pool2d(shared, _LOW_PASS)
        high = shared - functional.interpolate(
            low, scale_factor=_LOW_PASS, mode="bilinear", align_corners=False
        )
        return Features(
            low=low.view(batch, count, *low.shape[1:]),
            high=high.view(batch, count, *high.shape[1:]),
        )

    def decode(self, features: Features) -> Tensor:
        """Return what the correction to the anchor is made of, at the padded size.

        Returns
        -------
        torch.Tensor
            Shape (B, 1 + N, H, W): a constant, and a factor of each source, in logits.
        """
        skips = [self.merge_high(features.high.flatten(1, 2))]
        merged = self.merge_low(features.low.flatten(1, 2))
        for level in self.down:
            skips.append(merged)
            merged = level(merged)
        found: Tensor = self.head(ascend(self.narrow, self.up, merged, skips))
        if self.stride == 1:
            return found
        return functional.interpolate(
            found, scale_factor=self.stride, mode="bilinear", align_corners=False
        )

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


def to_eight_bits(images: Tensor) -> Tensor:
    """Return images in [0, 1] as an 8-bit file stores them; gradients pass as they are.

    A segmenter that learns from images in full precision reads in them what no file
    keeps.
    """
    return images + ((images * _WHITE).round() / _WHITE - images).detach()
