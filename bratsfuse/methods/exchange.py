"""What a third party's program is given as files, and what it gives back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.image_files import (
    find_pictures,
    inspect_picture,
    open_picture,
    read_grey,
    unreadable,
)
from bratsfuse.issues import Issue, error, errors_in, note
from bratsfuse.release.split_file import SplitFile
from bratsfuse.results import Track
from bratsfuse.submission.expected import Expected

_MASK_MODES: Final = ("L", "P")


class UnusableOutputError(InvalidInputError):
    """What a command wrote cannot be used; `issues` contains every reason.

    Parameters
    ----------
    issues
        The reasons, and what else there is to report.
    kept
        Where what it wrote lies.
    """

    def __init__(self, issues: Sequence[Issue], kept: Path) -> None:
        self.issues = tuple(issues)
        super().__init__(
            "the command ended well, but what it wrote cannot be used; fix what is "
            f"listed; its images are kept in {kept}"
        )


def write_originals(
    file: SplitFile, expected: Expected, folders: Mapping[Modality, Path]
) -> Iterator[int]:
    """Write the modalities of a split as ``<slice_id>.png``, 8-bit grey.

    Yields
    ------
    int
        The slices written so far.
    """
    for row, slice_id in enumerate(expected.ids):
        for modality, folder in folders.items():
            image = Image.fromarray(file.pixels(modality, row))
            image.save(folder / f"{slice_id}.png", compress_level=1)
        yield row + 1


def find_outputs(
    folder: Path, track: Track, expected: Expected
) -> tuple[dict[str, Path], list[Issue]]:
    """Return slice id -> file of what a command wrote, and all that is wrong with it.

    Parameters
    ----------
    folder
        Where it had to write images named like the slice ids.
    track
        Fused images, or masks in the canonical labels.
    expected
        The slices, their shape and labels.

    Returns
    -------
    tuple
        The files, and issues: missing images, other names, wrong sizes, values that
        are no label, and what `inspect_picture` finds. Colour of a fused image becomes
        its luminance, with a note; a coloured mask is an error.
    """
    pictures, issues = find_pictures(folder)
    wanted = list(map(str, expected.ids))
    found = {name: pictures.pop(name) for name in wanted if name in pictures}
    if found or pictures:
        issues += _name_issues(folder, wanted, found, pictures)
    elif any(folder.glob("*/*")):
        told = "there are sub-folders; expected the images in the folder itself"
        issues.append(error(str(folder), "sub-folders", told))
    for path in found.values():
        issues += _picture_issues(path, track, expected)
    return found, issues


def read_labels(path: Path) -> npt.NDArray[np.uint8]:
    """Return the values of a mask without errors in `find_outputs`: uint8 (H, W)."""
    with open_picture(path) as image:
        return np.asarray(image, dtype=np.uint8)


def _name_issues(
    folder: Path,
    wanted: Sequence[str],
    found: Collection[str],
    others: Mapping[str, Path],
) -> Iterator[Issue]:
    missing = [name for name in wanted if name not in found]
    if not missing:
        for path in others.values():
            yield note(str(path), "other-name", "is named like no slice; left out")
        return
    told = f"{len(missing)} of {len(wanted)} images are missing, the first {missing[0]}"
    if others:
        told += f"; {_difference(missing, others)}"
    yield error(str(folder), "missing", f"{told}; expected <slice_id>.png for each")


def _difference(missing: Sequence[str], others: Mapping[str, Path]) -> str:
    """Return how the names differ that the command chose."""
    for name, path in others.items():
        whole = next((one for one in missing if one in name), None)
        if whole is not None:
            before, _, after = name.partition(whole)
            added = " and ".join(repr(part) for part in (before, after) if part)
            return (
                f"{len(others)} other names, such as {path.name}: leave out {added}, "
                "so that each image has the name of those that it was made of"
            )
    path = next(iter(others.values()))
    return f"found {len(others)} other names, such as {path.name}"


def _picture_issues(path: Path, track: Track, expected: Expected) -> list[Issue]:
    shape, issues = inspect_picture(path)
    if track == "segmentation":
        issues = errors_in(issues)  # a palette is no colour, its indices are labels
    if shape is None or errors_in(issues):
        return issues
    where = str(path)
    if shape != expected.image_shape:
        (rows, columns), (height, width) = shape, expected.image_shape
        told = (
            f"is {rows} x {columns} pixels; expected {height} x {width}; "
            "undo the command's resizing, cropping or padding"
        )
        return [*issues, error(where, "wrong-size", told)]
    try:
        if track == "segmentation":
            return [*issues, *_label_issues(path, expected.labels)]
        read_grey(path)
    except (OSError, InvalidInputError) as problem:
        return [unreadable(path, problem)]
    return issues


def _label_issues(path: Path, labels: Collection[int]) -> Iterator[Issue]:
    with open_picture(path) as image:
        mode = image.mode
    if mode not in _MASK_MODES:
        told = f"has the mode {mode}; expected 8-bit grey whose values are labels"
        yield error(str(path), "mask-mode", told)
        return
    values = {int(value) for value in np.unique(read_labels(path))}
    if not values <= set(labels):
        told = (
            f"contains the values {_listed(values - set(labels))}; expected labels, "
            f"{_listed(labels)}; write labels, not grey levels"
        )
        yield error(str(path), "not-labels", told)


def _listed(values: Collection[int]) -> str:
    first = sorted(values)[:6]
    return ", ".join(map(str, first)) + (" ..." if len(values) > len(first) else "")
