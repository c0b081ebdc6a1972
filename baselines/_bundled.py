"""The weights that come with bratsfuse: folders like those of a run."""

from pathlib import Path
from typing import Final

from bratsfuse.training.run import is_run

FOLDER: Final = Path(__file__).parent / "bundled"


def bundled(name: str) -> Path | None:
    """Return the folder of a baseline whose weights come with bratsfuse, else None."""
    folder = FOLDER / name.replace("-", "_")
    return folder if is_run(folder) else None


def bundled_names() -> list[str]:
    """Return the baselines whose weights come with bratsfuse, sorted."""
    return sorted(path.name for path in FOLDER.glob("*") if is_run(path))
