"""Words that the terminal and the page share, so that both say the same."""

from typing import Final, Literal

from bratsfuse.metrics import METRICS
from bratsfuse.pages.numbers import number
from bratsfuse.report.records import Data
from bratsfuse.report.scores import Downstream
from bratsfuse.wording import counted

_LABELS: Final[dict[Literal["public", "key", "withheld"], str]] = {
    "public": "public masks",
    "key": "hidden, from an organiser's answer key",
    "withheld": "hidden, so segmentation is not scored",
}

REFERENCE_MEANING: Final = (
    "one network with fixed weights reads the fused images; a quick look, never "
    "ranked alone"
)


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


def seeds_in_words(found: Downstream) -> str:
    """Return how often a row of the downstream track was trained."""
    return (
        f"{counted(len(found.seeds), 'training')} of each row, "
        f"preset {found.settings.get('preset', '?')}"
    )


def floor_in_words(found: Downstream) -> str:
    """Return whether images are true enough to their sources to be ranked."""
    told = [
        f"{METRICS['fusion'][key].title} {number(found.fidelity.get(key))} "
        f"({'below' if key in found.below_floor else 'at least'} {number(least)})"
        for key, least in found.floor.items()
    ]
    verdict = (
        "not ranked: images this far from their sources may carry a message that a "
        "segmenter reads and a reader cannot see"
        if found.below_floor
        else "ranked"
    )
    return f"fidelity to the sources within lesions: {', '.join(told)}; {verdict}"
