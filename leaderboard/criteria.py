"""What entries are ranked by, in each track."""

from collections.abc import Mapping
from typing import Final

from bratsfuse.evaluation.downstream_rules import KEYS
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Section

TITLES: Final[Mapping[Section, str]] = {
    "fusion": "Fusion",
    "segmentation": "Segmentation",
    "downstream": "Use for segmentation",
}


def title_of(track: Section) -> str:
    """Return what a page calls a track or section."""
    return TITLES[track]


def ranked_measures(track: Section, protocol: Protocol) -> tuple[Measure, ...]:
    """Return the measures that a section is ranked by, in the order of its tables.

    The headline metrics: Dice and HD95 of every region, the fusion metrics that a
    report shows, and for use downstream Dice and NSD at 1 mm of every region. What the
    protocol did not score is left out.
    """
    if track == "downstream":
        return tuple(
            Measure(track, region, key) for region in protocol.regions for key in KEYS
        )
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
    chapter = "fusion" if measure.track == "fusion" else "segmentation"
    return METRICS[chapter][measure.key]
