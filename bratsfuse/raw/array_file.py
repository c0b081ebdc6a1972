"""One ``.npz`` file to one array: a volume that says nothing of its orientation."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import RawDataError
from bratsfuse.raw.volume_file import in_lps, times
from bratsfuse.records import SourceFile

ARRAYS: Final = (".npz",)

_PROBABILITIES: Final = ("probabilities", "softmax")
"""What nnU-Net calls the arrays that it saves beside a segmentation."""


def read_array_file(path: Path, like: SourceFile) -> npt.NDArray[Any]:
    """Return the volume of an ``.npz`` file in LPS order, shape (X, Y, Z).

    Parameters
    ----------
    path
        Contains one array of three axes longer than 1.
    like
        The file whose voxels it has one by one: in the order of its header, as nibabel
        reads it, or with the axes reversed, as SimpleITK does.

    Raises
    ------
    RawDataError
        If the file cannot be read, contains no or several volumes, or it does not
        follow from the shape which of the two orders it has.
    """
    data = _only_volume(path)
    stored = like.shape[:3]
    if data.shape not in (stored, stored[::-1]):
        raise RawDataError(
            f"{path}: shape {times(data.shape)}; expected {times(stored)}, the voxels "
            f"of {like.name} in their order, or {times(stored[::-1])} as SimpleITK "
            "has them: predict on the grid of the case"
        )
    if stored == stored[::-1]:
        raise RawDataError(
            f"{path}: shape {times(data.shape)} reads alike from both ends, so that "
            "the order of the axes is not known; save it as NIfTI with the affine of "
            f"{like.name}"
        )
    return in_lps(data if data.shape == stored else data.T, like.orientation)


def _only_volume(path: Path) -> npt.NDArray[Any]:
    try:
        # Opened here: NumPy leaves what it cannot read open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: np.squeeze(file[name]) for name in file.files}
    except Exception as problem:  # a broken archive makes readers raise anything
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        raise RawDataError(
            f"{path}: not a readable .npz file ({reason}); save it again by "
            "numpy.savez_compressed"
        ) from problem
    if probable := [name for name in _PROBABILITIES if name in arrays]:
        raise RawDataError(
            f"{path}: contains {probable[0]}; expected labels: give the volume of "
            "labels that is written beside it"
        )
    volumes = {name: one for name, one in arrays.items() if one.ndim >= 3}
    if len(volumes) != 1 or next(iter(volumes.values())).ndim != 3:
        found = ", ".join(
            f"{name} ({times(one.shape) or 'one value'})"
            for name, one in arrays.items()
        )
        raise RawDataError(
            f"{path}: contains {found or 'nothing'}; expected one array of three axes"
        )
    data: npt.NDArray[Any] = next(iter(volumes.values()))
    if data.dtype.kind not in "buif":
        raise RawDataError(f"{path}: type {data.dtype}; expected numbers")
    return data
