"""Synthetic cases as raw files of any dataset layout: to build without BraTS."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

import deflate
import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    ornt_transform,
)
from threadpoolctl import threadpool_limits

from bratsfuse.anatomy import Label
from bratsfuse.parallel import in_order
from bratsfuse.phantom.head import Phantom, phantom
from bratsfuse.place import Kind, new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.find import PHANTOM_NOTE
from bratsfuse.raw.layout import MASK, Layout, PhantomCase
from bratsfuse.records import Grade

PHANTOMS: Final = Kind(name="folder", advice="choose a new name for phantom cases")

_GZIP_LEVEL: Final = 1

_NOTE: Final = (
    "Synthetic heads written by bratsfuse phantom; nothing comes from a patient.\n"
    "bratsfuse build knows the folder by this file and says so in the release.\n"
)


def write_phantoms(
    layout: Layout,
    raw: Path,
    *,
    cases: int = 12,
    seed: int = 0,
    workers: int = 1,
    progress: Progress = silent,
) -> None:
    """Write synthetic cases into a new raw folder.

    Parameters
    ----------
    layout
        Decides names, label values, orientation and file type.
    raw
        The folder; it appears complete, in one rename.
    cases
        How many, numbered from 1.
    seed
        Equal seeds give equal files, byte for byte on machines whose linear algebra
        rounds alike.
    workers
        Processes.
    progress
        Called after every finished case.

    Raises
    ------
    InvalidInputError
        If the folder exists and is not empty, its parent does not exist, something
        cannot be written, or the layout's names have no room for so many cases.
    """
    layout.arrangement.phantom_files(layout, PhantomCase(cases, Grade.HGG))  # or refuse
    written: list[PurePosixPath] = []
    with new_result(raw, PHANTOMS) as new:
        work = partial(_write_case, layout=layout, folder=new, seed=seed)
        for image in in_order(work, range(1, cases + 1), workers):
            written.append(image)
            progress("phantom", len(written), cases)
        (new / PHANTOM_NOTE).write_text(_NOTE, encoding="utf-8")
        if layout.metadata is not None:
            layout.metadata(layout, new, written)


def _write_case(
    number: int, *, layout: Layout, folder: Path, seed: int
) -> PurePosixPath:
    """Write one case and return the relative path of its first image."""
    has_cavity = Label.RC in layout.label_map.values()
    # Threads of the linear algebra would only fight those of the other workers.
    with threadpool_limits(1):
        made = phantom(
            number, seed, shape=layout.shapes[0], resection_cavity=has_cavity
        )
    files = layout.arrangement.phantom_files(
        layout, PhantomCase(number, Grade[made.grade])
    )
    arrays = stored_arrays(layout, made)
    for path in dict.fromkeys(files.values()):
        roles = [role for role, other in files.items() if other == path]
        volumes = [arrays[role] for role in roles]
        data = volumes[0] if len(volumes) == 1 else np.stack(volumes, axis=-1)
        target = folder.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_volume(target, data, layout.orientation)
    return next(iter(files.values()))


def stored_arrays(layout: Layout, made: Phantom) -> dict[str, npt.NDArray[Any]]:
    """Return role -> array in LPS order, in the layout's channel order."""
    arrays: dict[str, npt.NDArray[Any]] = {
        str(modality): made.images[modality] for modality in layout.channels
    }
    values = source_values(layout.label_map)
    arrays[MASK] = values[made.mask]
    return arrays


def source_values(label_map: Mapping[int, Label]) -> npt.NDArray[np.uint8]:
    """Return a table from canonical label to the value that a source writes for it.

    Where several values mean one label, the lowest is written. A coding that does not
    distinguish enhancing tumour from the rest of the core writes the core for it;
    labels that it does not know at all become background.
    """
    table = np.zeros(max(Label) + 1, dtype=np.uint8)
    for value in sorted(label_map, reverse=True):
        table[label_map[value]] = value
    if Label.ET not in label_map.values():
        table[Label.ET] = table[Label.NCR]
    return table


def write_volume(path: Path, lps: npt.NDArray[Any], orientation: str) -> None:
    """Write a volume in LPS as a file whose axes run as `orientation` says."""
    transform = ornt_transform(axcodes2ornt("LPS"), axcodes2ornt(orientation))
    stored = apply_orientation(lps, transform)
    affine = _lps_affine(lps.shape) @ inv_ornt_aff(transform, lps.shape[:3])
    if path.name.endswith(".mha"):
        _write_metaimage(path, stored, affine)
        return
    image = nib.Nifti1Image(stored, affine)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    if path.name.endswith(".gz"):  # without a time stamp: equal seeds, equal bytes
        content = deflate.gzip_compress(content, _GZIP_LEVEL)
    path.write_bytes(content)


def _lps_affine(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return the affine of BraTS: 1 mm, origin at the far end of the second axis."""
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine[1, 3] = shape[1] - 1
    return affine


def _write_metaimage(
    path: Path, stored: npt.NDArray[Any], affine: npt.NDArray[np.float64]
) -> None:
    import SimpleITK as sitk  # noqa: N813  (its usual name)

    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine  # ITK's world is LPS+
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    image.SetDirection(lps[:3, :3].ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    sitk.WriteImage(image, str(path), useCompression=True)
