"""The segmenter by itself: a U-Net of any images that a release contains.

Every row of a comparison comes from here: one modality, several side by side, a stored
fusion product. They differ in `sources` and `join` and in nothing else.
"""

from typing import TYPE_CHECKING

from bratsfuse.baselines import Baseline

if TYPE_CHECKING:
    from bratsfuse.baselines._unet_training import UNetConfig
    from bratsfuse.training.trainable import Training


def training() -> "Training[UNetConfig]":
    """Return how the U-Net is trained."""
    from bratsfuse.baselines._unet_training import TRAINING

    return TRAINING


BASELINE = Baseline(
    summary="a U-Net of modalities or a fusion product, joined early or late",
    tracks=("segmentation",),
    training=training,
)
