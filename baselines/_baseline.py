"""What a baseline declares, and the list of all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.registry import Registry
from bratsfuse.results import Track

if TYPE_CHECKING:
    from bratsfuse.training.trainable import Training

Predict = Callable[[Mapping[Modality, Image]], Mapping[Track, Image]]
"""The originals of a slice to a fused image, a mask, or both, of the same size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A method that predicts what a submission contains.

    Attributes
    ----------
    summary
        What it does, in a few words.
    tracks
        What it predicts.
    sources
        The originals that it takes; None for any that the user chooses.
    predict
        How it predicts; None if it has to be trained first.
    training
        Imports and returns how it is trained; None if it is not.
    """

    summary: str
    tracks: tuple[Track, ...]
    sources: tuple[Modality, ...] | None = None
    predict: Predict | None = None
    training: "Callable[[], Training[Any]] | None" = None


BASELINES: Final = Registry[Baseline](
    "bratsfuse.baselines", attribute="BASELINE", kind="baseline", type_=Baseline
)
"""Name -> baseline, for every file of this folder and every third party's."""
