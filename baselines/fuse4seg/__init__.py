"""Fuse4Seg: a fusion network that learns from the segmenter that reads its images.

A re-creation of arXiv 2409.10328 from its public descriptions; MODEL_CARD.md lists what
the paper leaves open and what was chosen here. Read it in this order:

- `fusion_net`: the leader, N aligned images in, one grey image out;
- `bratsfuse.baselines._unet`: the follower, which segments that image;
- `losses`: what both of them minimise;
- `bilevel`: the leader's gradient, with or without the follower's answer to it;
- `objectives` and `steps`: the above put together, one optimiser step at a time.
"""

from typing import Final

from bratsfuse.baselines import Baseline

BASELINE: Final = Baseline(
    summary="learned fusion led by a segmenter, a re-creation of Fuse4Seg",
    tracks=("fusion", "segmentation"),
)
