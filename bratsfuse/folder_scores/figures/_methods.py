"""What the figures share: the colour of a method, and the measures of a metric."""

from typing import Final

import numpy as np

from bratsfuse.folder_scores.methods import Methods
from bratsfuse.report.drawing import sheet
from bratsfuse.results import Measure

_SERIES: Final = (sheet.REGION_COLOURS["WT"], *sheet.SERIES)


def colour_of(methods: Methods, name: str) -> str:
    """Return the colour of a method; beyond the sixth they come again."""
    return _SERIES[list(methods.by_name).index(name) % len(_SERIES)]


def legend_of(methods: Methods) -> tuple[tuple[str, str], ...]:
    """Return the colour of each method as a page names it; empty for one method."""
    if len(methods.by_name) < 2:
        return ()
    return tuple(
        (sheet.PROPERTIES[colour_of(methods, name)][0], name)
        for name in methods.by_name
    )


def by_key(methods: Methods) -> dict[str, list[Measure]]:
    """Return the headline measures by metric: key -> one per region.

    A metric without any finite value is left out: there is nothing to draw.
    """
    found: dict[str, list[Measure]] = {}
    for measure in methods.headline:
        found.setdefault(measure.key, []).append(measure)
    tables = [method.table for method in methods.by_name.values()]
    return {
        key: measures
        for key, measures in found.items()
        if any(np.isfinite(t.column(m)).any() for t in tables for m in measures)
    }


def shortened(text: str, most: int = 12) -> str:
    """Return a name as a label has room for; the whole one is in the tables."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
