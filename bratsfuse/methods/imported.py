"""Methods that nothing lists: ``module:object``, also a bare function of images."""

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.baselines import BASELINES, Baseline
from bratsfuse.errors import InvalidInputError
from bratsfuse.fusers import Fuser
from bratsfuse.results import Track


def imported(name: str) -> Baseline:
    """Return the method at ``module:object``, also of a module in the current folder.

    Raises
    ------
    UnknownNameError
        If it cannot be imported, or is neither a `Baseline` nor fuses images.
    InvalidInputError
        If it is a function that cannot be called with one argument.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # behind all others: it must not hide a package
    return BASELINES.imported(name, as_baseline)


def as_baseline(found: object) -> object:
    """Return a fusion method or a function of images as a baseline that fuses.

    Parameters
    ----------
    found
        A `Fuser`, or a function of one array, uint8 (N, H, W), that returns uint8
        (H, W). Anything else is returned as it is.

    Raises
    ------
    InvalidInputError
        If it is a function that cannot be called with one argument.
    """
    if isinstance(found, Baseline | type) or not callable(found):
        return found
    fuse = found if isinstance(found, Fuser) else _of_function(found)

    def predict(modalities: Mapping[Modality, Image]) -> Mapping[Track, Image]:
        return {"fusion": fuse(np.stack(list(modalities.values())))}

    return Baseline(summary=fuse.summary, tracks=("fusion",), predict=predict)


def _of_function(function: object) -> Fuser:
    assert callable(function)  # noqa: S101  (its caller has asked)
    name = getattr(function, "__name__", type(function).__name__)
    try:
        inspect.signature(function).bind(np.zeros((2, 1, 1), np.uint8))
    except TypeError as problem:
        raise InvalidInputError(
            f"{name}: cannot be called with one argument ({problem}); expected a "
            "function of one array, uint8 (N, H, W): def fuse(images): a, b = images"
        ) from problem
    except ValueError:
        pass  # compiled functions have no signature to read
    words = (inspect.getdoc(function) or name).splitlines()[0]
    return Fuser(function=lambda images: np.asarray(function(images)), summary=words)
