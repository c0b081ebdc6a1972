"""What entries are ranked by, in each track."""

from bratsfuse.metrics import METRICS, Metric
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Track


def ranked_measures(track: Track, protocol: Protocol) -> tuple[Measure, ...]:
    """Return the measures that a track is ranked by, in the order of its tables.

    The headline metrics: Dice and HD95 of every region, and the fusion metrics that a
    report shows. What the protocol did not score is left out.
    """
    scored = protocol.fusion if track == "fusion" else protocol.segmentation
    regions = ("",) if track == "fusion" else tuple(protocol.regions)
    return tuple(
        Measure(track, region, key)
        for region in regions
        for key, metric in METRICS[track].items()
        if metric.headline and key in scored
    )


def metric_of(measure: Measure) -> Metric:
    """Return the record of a measure's metric: its direction, title and unit."""
    return METRICS[measure.track][measure.key]
