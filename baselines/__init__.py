"""Baselines: the methods that any claim on the benchmark has to beat.

To add one, add a file here with a `BASELINE`; its name becomes the name of the
baseline. A third party declares an entry point in the group ``bratsfuse.baselines``
that points to a module with a `BASELINE`, or to a `bratsfuse.baselines.Baseline`
itself. Such a module is imported to list it: import torch inside functions only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.registry import Registry
from bratsfuse.results import Track

if TYPE_CHECKING:
    from bratsfuse.baselines._model import Model
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


def load(name: str | Path, *, device: str = "cpu") -> "Model":
    """Return a trained baseline: see `bratsfuse.baselines._model.load`.

    Parameters
    ----------
    name
        ``fuse4seg`` or ``reference_segmenter``, whose weights come with bratsfuse; or
        the folder of a run of ``bratsfuse train``.
    device
        What torch calls it, or ``auto``.

    Raises
    ------
    UnknownNameError
        If there is neither.
    InvalidInputError
        If the run has not been validated yet, or is one of another version.
    """
    from bratsfuse.baselines import _model  # imports torch

    return _model.load(name, device=device)


def save(
    run: Path, target: Path, *, half: bool = False, overwrite: bool = False
) -> None:
    """Write the weights of a run as a folder to publish, with a model card.

    Parameters
    ----------
    run
        The folder of the run.
    target
        The new folder; it appears when it is complete, and `load` reads it.
    half
        Whether weights are stored in half precision, in half the space.
    overwrite
        Replace a folder of this kind that already exists.

    Raises
    ------
    InvalidInputError
        If there is no run, it has not been validated yet, or the target exists.
    """
    from bratsfuse.baselines import _saving  # imports torch

    _saving.save(run, target, half=half, overwrite=overwrite)


def export(name: str | Path, target: Path, *, overwrite: bool = False) -> None:
    """Write a trained baseline as one network that runs without bratsfuse.

    Parameters
    ----------
    name
        As `load` takes it.
    target
        The new folder: ``model.pt2``, for `torch.export.load`, and ``model.json``,
        which names its inputs and outputs and the box of an image that it is given.
    overwrite
        Replace a folder of this kind that already exists.

    Raises
    ------
    UnknownNameError
        If there is no such baseline or run.
    InvalidInputError
        If the run has not been validated yet, or the target exists.
    """
    from bratsfuse.baselines import _exporting  # imports torch

    _exporting.export(name, target, overwrite=overwrite)
