"""The folder that scores are written to, and what it may replace."""

from pathlib import Path
from typing import Final

from bratsfuse.place import Kind, lacking

RECORD_NAME: Final = "scores.json"
CASES_NAME: Final = "per_case.csv"
LESIONS_NAME: Final = "per_lesion.csv"
PAGE_NAME: Final = "report.html"
FIGURES_NAME: Final = "figures"

_OURS: Final = frozenset(
    {RECORD_NAME, CASES_NAME, LESIONS_NAME, PAGE_NAME, FIGURES_NAME}
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
