"""Images of any size through networks that halve them several times."""

from torch import Tensor
from torch.nn import functional


def pad_to_multiple(images: Tensor, multiple: int) -> Tensor:
    """Return the images with their last rows and columns repeated up to a multiple.

    Parameters
    ----------
    images
        Shape (B, C, H, W), of any size.
    multiple
        What height and width are to be divisible by. Crop the network's output back
        with ``output[..., :height, :width]``.
    """
    height, width = images.shape[-2:]
    bottom, right = -height % multiple, -width % multiple
    if bottom == right == 0:
        return images
    return functional.pad(images, (0, right, 0, bottom), mode="replicate")
