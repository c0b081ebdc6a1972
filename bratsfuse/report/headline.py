"""The measures that a report leads with, and where their values lie."""

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.report.records import Evaluation
from bratsfuse.results import Measure, Results

Codes = npt.NDArray[np.uint8]


def metric_of(key: str) -> Metric:
    """Return the record of a segmentation metric."""
    return METRICS["segmentation"][key]


def regions_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the regions that were scored, in order."""
    return tuple(evaluation.report.scores.segmentation)


def keys_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the headline metrics that were scored, in order."""
    regions = evaluation.report.scores.segmentation.values()
    return tuple(
        key
        for key, metric in METRICS["segmentation"].items()
        if metric.headline and any(key in scores for scores in regions)
    )


def column_of(table: Results, region: str, key: str) -> tuple[Floats, Codes]:
    """Return the values and the status codes of a measure, one a row."""
    place = table.measures.index(Measure("segmentation", region, key))
    return table.values[:, place], table.status[:, place]
