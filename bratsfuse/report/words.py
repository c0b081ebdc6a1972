"""Words that the terminal and the page share, so that both say the same."""

from typing import Final, Literal

from bratsfuse.report.records import Data
from bratsfuse.wording import counted

_LABELS: Final[dict[Literal["public", "key", "withheld"], str]] = {
    "public": "public masks",
    "key": "hidden masks, from an organiser's key",
    "withheld": "masks withheld, so segmentation is not scored",
}


def extent(data: Data) -> str:
    """Return how much was scored against, such as ``2 slice sets of 1 case, ...``."""
    return (
        f"{counted(data.slice_sets, 'slice set')} of {counted(data.cases, 'case')}, "
        f"{counted(data.patients, 'patient')}"
    )


def sampled(data: Data) -> str:
    """Return what means over cases are over, such as ``4 cases of 3 patients``."""
    return f"{counted(data.cases, 'case')} of {counted(data.patients, 'patient')}"


def labels_in_words(data: Data) -> str:
    """Return where the true masks came from."""
    return _LABELS[data.labels]
