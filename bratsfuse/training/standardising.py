"""What a segmenter is given: smaller images, on a scale of their own if it is to be.

Then scanners differ less.
"""

from typing import Final

from torch import Tensor

from bratsfuse.training.resizing import downsample

_LEAST: Final = 1e-4
"""Added to the variance: an image without contrast becomes 0, and slopes are finite."""


def segmenter_input(images: Tensor, factor: int, *, standardised: bool) -> Tensor:
    """Return images as a segmenter is given them.

    Parameters
    ----------
    images
        Floating point in [0, 1], shape (B, N, H, W), background 0.
    factor
        By which they are downsampled; at least 1.
    standardised
        Whether each is standardised afterwards.

    Returns
    -------
    torch.Tensor
        Floating point, shape (B, N, ceil(H / factor), ceil(W / factor)).
    """
    small = downsample(images, factor)
    return standardise(small) if standardised else small


def standardise(images: Tensor) -> Tensor:
    """Return images of mean 0 and standard deviation 1, each over its foreground.

    Parameters
    ----------
    images
        Floating point in [0, 1], shape (B, N, H, W), background 0.

    Returns
    -------
    torch.Tensor
        Of the same shape and type, without unit or bounds. Background stays 0, which is
        the mean of the foreground then. Images without contrast or foreground are 0.

    References
    ----------
    Isensee et al., "nnU-Net", Nature Methods 2021: so it treats MR images, there over a
    whole volume.
    """
    inside = (images > 0).to(images.dtype)
    pixels = inside.sum(dim=(-2, -1), keepdim=True).clamp(min=1)
    mean = images.sum(dim=(-2, -1), keepdim=True) / pixels
    centred = (images - mean) * inside
    variance = centred.square().sum(dim=(-2, -1), keepdim=True) / pixels
    return centred / (variance + _LEAST).sqrt()
