"""One predicted volume to the slices that a release has of its case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats, Image, in_frame
from bratsfuse.errors import RawDataError
from bratsfuse.issues import Issue, error, note
from bratsfuse.raw.array_file import ARRAYS, read_array_file
from bratsfuse.raw.volume_file import VolumeFile, read_volume_file, times
from bratsfuse.records import SourceFile
from bratsfuse.release.manifest_parts import CaseRecord
from bratsfuse.results import Track

GRID_TOLERANCE_MM: Final = 1e-2
"""How far affines may differ: programs store them as float32 or as quaternions."""

_NEAR: Final = 1e-3
"""How far a stored value may lie from an integer; header slopes give 1.0000153."""

_CHANNELS: Final = (
    "regions that overlap are written as one label each, for example "
    "np.select([et, tc, wt], [3, 1, 2], 0)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeJob:
    """A predicted volume and what the release knows of its case.

    Attributes
    ----------
    case, path, track
        Whose it is, where it is, what it contains.
    slices
        z of each slice that is wanted.
    record
        The case in the release's manifest.
    affine
        Of the case in LPS order, (4, 4); None where the release has none.
    image_shape
        Rows and columns of the release's images.
    """

    case: str
    path: Path
    track: Track
    slices: tuple[int, ...]
    record: CaseRecord
    affine: Floats | None
    image_shape: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSlices:
    """What was read of a predicted volume.

    Attributes
    ----------
    case
        Whose it is.
    images
        z -> the slice, framed as in the release; masks with the values of their file.
        Empty if the volume is not usable.
    values
        The values that the complete volume has, of masks.
    affine
        Of the volume in LPS order; None of an array.
    segments
        Value -> name of its segment, where the file names them.
    issues
        Everything wrong.
    """

    case: str
    images: Mapping[int, Image] = field(default_factory=dict)
    values: frozenset[int] = frozenset()
    affine: Floats | None = None
    segments: Mapping[int, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


def read_slices(job: VolumeJob) -> VolumeSlices:
    """Return the slices of a predicted volume, reoriented as a build reorients them.

    Nothing is raised for a bad file: its problems are issues.
    """
    affine = None
    segments: Mapping[int, str] = {}
    try:
        if job.path.name.lower().endswith(ARRAYS):
            data = read_array_file(job.path, _one_source(job))
        else:
            volume = read_volume_file(job.path)
            data, affine, segments = volume.data, volume.affine, volume.segments
            if issues := _grid_issues(job, volume):
                return VolumeSlices(case=job.case, affine=affine, issues=tuple(issues))
    except RawDataError as problem:
        issue = error(job.case, "unreadable", str(problem))
        return VolumeSlices(case=job.case, issues=(issue,))
    labels, issues = _whole_numbers(job, data)
    if affine is None:
        issues = [*issues, _order_note(job)]
    if labels is None:
        return VolumeSlices(case=job.case, affine=affine, issues=tuple(issues))
    values = frozenset(np.flatnonzero(np.bincount(labels.ravel())).tolist())
    images = {z: in_frame(labels[:, :, z].T, job.image_shape) for z in job.slices}
    return VolumeSlices(
        case=job.case,
        images={z: np.ascontiguousarray(image) for z, image in images.items()},
        values=values,
        affine=affine,
        segments=segments,
        issues=tuple(issues),
    )


def _order_note(job: VolumeJob) -> Issue:
    """Return what was taken of an array that says nothing of its axes."""
    alike = len(set(job.record.shape)) < len(job.record.shape)
    hidden = ", and sides are equal, so that exchanged axes do not show"
    text = (
        "an array has no header: its axes are taken as those of the raw file or as "
        f"these reversed{hidden if alike else ''}; save NIfTI to be sure"
    )
    return note(job.case, "array-order", text)


def _one_source(job: VolumeJob) -> SourceFile:
    """Return the raw file whose voxels an array of the case has."""
    sources = [*job.record.sources.values()]
    orders = {(one.orientation, one.shape[:3]) for one in sources}
    if len(orders) != 1:
        raise RawDataError(
            f"{job.path}: the release does not say in which one order the files of "
            f"{job.case} are stored, and an array alone does not either; save it as "
            "NIfTI"
        )
    return sources[0]


def _grid_issues(job: VolumeJob, volume: VolumeFile) -> list[Issue]:
    """Return why a volume is not on the grid of its case; nothing if it is."""
    shape, expected = volume.data.shape, job.record.shape
    name = job.path.name
    if volume.data.ndim != 3:
        text = f"{name}: {shape[3]} channels; expected one volume: {_CHANNELS}"
        return [error(job.case, "wrong-shape", text)]
    if volume.is_identity:
        text = (
            f"the header of {name} is the identity matrix with origin 0, which "
            "programs write that know no orientation; write the affine of the case's "
            "images (nibabel.Nifti1Image(labels, image.affine))"
        )
        return [error(job.case, "identity-affine", text)]
    if shape != expected:
        text = f"{name}: shape {times(shape)}; {job.case} has {times(expected)}: "
        text += _why_other_shape(shape, expected)
        return [error(job.case, "wrong-shape", text)]
    spacing = np.sqrt((volume.affine[:3, :3] ** 2).sum(axis=0))
    if not np.allclose(spacing, job.record.spacing_mm, rtol=0, atol=GRID_TOLERANCE_MM):
        text = (
            f"{name}: voxels of {_millimetres(spacing)}; {job.case} has "
            f"{_millimetres(np.array(job.record.spacing_mm))}: resample it to the grid "
            "of the case's images, by nearest neighbour for labels"
        )
        return [error(job.case, "grid-differs", text)]
    if job.affine is None:
        return []
    apart = float(np.abs(volume.affine - job.affine).max())
    if apart > GRID_TOLERANCE_MM:
        text = (
            f"{name}: on another grid than the images of {job.case} (affines differ by "
            f"up to {apart:.4g} mm); write the affine of the images if the voxels "
            "correspond to theirs, else resample it to their grid"
        )
        return [error(job.case, "grid-differs", text)]
    return []


def _why_other_shape(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if sorted(shape) == sorted(expected):
        return (
            "its axes are in another order than its header says; write it with the "
            "header of the case's images"
        )
    if all(one <= other for one, other in zip(shape, expected, strict=True)):
        return "it is cropped; put it back into the frame of the case's images"
    return "predict on, or resample it to, the grid of the case's images"


def _millimetres(spacing: npt.NDArray[np.float64]) -> str:
    return " x ".join(f"{length:.4g}" for length in spacing) + " mm"


def _whole_numbers(
    job: VolumeJob, data: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.uint8] | None, list[Issue]]:
    """Return values as uint8, or None with what they are instead."""
    name = job.path.name
    if data.dtype.kind == "f":
        if not np.isfinite(data).all():
            text = f"{name}: NaN or infinite values; find out where they come from"
            return None, [error(job.case, "not-finite", text)]
        rounded = np.rint(data)
        if not float(np.abs(data - rounded).max(initial=0)) < _NEAR:
            return None, [_fractional(job, data)]
        data = rounded
    low, high = data.min(initial=0), data.max(initial=0)
    if low < 0 or high > np.iinfo(np.uint8).max:
        expected = "labels" if job.track == "segmentation" else "8-bit grey values"
        text = f"{name}: values from {low} to {high}; expected {expected}"
        return None, [error(job.case, "out-of-range", f"{text}: is it another image?")]
    if job.track == "fusion" and high == 1:
        text = f"{name}: no value above 1; expected grey values from 0 to 255"
        fix = "multiply by 255 and round to uint8"
        return None, [error(job.case, "unit-range", f"{text}: {fix}")]
    return data.astype(np.uint8), []


def _fractional(job: VolumeJob, data: npt.NDArray[Any]) -> Issue:
    name, low, high = job.path.name, float(data.min()), float(data.max())
    found = f"{name}: fractions between {low:.3g} and {high:.3g}"
    if job.track == "fusion":
        fix = "multiply by 255 and round to uint8" if high <= 1 else "round to uint8"
        code = "unit-range" if high <= 1 else "fractional-values"
        text = f"{found}; expected grey values from 0 to 255: {fix}"
        return error(job.case, code, text)
    text = (
        f"{found}; expected labels: take the most probable one of each voxel, and "
        "resample by nearest neighbour"
    )
    return error(job.case, "fractional-labels", text)
