"""The folder that scores are written to, and what it may replace."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bratsfuse.place import Kind, lacking
from bratsfuse.report.figures import Plate, figure_files

RECORD_NAME: Final = "scores.json"
CASES_NAME: Final = "per_case.csv"
LESIONS_NAME: Final = "per_lesion.csv"
CHALLENGE_NAME: Final = "challenge.csv"
IMAGES_NAME: Final = "per_image.csv"
PAGE_NAME: Final = "report.html"
FIGURES_NAME: Final = "figures"

_OURS: Final = frozenset(
    {
        *(RECORD_NAME, CASES_NAME, LESIONS_NAME, CHALLENGE_NAME, IMAGES_NAME),
        *(PAGE_NAME, FIGURES_NAME),
    }
)


def _flaw(folder: Path) -> str:
    strange = sorted({path.name for path in folder.iterdir()} - _OURS)
    if strange:
        return f"found {', '.join(strange[:3])}"
    return lacking(RECORD_NAME)(folder)


FOLDER: Final = Kind(
    name="folder of scores",
    parents=True,
    flaw=_flaw,
    advice="choose a new folder, or --overwrite to replace it",
)


def as_text(content: Mapping[str, Any]) -> str:
    """Return a record as strict JSON."""
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def write_folder(
    folder: Path, texts: Mapping[str, str], plates: Sequence[Plate]
) -> None:
    """Write the files of a folder, and its figures as files that stand alone."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    figures = folder / FIGURES_NAME
    figures.mkdir()
    for name, svg in figure_files(tuple(plates)).items():
        (figures / name).write_bytes(svg.encode())
