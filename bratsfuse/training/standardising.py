"""Images on a scale of their own, so that scanners differ less."""

from typing import Final

from torch import Tensor

_LEAST: Final = 1e-4
"""Added to the variance: an even image stays even, and roots have slopes."""


def standardise(images: Tensor) -> Tensor:
    """Return images of mean 0 and standard deviation 1, each over its foreground.

    Parameters
    ----------
    images
        In [0, 1], shape (B, N, H, W), background 0.

    Returns
    -------
    torch.Tensor
        Of the same shape; background stays 0, which is the mean of an image then. An
        image of background alone is 0.

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
