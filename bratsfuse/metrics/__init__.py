"""Metrics of image fusion and of segmentation: pure NumPy in, plain floats out.

Two chapters, each a module that is read from its docstring down:

`bratsfuse.metrics.fusion`
    How well one image shows what several show: 38 metrics of a fused image and the
    images that it was made of.
`bratsfuse.metrics.segmentation`
    How well a predicted tumour agrees with a reference: 31 metrics of two label maps,
    region by region, of slices and of volumes. What a report puts instead of undefined
    values is named in `bratsfuse.metrics.empty_policy`.

Both have the same three parts. Each metric is a function with a readable name;
``METRICS`` maps its key to a `Metric`, the record of its direction, range, unit and
source, of when it is undefined and of what evaluation makes of it; ``evaluate`` returns
many of them by key, from shared work. Undefined is NaN, never 0 or 1.

`bratsfuse.metrics.colour` judges the colours of a fused image beside them, as of PET
over MRI: few functions of two colour images, in no report and on no board.

A metric is one file with its formula and its record, named like its key, in
``of_fusion`` or ``of_segmentation``; a third party's is one file and an entry point
``bratsfuse.metrics``.

`METRICS` here contains the records of both chapters by kind, fusion first. No key
belongs to both. Importing this package, or a chapter, loads neither SciPy nor numba;
they come with the first metric that needs them.

>>> from bratsfuse import metrics
>>> metrics.METRICS["segmentation"]["hd95"].unit
'mm'
>>> [kind for kind, records in metrics.METRICS.items() if "vif" in records]
['fusion']
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.metrics._metric import PENALTY, Metric

if TYPE_CHECKING:
    from bratsfuse.metrics import colour, fusion, segmentation

    METRICS: Mapping[str, Mapping[str, Metric]]

__all__ = ["METRICS", "PENALTY", "Metric", "colour", "fusion", "segmentation"]

_CHAPTERS: Final = ("fusion", "segmentation")


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a module or a mapping)
    if name in (*_CHAPTERS, "colour"):
        return importlib.import_module(f"{__name__}.{name}")
    if name == "METRICS":
        return {chapter: __getattr__(chapter).METRICS for chapter in _CHAPTERS}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
