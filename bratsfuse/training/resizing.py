"""Smaller images for quicker networks, and what they find back in full size."""

from torch import Tensor
from torch.nn import functional


def downsample(planes: Tensor, factor: int) -> Tensor:
    """Return images in which a pixel is the mean of factor x factor pixels.

    Of maps that are 0 or 1 it is the share of those pixels.

    Parameters
    ----------
    planes
        Floating point, shape (B, N, H, W).
    factor
        At least 1. What is missing at the bottom and the right is 0, background.

    Returns
    -------
    torch.Tensor
        Shape (B, N, ceil(H / factor), ceil(W / factor)).
    """
    if factor == 1:
        return planes
    height, width = planes.shape[-2:]
    filled = functional.pad(planes, (0, -width % factor, 0, -height % factor))
    return functional.avg_pool2d(filled, factor)


def enlarge(planes: Tensor, factor: int, size: tuple[int, int]) -> Tensor:
    """Return logits of downsampled images in full size.

    Parameters
    ----------
    planes
        Floating point, shape (B, N, h, w).
    factor
        By what the images had been downsampled.
    size
        Height and width before.
    """
    if factor == 1:
        return planes
    whole = functional.interpolate(
        planes, scale_factor=factor, mode="bilinear", align_corners=False
    )
    return whole[..., : size[0], : size[1]]
