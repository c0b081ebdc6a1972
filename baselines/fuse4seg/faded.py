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
"""Seen on BraTS: 0 to .06 of a leader that drew, 1.4 to 1.6 of one that fused."""


def detail_kept(sources: Tensor, fused: Tensor) -> float:
    """Return the mean gradient of fused images over that of the mean of their sources.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W), in [0, 1].

    Returns
    -------
    float
        At least 0; 1 where the sources are flat, since nothing could be kept.
    """
    given = sobel_magnitude(sources.mean(dim=1, keepdim=True)).mean().item()
    return sobel_magnitude(fused).mean().item() / given if given else 1.0


def faded(sources: Tensor, fused: Tensor) -> tuple[Issue, ...]:
    """Return a warning where fused images have lost the detail of their sources.

    Parameters
    ----------
    sources, fused
        Shapes (B, N, H, W) and (B, 1, H, W), of one batch.

    Returns
    -------
    tuple of Issue
        One warning, ``faded``, if `detail_kept` is below `LEAST_DETAIL`; else empty.
    """
    kept = detail_kept(sources, fused)
    if kept >= LEAST_DETAIL:
        return ()
    return (
        warning(
            "leader",
            "faded",
            f"its images of a validation batch have {kept:.2f} of the mean gradient "
            f"of the mean of their sources, expected at least {LEAST_DETAIL}: it draws "
            "for its follower and no longer fuses; start again with another seed, a "
            "larger weight_fusion, or solver = joint",
        ),
    )
