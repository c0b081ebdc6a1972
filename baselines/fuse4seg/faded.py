"""Whether a leader still shows its sources, or draws what its follower reads.

A leader that hears the follower alone, or for too long before the fusion term has its
weight, can turn the image black but for the tumour. The logistic function at its end
is flat there, and no loss brings it back. The follower's loss does not show it.
"""

from typing import Final

from torch import Tensor

from bratsfuse.baselines.fuse4seg.losses import sobel_magnitude
from bratsfuse.issues import Issue, warning

LEAST_DETAIL: Final = 0.5
"""Of the gradient of the mean of the sources; trained leaders have more than all."""


def detail_kept(sources: Tensor, fused: Tensor) -> float:
    """Return the mean gradient of fused images over that of the mean of their sources.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W).

    Returns
    -------
    float
        At least 0; 1 where the sources are flat, since nothing could be kept.
    """
    given = sobel_magnitude(sources.mean(dim=1, keepdim=True)).mean().item()
    return sobel_magnitude(fused).mean().item() / given if given else 1.0


def faded(sources: Tensor, fused: Tensor) -> tuple[Issue, ...]:
    """Return a warning where fused images have lost the detail of their sources."""
    kept = detail_kept(sources, fused)
    if kept >= LEAST_DETAIL:
        return ()
    return (
        warning(
            "leader",
            "faded",
            f"its images of the validation split have {kept:.2f} of the mean gradient "
            f"of the mean of their sources, expected at least {LEAST_DETAIL}: it draws "
            "for its follower and no longer fuses; start again with another seed, a "
            "larger weight_fusion, or solver = joint",
        ),
    )
