"""Fuse4Seg: a fusion network that learns from the segmenter that reads its images.

A re-creation of arXiv 2409.10328 from its public descriptions; MODEL_CARD.md lists what
the paper leaves open and what was chosen here. Read it in this order:

- `fusion_net`: the leader, N aligned images in, one grey image out;
- `bratsfuse.baselines._unet`: the follower, which segments that image;
- `losses`: what both of them minimise;
- `bilevel`: the leader's gradient, with or without the follower's answer to it;
- `objectives` and `steps`: the above put together, one optimiser step at a time;
- `config` and `trainable`: what can be chosen, and the schedule that `bratsfuse train`
  runs.
"""

from typing import TYPE_CHECKING

from bratsfuse.baselines import Baseline

if TYPE_CHECKING:
    from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
    from bratsfuse.training.trainable import Training


def training() -> "Training[Fuse4SegConfig]":
    """Return how Fuse4Seg is trained."""
    from bratsfuse.baselines.fuse4seg.trainable import TRAINING

    return TRAINING


BASELINE = Baseline(
    summary="a fusion network that learns from its segmenter, a re-creation",
    tracks=("fusion", "segmentation"),
    training=training,
)
