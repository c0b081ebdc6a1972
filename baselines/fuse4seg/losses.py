"""What the leader minimises: the fused image must keep what its sources show.

In the formulas x_1 ... x_N are the sources, u the fused image, |grad v| = |S_h * v| +
|S_v * v| with the Sobel filters S. Every term of the fusion loss is a mean over the
images of a batch; every term is a scalar.

The paper names a frequency decomposition loss and a spatial gradient loss without
their formulas; those here are the ones that the field has agreed on since CDDFuse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from bratsfuse.baselines.fuse4seg.fusion_net import Features
from bratsfuse.errors import InvalidInputError

_SSIM_WINDOW = 11
_SSIM_SD = 1.5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2
"""Wang's constants for a data range of 1."""

FUSION_TERMS: Final = ("intensity", "gradient", "frequency", "similarity")
"""The terms that the weight ``fusion`` is for."""

_FLAT = 1e-8
"""A variance added to every map, so that the correlation of a constant map is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """How much each term counts in the leader's loss; a term of weight 0 is left out.

    Attributes
    ----------
    fusion
        Of all terms but the last together.
    intensity, gradient, frequency, similarity
        Of the terms of the fusion loss among each other.
    segmentation
        Of the follower's loss on the fused image.
    """

    fusion: float = 0.3
    intensity: float = 1.0
    gradient: float = 5.0
    frequency: float = 0.5
    similarity: float = 0.0
    segmentation: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= getattr(self, name) < float("inf"):
                raise InvalidInputError(
                    f"loss weight {name!r}: found {getattr(self, name)}, expected a "
                    "finite number of at least 0"
                )
        fuses = self.fusion and any(getattr(self, name) for name in FUSION_TERMS)
        if not fuses and not self.segmentation:
            raise InvalidInputError(
                "loss weights: found 0 for every term that is left, expected at least "
                "one above 0: there is nothing to learn from"
            )

    def of(self, name: str) -> float:
        """Return what a term is multiplied by in the whole."""
        weight: float = getattr(self, name)
        return self.fusion * weight if name in FUSION_TERMS else weight


def intensity_loss(sources: Tensor, fused: Tensor) -> Tensor:
    """Return mean |max_i x_i - u|.

    By itself it makes a network imitate the fusion method `maximum`.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W).

    References
    ----------
    Zhao et al., "CDDFuse", CVPR 2023; before it Tang et al., "SeAFusion", 2022.
    """
    return (sources.amax(dim=1, keepdim=True) - fused).abs().mean()


def spatial_gradient_loss(sources: Tensor, fused: Tensor) -> Tensor:
    """Return mean |max_i |grad x_i| - |grad u||, with unscaled Sobel filters.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W).

    References
    ----------
    Zhao et al., "CDDFuse", CVPR 2023, its second training stage.
    """
    strongest = sobel_magnitude(sources).amax(dim=1, keepdim=True)
    return (strongest - sobel_magnitude(fused)).abs().mean()


def frequency_decomposition_loss(features: Features) -> Tensor:
    """Return the mean over pairs of sources of CC(D_i, D_j)^2 / (1.01 + CC(B_i, B_j)).

    B and D are the low- and high-frequency features. CC is Pearson's correlation over
    pixels, of each channel of each image, averaged over channels. The loss is small
    when the sources share their base and differ in their details; it is in
    [0, 100].

    References
    ----------
    Zhao et al., "CDDFuse", CVPR 2023, equation of L_decomp.
    """
    pairs = list(combinations(range(features.low.shape[1]), 2))
    terms = [
        _correlation(features.high[:, i], features.high[:, j]) ** 2
        / (1.01 + _correlation(features.low[:, i], features.low[:, j]))
        for i, j in pairs
    ]
    return torch.stack(terms).mean()


def similarity_loss(sources: Tensor, fused: Tensor) -> Tensor:
    """Return 1 - mean_i SSIM(x_i, u), in [0, 2].

    The index is Wang's: Gaussian window of 11 pixels and standard deviation 1.5, data
    range 1, windows that lie inside the image.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W), at least 11x11 pixels.

    Raises
    ------
    InvalidInputError
        If the images are smaller than the window.

    References
    ----------
    Wang et al., "Image quality assessment: from error visibility to structural
    similarity", IEEE TIP 2004.
    """
    if min(fused.shape[-2:]) < _SSIM_WINDOW:
        raise InvalidInputError(
            f"similarity loss: found images of {tuple(fused.shape[-2:])} pixels, "
            f"expected at least {_SSIM_WINDOW} each way; use weight 0 for smaller ones"
        )
    mean_x, mean_u = _local_mean(sources), _local_mean(fused)
    variance_x = _local_mean(sources**2) - mean_x**2
    variance_u = _local_mean(fused**2) - mean_u**2
    covariance = _local_mean(sources * fused) - mean_x * mean_u
    brightness = (2 * mean_x * mean_u + _SSIM_C1) / (mean_x**2 + mean_u**2 + _SSIM_C1)
    structure = (2 * covariance + _SSIM_C2) / (variance_x + variance_u + _SSIM_C2)
    return 1 - (brightness * structure).mean()


def fusion_terms(
    sources: Tensor, fused: Tensor, features: Features, weights: LossWeights
) -> dict[str, Tensor]:
    """Return the unweighted fusion terms whose weight is not 0, by their weight's name.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W).
    features
        What the branches saw in the sources.
    weights
        Which terms count.
    """
    terms: dict[str, Callable[[], Tensor]] = {
        "intensity": lambda: intensity_loss(sources, fused),
        "gradient": lambda: spatial_gradient_loss(sources, fused),
        "frequency": lambda: frequency_decomposition_loss(features),
        "similarity": lambda: similarity_loss(sources, fused),
    }
    if not weights.fusion:
        return {}
    return {name: term() for name, term in terms.items() if getattr(weights, name)}


def weighted_sum(terms: dict[str, Tensor], weights: LossWeights) -> Tensor:
    """Return the sum of the terms, each times its weight."""
    return torch.stack([weights.of(name) * term for name, term in terms.items()]).sum()


def sobel_magnitude(images: Tensor) -> Tensor:
    """Return |horizontal| + |vertical| Sobel response, borders repeated.

    Parameters
    ----------
    images
        Floating point, shape (..., H, W) with two or more dimensions in front.

    Returns
    -------
    torch.Tensor
        Of the same shape, at least 0; at most 8 times the range of the images.
    """
    rows = functional.pad(images, (1, 1, 1, 1), mode="replicate")
    across = rows[..., 2:] - rows[..., :-2]
    along = rows[..., 2:, :] - rows[..., :-2, :]
    horizontal = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    vertical = along[..., :-2] + 2 * along[..., 1:-1] + along[..., 2:]
    return horizontal.abs() + vertical.abs()


def _correlation(one: Tensor, other: Tensor) -> Tensor:
    """Return Pearson's correlation over pixels, averaged over channels, shape (B,)."""
    one = one - one.mean(dim=(-2, -1), keepdim=True)
    other = other - other.mean(dim=(-2, -1), keepdim=True)
    covariance = (one * other).mean(dim=(-2, -1))
    variance_one = (one**2).mean(dim=(-2, -1)) + _FLAT
    variance_other = (other**2).mean(dim=(-2, -1)) + _FLAT
    return (covariance / (variance_one * variance_other).sqrt()).mean(dim=1)


def _local_mean(images: Tensor) -> Tensor:
    """Return the Gaussian mean around every pixel that has a whole window."""
    half = _SSIM_WINDOW // 2
    distance = torch.arange(-half, half + 1, dtype=images.dtype, device=images.device)
    window = torch.softmax(-(distance**2) / (2 * _SSIM_SD**2), dim=0)
    flat = images.flatten(0, 1).unsqueeze(1)
    rows = functional.conv2d(flat, window.view(1, 1, 1, -1))
    means = functional.conv2d(rows, window.view(1, 1, -1, 1))
    return means.view(*images.shape[:2], *means.shape[-2:])
