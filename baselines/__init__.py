"""Baselines: the methods that any claim on the benchmark has to beat.

- `threshold`: an untrained floor for segmentation;
- `unet`: a segmenter of whatever images it is given;
- `fuse4seg`: a fusion network that learns from the segmenter of its images;
- `reference_segmenter`: one that reads the fused images of any method.

`load` gives one that is trained, by name or by the folder of a run; `save` and `export`
write it for others.

To add one, add a file here with a `BASELINE`; its name becomes the name of the
baseline. A third party declares an entry point in the group ``bratsfuse.baselines``
that points to a module with a `BASELINE`, or to a `bratsfuse.baselines.Baseline`
itself. Such a module is imported to list it: import torch inside functions only.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.baselines._baseline import BASELINES as BASELINES
    from bratsfuse.baselines._baseline import Baseline as Baseline
    from bratsfuse.baselines._baseline import Predict as Predict
    from bratsfuse.baselines._exporting import export as export
    from bratsfuse.baselines._model import Model as Model
    from bratsfuse.baselines._model import load as load
    from bratsfuse.baselines._saving import save as save

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_baseline": ["BASELINES", "Baseline", "Predict"],
        "_exporting": ["export"],
        "_model": ["Model", "load"],
        "_saving": ["save"],
    },
)
