"""The frozen reference segmenter: one network that reads the images of every method.

It learns from random mixtures of modalities and of the images of classical fusion
methods, made darker and brighter by random monotone curves, so that it knows the brain
in many greys and no method's images are its favourites. With the weights that come with
bratsfuse, ``bratsfuse evaluate`` segments a submission's fused images by it.
"""

from typing import TYPE_CHECKING

from bratsfuse.baselines import Baseline

if TYPE_CHECKING:
    from bratsfuse.baselines._mixed_training import MixedConfig
    from bratsfuse.training.trainable import Training


def training() -> "Training[MixedConfig]":
    """Return how the reference segmenter is trained."""
    from bratsfuse.baselines._mixed_training import TRAINING

    return TRAINING


BASELINE = Baseline(
    summary="a U-Net that reads the fused images of any method, trained on mixtures",
    tracks=("segmentation",),
    training=training,
)
