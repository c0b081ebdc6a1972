"""One mask file -> a label map, its pixel size and its grid.

Labels are numbers, not grey levels: what cannot be read as whole numbers from 0 to 255,
as they were stored, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.image_files import open_picture
from bratsfuse.raw.own_folders import is_volume
from bratsfuse.raw.volume_file import read_volume_file, times

_TOLERANCE: Final = 1e-3
"""How far a stored label may lie from an integer; header slopes give 1.0000153."""

_SAME_GRID: Final = 0.01
"""Of a pixel: so far may the corners of two equal grids lie apart."""

_PALETTE_OR_GREY: Final = ("P", "L", "1", "I", "I;16", "F")


LPS: Final = "LPS"
"""The orientation of all arrays of volumes."""


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A label map as metrics take it.

    Attributes
    ----------
    labels
        uint8, shape (Z, Y, X) in LPS order, or (H, W): of a picture, or of a volume
        with a single slice, which is scored as a picture.
    spacing_mm
        Along each axis of `labels`; None of a picture, which does not say it.
    shape
        As stored, in LPS order, x first; of a picture (width, height).
    affine
        Voxel index -> world in millimetres; None of a picture.
    is_identity
        Whether the affine is the identity, as programs make it up.
    segments
        Value -> name of its segment, where the file names them.
    orientation
        Axis codes of the volume as stored, x first.
    """

    labels: npt.NDArray[np.uint8]
    spacing_mm: tuple[float, ...] | None
    shape: tuple[int, ...]
    affine: npt.NDArray[np.float64] | None
    is_identity: bool = False
    segments: Mapping[int, str] = field(default_factory=dict)
    orientation: str = LPS


def read_labels(path: Path) -> LabelFile:
    """Return the label map of a volume or a picture.

    Raises
    ------
    RawDataError
        If it cannot be read, has several channels, or is no label map.
    """
    return _read_volume(path) if is_volume(path) else _read_picture(path)


def difference(reference: LabelFile, prediction: LabelFile) -> str:
    """Return how the grid of a prediction differs from its reference's; "" if not."""
    if (reference.affine is None) != (prediction.affine is None):
        kinds = ("a picture", "a volume")
        found, expected = kinds if prediction.affine is None else kinds[::-1]
        return f"is {found} and the reference {expected}; give both in one form"
    if reference.shape != prediction.shape:
        return (
            f"has shape {times(prediction.shape)}, the reference "
            f"{times(reference.shape)}; resample it to the reference's grid"
        )
    if reference.affine is None or prediction.affine is None:
        return ""
    if reference.is_identity != prediction.is_identity:
        which = "its header" if prediction.is_identity else "the reference's header"
        return (
            f"lies on another grid: {which} is the identity matrix, which programs "
            "write that lost the true one; save it with the header of its image"
        )
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in reference.shape])).reshape(
        3, -1
    )
    moved = (reference.affine - prediction.affine)[:3]
    apart = moved[:, :3] @ corners + moved[:, 3:]
    farthest = float(np.linalg.norm(apart, axis=0).max())
    if farthest <= _SAME_GRID * min(_sizes(reference.affine)):
        return ""
    return (
        f"lies on another grid: its corners are up to {farthest:.3g} mm from the "
        f"reference's (spacing {_spaced(prediction.affine)}, there "
        f"{_spaced(reference.affine)} mm); resample it to the reference's grid"
    )


def _read_volume(path: Path) -> LabelFile:
    volume = read_volume_file(path)
    if volume.data.ndim != 3:
        raise RawDataError(
            f"{path}: {volume.data.shape[3]} channels; expected one label map: save "
            "the argmax of the channels, or one number per label"
        )
    labels = _whole_numbers(path, volume.data).T
    spacing = _sizes(volume.affine)[::-1]
    if labels.shape.count(1) == 1:  # a slice, whose faces are no surface
        kept = [axis for axis, n in enumerate(labels.shape) if n > 1]
        labels, spacing = labels.squeeze(), tuple(spacing[axis] for axis in kept)
    return LabelFile(
        labels,
        spacing,
        volume.data.shape,
        volume.affine,
        volume.is_identity,
        volume.segments,
        volume.source.orientation,
    )


def _read_picture(path: Path) -> LabelFile:
    try:
        with open_picture(path) as image:
            if image.format == "JPEG":
                raise RawDataError(
                    f"{path}: JPEG changes the labels of a mask; save it as PNG"
                )
            layers = getattr(image, "n_frames", 1)
            if layers > 1:
                raise RawDataError(
                    f"{path}: contains {layers} layers; expected one: save a volume "
                    "as .nii.gz, or one file per slice"
                )
            if image.mode not in _PALETTE_OR_GREY or "A" in image.mode:
                raise RawDataError(
                    f"{path}: a picture in colour ({image.mode}); expected one label "
                    "number per pixel: save the label map in grey or with a palette"
                )
            pixels = np.asarray(image)
    except InvalidInputError as problem:
        raise RawDataError(str(problem)) from problem
    labels = _whole_numbers(path, pixels)
    return LabelFile(labels, None, labels.shape[::-1], None)


def _whole_numbers(path: Path, values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return labels as uint8, or refuse what is no label map."""
    if values.dtype.kind == "f":
        rounded = np.rint(values)
        apart = float(np.abs(values - rounded).max())
        if not apart < _TOLERANCE:  # NaN is not below it either
            raise RawDataError(
                f"{path}: values lie up to {apart:.3g} from whole numbers; expected "
                "labels: save the argmax or a thresholded mask, not probabilities"
            )
        values = rounded
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255:
        raise RawDataError(
            f"{path}: values from {low:g} to {high:g}; expected labels from 0 to 255: "
            "is it an image?"
        )
    return values.astype(np.uint8)


def _sizes(affine: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Return the voxel size along x, y and z in millimetres.

    To a millionth: headers store spacing and directions as rounded floats.
    """
    x, y, z = np.sqrt((affine[:3, :3] ** 2).sum(axis=0)).round(6).tolist()
    return (x, y, z)


def _spaced(affine: npt.NDArray[np.float64]) -> str:
    return " x ".join(f"{size:.4g}" for size in _sizes(affine))
