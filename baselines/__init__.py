"""Baselines: the methods that any claim on the benchmark has to beat.

- `threshold`: an untrained floor for segmentation;
- `unet`: a segmenter of whatever images it is given;
- `fuse4seg`: a fusion network that learns from the segmenter of its images;
- `reference_segmenter`: one that reads the fused images of any method.

`load` gives one that is trained, by name or by the folder of a run; `save` and `export`
write it for others. `UNet` and `LateUNet` are the networks, `segmentation_loss` is what
they minimise, `count_macs` what they cost.

To add one, add a file here with a `BASELINE`; its name becomes the name of the
baseline. A third party declares an entry point in the group ``bratsfuse.baselines``
that points to a module with a `BASELINE`, or to a `bratsfuse.baselines.Baseline`
itself. Such a module is imported to list it: import torch inside functions only.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.baselines._any_size import pad_to_multiple as pad_to_multiple
    from bratsfuse.baselines._baseline import BASELINES as BASELINES
    from bratsfuse.baselines._baseline import Baseline as Baseline
    from bratsfuse.baselines._baseline import Predict as Predict
    from bratsfuse.baselines._bundled import bundled as bundled
    from bratsfuse.baselines._cost import count_macs as count_macs
    from bratsfuse.baselines._cost import count_parameters as count_parameters
    from bratsfuse.baselines._exporting import export as export
    from bratsfuse.baselines._late_unet import LateUNet as LateUNet
    from bratsfuse.baselines._mixed_training import MixedConfig as MixedConfig
    from bratsfuse.baselines._mixed_training import mixtures as mixtures
    from bratsfuse.baselines._model import Model as Model
    from bratsfuse.baselines._model import load as load
    from bratsfuse.baselines._region_loss import (
        region_cross_entropy as region_cross_entropy,
    )
    from bratsfuse.baselines._region_loss import segmentation_loss as segmentation_loss
    from bratsfuse.baselines._region_loss import soft_dice_loss as soft_dice_loss
    from bratsfuse.baselines._regions import REGION_ORDER as REGION_ORDER
    from bratsfuse.baselines._regions import labels_to_regions as labels_to_regions
    from bratsfuse.baselines._regions import logits_to_labels as logits_to_labels
    from bratsfuse.baselines._regions import regions_to_labels as regions_to_labels
    from bratsfuse.baselines._saving import save as save
    from bratsfuse.baselines._unet import MAX_CHANNELS as MAX_CHANNELS
    from bratsfuse.baselines._unet import UNET_PRESETS as UNET_PRESETS
    from bratsfuse.baselines._unet import UNet as UNet
    from bratsfuse.baselines._unet_training import TrainableUNet as TrainableUNet
    from bratsfuse.baselines._unet_training import UNetConfig as UNetConfig

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_any_size": ["pad_to_multiple"],
        "_baseline": ["BASELINES", "Baseline", "Predict"],
        "_bundled": ["bundled"],
        "_cost": ["count_macs", "count_parameters"],
        "_exporting": ["export"],
        "_late_unet": ["LateUNet"],
        "_mixed_training": ["MixedConfig", "mixtures"],
        "_model": ["Model", "load"],
        "_region_loss": ["region_cross_entropy", "segmentation_loss", "soft_dice_loss"],
        "_regions": [
            "REGION_ORDER",
            "labels_to_regions",
            "logits_to_labels",
            "regions_to_labels",
        ],
        "_saving": ["save"],
        "_unet": ["MAX_CHANNELS", "UNET_PRESETS", "UNet"],
        "_unet_training": ["TrainableUNet", "UNetConfig"],
    },
)
