"""bratsfuse: paired BraTS slices for image fusion and segmentation.

The command line is ``bratsfuse --help``. From Python, `BraTSFuse` is a built release as
a torch dataset, `FusionEvaluator` and `SegmentationEvaluator` score a validation loop,
and ``bratsfuse.metrics`` and ``bratsfuse.baselines`` are what their names say. All are
looked up on first use, so that importing the package stays cheap: nothing here imports
torch or NumPy.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bratsfuse import baselines, fusers, metrics
    from bratsfuse.evaluators import FusionEvaluator, SegmentationEvaluator
    from bratsfuse.release.torch_dataset import BraTSFuse

__version__ = "0.1.0"
__all__ = [
    "BraTSFuse",
    "FusionEvaluator",
    "SegmentationEvaluator",
    "__version__",
    "baselines",
    "fusers",
    "metrics",
]

_CLASSES = {
    "BraTSFuse": "release.torch_dataset",
    "FusionEvaluator": "evaluators",
    "SegmentationEvaluator": "evaluators",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a class or a module)
    if name in _CLASSES:
        return getattr(importlib.import_module(f"bratsfuse.{_CLASSES[name]}"), name)
    if name in __all__:
        return importlib.import_module(f"bratsfuse.{name}")
    raise AttributeError(f"module 'bratsfuse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"importlib", "Any", "TYPE_CHECKING"})
