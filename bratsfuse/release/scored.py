"""What scoring reads of a release besides its rows: all that a fingerprint covers.

The manifest's own name and form are here too, for readers that need no more of it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

MANIFEST_NAME: Final = "manifest.json"
SCHEMA: Final = 2
"""Raised whenever a release is stored in another way, or proven by another digest."""


def scored_facts(
    *,
    image_shape: Iterable[int],
    sources: Iterable[str],
    fusers: Iterable[str],
    label_map: Mapping[str, str],
    regions: Iterable[str],
    synthetic: bool,
    spacing_mm: Mapping[str, Iterable[float]],
) -> dict[str, object]:
    """Return what scoring reads of a release besides its rows, as JSON values.

    Whatever reaches a number, or decides what is scored, belongs here: the fingerprint
    covers nothing else of the manifest.

    Parameters
    ----------
    image_shape
        Rows and columns.
    sources, fusers
        What the recipe fuses, and by what.
    label_map, regions, synthetic
        Of the raw release.
    spacing_mm
        Case id -> voxel size.
    """
    return {
        "image_shape": list(image_shape),
        "sources": list(map(str, sources)),
        "fusers": list(fusers),
        "label_map": dict(label_map),
        "regions": list(map(str, regions)),
        "synthetic": synthetic,
        "spacing_mm": {
            case: list(map(float, size)) for case, size in spacing_mm.items()
        },
    }
