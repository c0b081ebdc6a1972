"""A case's files -> one volume whose modalities and mask lie on one grid.

Everything wrong with a case is collected, so that a user sees all of it at once.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label, Modality
from bratsfuse.errors import RawDataError
from bratsfuse.issues import Issue, error, note, warning
from bratsfuse.raw.layout import MASK
from bratsfuse.raw.plausible import (
    guessed_mask_issues,
    normalised_issues,
    rescaling_notes,
    value_issues,
)
from bratsfuse.raw.segment_names import CODE, read_by_names
from bratsfuse.raw.volume_file import VolumeFile, read_volume_file, times
from bratsfuse.records import Case, ImageFile, SourceFile, Volume

AFFINE_TOLERANCE_MM: Final = 1e-3
"""How far two affines may differ; headers contain -0.0 and rounded floats."""

LABEL_TOLERANCE: Final = 1e-3
"""How far a stored label may lie from an integer; header slopes give 1.0000153."""

_VALUES: Final = 256
"""Values that a label may have: 0 to 255."""


def read_case(case: Case) -> Volume:
    """Return a case's volume, or as much of it as could be read.

    Parameters
    ----------
    case
        As a builder found it.

    Returns
    -------
    Volume
        In LPS order: the modalities that were read, the mask in canonical labels (None
        if there is none or it is not usable), and every problem as an issue. Nothing
        is raised for bad files.
    """
    issues: list[Issue] = []
    volumes = _read_files(case, issues)
    roles = {
        role: _channel(case, role, image, volumes, issues)
        for role, image in _roles(case).items()
        if image.path in volumes
    }
    usable = {role: data for role, data in roles.items() if data is not None}
    issues += _header_issues(case, volumes)
    issues += _grid_issues(case, usable, volumes)
    images = {
        modality: _numbers(usable[modality])
        for modality in Modality
        if modality in usable
    }
    for modality, data in images.items():
        issues += value_issues(case.id, modality, data)
    if issues:  # one of them may be of values below 0
        issues += normalised_issues(case, images)
    issues += rescaling_notes(case, images)
    mask = None
    if MASK in usable:
        coding, problems = _mask_coding(case, volumes)
        issues += problems
        mask, problems = _canonical_mask(case, usable[MASK], coding)
        issues += problems
    if mask is not None and case.mask_is_guess:
        problems = guessed_mask_issues(case, images, mask)
        issues += problems
        mask = None if problems else mask
    sources = {
        role: volumes[image.path].source
        for role, image in _roles(case).items()
        if image.path in volumes
    }
    issues += list(_format_notes(case, sources))
    affines = (volumes[case.images[modality].path].affine for modality in images)
    return Volume(
        images,
        mask,
        _spacing(volumes),
        sources,
        tuple(issues),
        affine=next(affines, None),
    )


def _roles(case: Case) -> dict[str, ImageFile]:
    roles = {str(modality): image for modality, image in case.images.items()}
    if case.mask is not None:
        roles[MASK] = case.mask
    return roles


def _read_files(case: Case, issues: list[Issue]) -> dict[Path, VolumeFile]:
    volumes = {}
    for path in case.files():
        try:
            volumes[path] = read_volume_file(path)
        except RawDataError as problem:
            issues.append(error(case.id, "unreadable", str(problem)))
    return volumes


def _channel(
    case: Case,
    role: str,
    image: ImageFile,
    volumes: Mapping[Path, VolumeFile],
    issues: list[Issue],
) -> npt.NDArray[Any] | None:
    """Return the 3D array of a role, or None after noting why there is none."""
    data = volumes[image.path].data
    if image.channel is None and data.ndim == 3:
        return data
    if image.channel is not None and data.ndim == 4:
        if image.channel < data.shape[3]:
            return data[..., image.channel]
        problem = f"{data.shape[3]} channels; expected one for {role}"
    else:
        expected = "one volume" if image.channel is None else "a 4D image"
        problem = f"shape {times(data.shape)}; expected {expected}"
    issues.append(error(case.id, "wrong-shape", f"{image.path.name}: {problem}"))
    return None


def _numbers(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return integers as they are, floats as float32: that is half the memory."""
    if data.dtype == np.float64:
        return data.astype(np.float32)
    if data.dtype.kind == "f" and not data.dtype.isnative:
        return data.astype(np.float32)
    return data


def _header_issues(case: Case, volumes: Mapping[Path, VolumeFile]) -> Iterator[Issue]:
    """Refuse headers that programs make up where they are given no orientation."""
    made_up = sorted(path.name for path, file in volumes.items() if file.is_identity)
    if made_up:
        text = (
            f"the header of {', '.join(made_up)} is the identity matrix with origin 0, "
            "which programs write that know no orientation; by it the slices would be "
            "turned by 180 degrees. If the voxels are stored as in the release, write "
            "its affine back (nibabel.Nifti1Image(data, original.affine)); if they "
            "really run right, anterior, superior, set the true origin"
        )
        yield error(case.id, "identity-affine", text)


def _grid_issues(
    case: Case,
    roles: Mapping[str, npt.NDArray[Any]],
    volumes: Mapping[Path, VolumeFile],
) -> list[Issue]:
    if not roles:
        return []
    files = _roles(case)
    first, *others = roles
    shape = roles[first].shape
    affine = volumes[files[first].path].affine
    issues = []
    for role in others:
        other = volumes[files[role].path].affine
        if roles[role].shape != shape:
            text = f"{times(roles[role].shape)}, {first} {times(shape)}"
            issues.append(error(case.id, "grid-differs", f"{role} has shape {text}"))
        elif not np.allclose(other, affine, rtol=0, atol=AFFINE_TOLERANCE_MM):
            apart = float(np.abs(other - affine).max())
            text = (
                f"{role} lies on another grid than {first} (affines differ by "
                f"{apart:.4g} mm); resample them to one grid"
            )
            issues.append(error(case.id, "grid-differs", text))
    if shape not in case.shapes:
        expected = " or ".join(times(known) for known in case.shapes)
        text = (
            f"shape {times(shape)}; expected {expected} "
            "(--any-shape takes every shape and pads to one)"
        )
        issues.append(error(case.id, "unexpected-shape", text))
    return issues


def _mask_coding(
    case: Case, volumes: Mapping[Path, VolumeFile]
) -> tuple[Mapping[int, Label], list[Issue]]:
    """Return the labels of a mask: its layout's, unless the file names its own."""
    names = volumes[case.mask.path].segments if case.mask else {}
    read = read_by_names(names, case.label_map, case.layout)
    issues = [warning(case.id, CODE, read.warning)] if read.warning else []
    return read.coding, issues


def _canonical_mask(
    case: Case, data: npt.NDArray[Any], coding: Mapping[int, Label]
) -> tuple[npt.NDArray[np.uint8] | None, list[Issue]]:
    """Return the mask through one lookup table, never by in-place edits."""
    issues: list[Issue] = []
    labels: npt.NDArray[Any] = data
    if data.dtype.kind == "f":
        rounded = np.rint(data)
        apart = float(np.abs(data - rounded).max()) if data.size else 0.0
        if not apart < LABEL_TOLERANCE:  # NaN is not below it either
            text = (
                f"mask values lie up to {apart:.3g} from integers; expected labels: "
                "was it resampled or is it an image?"
            )
            return None, [error(case.id, "labels-not-integers", text)]
        if apart > 0:
            text = f"mask values rounded by up to {apart:.2g} to integers"
            issues.append(note(case.id, "labels-rounded", text))
        labels = rounded
    found = _distinct(labels)
    unknown = [value for value in found if value not in {0, *coding}]
    if unknown:
        text = (
            f"mask contains the values {', '.join(map(str, found))}; {case.layout} has "
            f"{', '.join(map(str, sorted({0, *coding})))}; bring the mask into that "
            "coding, or build without this case (--skip-bad)"
        )
        return None, [*issues, error(case.id, "unknown-labels", text)]
    table = np.zeros(_VALUES, dtype=np.uint8)
    for value, label in coding.items():
        table[value] = label
    mask = np.zeros_like(labels, dtype=np.uint8)
    for target, slab in zip(mask.T, labels.T, strict=True):
        if slab.any():  # most slices hold no tumour
            target[...] = table[slab.astype(np.uint8)]
    return mask, issues


def _distinct(labels: npt.NDArray[Any]) -> list[int]:
    """Return the values that occur, sorted.

    Slab by slab: NumPy would widen a whole volume to 64 bits at once.
    """
    if labels.min() < 0 or labels.max() > 255:
        return [int(value) for value in np.unique(labels)]
    counts = np.zeros(256, dtype=np.int64)
    for slab in labels.T:
        if slab.any():
            counts += np.bincount(slab.astype(np.uint8).ravel(), minlength=256)
    counts[0] = 1  # every mask has background
    return np.flatnonzero(counts).tolist()


def _format_notes(case: Case, sources: Mapping[str, SourceFile]) -> Iterator[Issue]:
    orientations = sorted({source.orientation for source in sources.values()})
    if orientations and orientations != ["LPS"]:
        text = f"stored {', '.join(orientations)}; reoriented to LPS by the header"
        yield note(case.id, "reoriented", text)
    odd = {
        role: source.dtype
        for role, source in sources.items()
        if role != MASK and np.dtype(source.dtype).kind == "f"
    }
    if odd:
        text = ", ".join(f"{role} {dtype}" for role, dtype in odd.items())
        yield note(case.id, "float-images", f"stored as floats: {text}")


def _spacing(volumes: Mapping[Path, VolumeFile]) -> tuple[float, float, float]:
    if not volumes:
        return (1.0, 1.0, 1.0)
    return next(iter(volumes.values())).spacing_mm
