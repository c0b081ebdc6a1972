"""The names of a submission's files and columns, once, for reader and writer."""

from typing import Final

from bratsfuse.results import Track

RECORD_NAME: Final = "submission.toml"
PREDICTIONS_NAME: Final = "predictions.h5"

CASE_COLUMN: Final = "case_id"
SLICE_COLUMN: Final = "slice_index"

COLUMN_OF: Final[dict[Track, str]] = {"fusion": "fused", "segmentation": "mask"}
"""Track -> its column in ``predictions.h5``, and its folder of PNG files."""
TRACK_OF: Final[dict[str, Track]] = {name: track for track, name in COLUMN_OF.items()}

_LITTER: Final = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"}


def is_litter(name: str) -> bool:
    """Return whether an operating system left a file of this relative name behind."""
    return any(
        part.startswith(".") or part.lower() in _LITTER for part in name.split("/")
    )


def track_of_png(name: str) -> Track | None:
    """Return the track of a name such as ``mask/<slice_id>.png``, None if of none."""
    folder, _, file = name.partition("/")
    is_png = file.lower().endswith(".png") and "/" not in file
    return TRACK_OF.get(folder) if is_png else None
