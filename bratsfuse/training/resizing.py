"""Smaller images for quick training; predictions back in the size of the release."""

from typing import Final

from torch import Tensor, nn

_LABELS: Final = 8
"""More than there are label values."""


def shrink_images(images: Tensor, factor: int) -> Tensor:
    """Return images in which a pixel is the mean of factor x factor pixels.

    Parameters
    ----------
    images
        Floating point, shape (B, N, H, W).
    factor
        At least 1. What is missing at the bottom and the right is 0, background.

    Returns
    -------
    torch.Tensor
        Shape (B, N, ceil(H / factor), ceil(W / factor)).
    """
    return (
        images
        if factor == 1
        else nn.functional.avg_pool2d(_filled(images, factor), factor)
    )


def shrink_labels(labels: Tensor, factor: int) -> Tensor:
    """Return label maps in which a pixel is the most frequent of factor x factor.

    Parameters
    ----------
    labels
        uint8, shape (B, H, W).
    factor
        As in `shrink_images`. Of equally frequent labels the highest is taken, so that
        a thin enhancing rim is not the first to go.
    """
    if factor == 1:
        return labels
    planes = nn.functional.one_hot(labels.long(), _LABELS).movedim(-1, 1).float()
    counts = nn.functional.avg_pool2d(_filled(planes, factor), factor) * factor**2
    ranks = counts.round() * _LABELS + planes.new_tensor(range(_LABELS)).view(-1, 1, 1)
    return ranks.argmax(dim=1).to(labels.dtype)


def enlarge(images: Tensor, factor: int, size: tuple[int, int]) -> Tensor:
    """Return images or logits of shrunken images in the size of the release.

    Parameters
    ----------
    images
        Floating point, shape (B, N, h, w).
    factor
        By what the images had been shrunk.
    size
        Height and width before. Images that have it already are returned as they are.
    """
    if images.shape[-2:] == size:
        return images
    whole = nn.functional.interpolate(
        images, scale_factor=factor, mode="bilinear", align_corners=False
    )
    return whole[..., : size[0], : size[1]]


def _filled(planes: Tensor, factor: int) -> Tensor:
    height, width = planes.shape[-2:]
    return nn.functional.pad(planes, (0, -width % factor, 0, -height % factor))
