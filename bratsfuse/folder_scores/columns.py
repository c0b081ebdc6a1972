"""Columns of fusion scores: of which metric one is, and where it looks.

A column is ``<key>``, ``<key>_brain`` or ``<key>_reference``, and each of these once
more with ``_<source>`` for one source alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.image_files import read_colour
from bratsfuse.issues import Issue, note
from bratsfuse.metrics import METRICS, Metric, colour
from bratsfuse.metrics.fusion import Convention, unit_of

BRAIN: Final = "brain"
REFERENCE: Final = "reference"


def metric_of(column: str) -> tuple[Metric, str]:
    """Return the metric of a column, and the rest of its name in words."""
    known = METRICS["fusion"]
    key, place = column, ""
    while key not in known and key not in colour.METRICS:
        key, _, last = key.rpartition("_")
        place = f"{last}_{place}" if place else last
    where, _, source = place.partition("_")
    if source and where in (BRAIN, REFERENCE):
        place = f"{where}, {source}"
    return known[key] if key in known else colour.METRICS[key], place


def is_plain(column: str) -> bool:
    """Return whether a column is a metric of whole images and all their sources."""
    return column in METRICS["fusion"] or column in colour.METRICS


def unit_of_column(column: str, convention: Convention) -> str:
    """Return the unit of a column under a convention."""
    record, _ = metric_of(column)
    if record.key in colour.METRICS:
        return record.unit
    return unit_of(record.key, convention)


def source_names(
    sources: Sequence[Path], keys: Sequence[str], regions: Sequence[str]
) -> tuple[tuple[str, ...], list[Issue]]:
    """Return what columns call the sources, and what the reader should know of it.

    Parameters
    ----------
    sources
        Their folders, whose names they have; numbers if two columns had one name then.
    keys, regions
        The metrics, and where they are given besides the whole image.
    """
    names = tuple(source.resolve().name for source in sources)
    whole = [key + end for key in keys for end in ("", *(f"_{r}" for r in regions))]
    columns = [*whole, *(f"{one}_{name}" for one in whole for name in names)]
    if all(names) and len(set(columns)) == len(columns):
        return names, []
    told = (
        "the names of their folders would name two columns alike; columns of single "
        "sources end in _1, _2 and so on, in the order given"
    )
    numbers = tuple(str(number) for number in range(1, len(sources) + 1))
    return numbers, [note("sources", "numbered", told)]


def check_colour(
    chosen: Path | None, sources: Sequence[Path], convention: Convention
) -> int | None:
    """Return which source is the one whose colours are compared.

    Raises
    ------
    InvalidInputError
        If it is none of the sources, or the convention prints no colour metrics.
    """
    if chosen is None:
        return None
    if convention != "bratsfuse":
        raise InvalidInputError(
            f"colour: the convention {convention!r} prints no colour metrics; leave "
            "colour out or use 'bratsfuse'"
        )
    places = [source.resolve() for source in sources]
    if chosen.resolve() not in places:
        raise InvalidInputError(
            f"colour: found {chosen}; expected one of the sources, "
            f"{', '.join(map(str, sources))}"
        )
    return places.index(chosen.resolve())


def colour_columns(
    source: Path, fused: Path, masks: Mapping[str, npt.NDArray[np.bool_]]
) -> dict[str, float]:
    """Return the colour metrics of a fused image, whole and inside masks."""
    pair = read_colour(source), read_colour(fused)
    scores = colour.evaluate(*pair)
    for name, mask in masks.items():
        inside = colour.evaluate(*pair, inside=mask)
        scores |= {f"{key}_{name}": value for key, value in inside.items()}
    return scores
