"""What entries are ranked by, in each track."""

from typing import Final

from bratsfuse.metrics import METRICS, Metric
from bratsfuse.metrics.fusion import DEFAULT
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Track

SEGMENTATION_KEYS: Final = ("dice", "hd95")
"""One metric of overlap and one of the boundary, of each region."""


def ranked_measures(track: Track, protocol: Protocol) -> tuple[Measure, ...]:
    """Return the measures that a track is ranked by, in the order of its tables.

    Segmentation: Dice and HD95 of every region. Fusion: the metrics that a report
    shows. What the protocol did not score is left out.
    """
    if track == "fusion":
        return tuple(
            Measure(track, "", key) for key in DEFAULT if key in protocol.fusion
        )
    return tuple(
        Measure(track, region, key)
        for region in protocol.regions
        for key in SEGMENTATION_KEYS
        if key in protocol.segmentation
    )


def metric_of(measure: Measure) -> Metric:
    """Return the record of a measure's metric: its direction, title and unit."""
    return METRICS[measure.track][measure.key]
