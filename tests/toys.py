"""Small heads in the files of any layout: quick to write, quick to build from."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label, Modality
from bratsfuse.builders import BUILDERS
from bratsfuse.phantom import Phantom
from bratsfuse.phantom.write import stored_arrays, write_volume
from bratsfuse.raw import Layout, PhantomCase
from bratsfuse.records import Grade
from bratsfuse.release import Recipe

SHAPE = (24, 20, 16)
LPS_AFFINE = np.array(
    [[-1.0, 0, 0, 0], [0, -1.0, 0, SHAPE[1] - 1], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
)


def toy(number: int, *, shape: tuple[int, int, int] = SHAPE) -> Phantom:
    """A head of a few thousand voxels with all three labels, unlike any other's."""
    rng = np.random.default_rng([77, number])
    axes = [np.linspace(-1, 1, length) for length in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    brain = x**2 + y**2 + z**2 < 0.9
    radius = np.sqrt((x - 0.2) ** 2 + (y + 0.1) ** 2 + z**2)
    mask = np.select(
        [radius < 0.2, radius < 0.35, radius < 0.55],
        [Label.NCR, Label.ET, Label.ED],
        0,
    ).astype(np.uint8)
    images = {}
    for place, modality in enumerate(Modality):
        values = 200 + 150 * place + 60 * (x + y) + 90.0 * mask * (place + 1) / 4
        noisy = values + rng.normal(0, 8, shape)
        images[modality] = np.where(brain, np.maximum(noisy, 1), 0).astype(np.int16)
    mask[~brain] = 0
    return Phantom(images, mask, "HGG" if number % 3 else "LGG")


def small(layout: str | Layout) -> Layout:
    """The layout with its volume shape replaced by that of toy heads."""
    form = BUILDERS[layout] if isinstance(layout, str) else layout
    return dataclasses.replace(form, shapes=(SHAPE,))


def write_toys(raw: Path, layout: str = "brats2021", cases: int = 3) -> Path:
    """Write toy heads with the names, labels and file types of a layout."""
    form = BUILDERS[layout]
    written: list[PurePosixPath] = []
    for number in range(1, cases + 1):
        made = toy(number)
        files = form.arrangement.phantom_files(
            form, PhantomCase(number, Grade[made.grade])
        )
        write_files(raw, form, files, stored_arrays(form, made))
        written.append(next(iter(files.values())))
    if form.metadata is not None:
        form.metadata(form, raw, written)
    return raw


def write_files(
    raw: Path,
    form: Layout,
    files: Mapping[str, PurePosixPath],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> None:
    for path in dict.fromkeys(files.values()):
        roles = [role for role, other in files.items() if other == path]
        volumes = [arrays[role] for role in roles]
        data = volumes[0] if len(volumes) == 1 else np.stack(volumes, axis=-1)
        target = raw.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_volume(target, data, form.orientation)


def save(
    path: Path,
    data: npt.NDArray[Any],
    affine: npt.NDArray[np.float64] = LPS_AFFINE,
    *,
    slope: float | None = None,
) -> None:
    """Write one NIfTI file, with a scale slope if one is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(data, affine)
    if slope is not None:
        # Stored integers times the slope: what is read back is not quite an integer.
        image.header.set_slope_inter(slope, 0)
    nib.save(image, path)


TOY_RECIPE = Recipe(slices=20, min_area=4)
