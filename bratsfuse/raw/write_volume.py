"""One array to one NIfTI file, on the grid of the file or case that it is of."""

from pathlib import Path
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

from bratsfuse.raw.volume_file import VolumeFile

_LPS: Final = axcodes2ornt("LPS")

_GZIP_LEVEL: Final = 1


def write_volume(path: Path, data: npt.NDArray[Any], like: VolumeFile) -> None:
    """Write a volume with the axes, the position and the spacing of another one.

    Parameters
    ----------
    path
        Ends in ``.nii.gz`` or ``.nii``. It is written where it is: callers put results
        in their place.
    data
        Shape (X, Y, Z) in LPS order.
    like
        The volume on whose grid it is; its axes may run any way in its file.
    """
    write_on_grid(path, data, like.affine, like.source.orientation)


def write_on_grid(
    path: Path,
    data: npt.NDArray[Any],
    affine: npt.NDArray[np.float64],
    orientation: str,
) -> None:
    """Write a volume at a place in the world, with its axes stored as codes say.

    Parameters
    ----------
    path
        Ends in ``.nii.gz`` or ``.nii``. Equal volumes give equal bytes.
    data
        Shape (X, Y, Z) in LPS order.
    affine
        Voxel index of `data` -> world (RAS+, millimetres), shape (4, 4).
    orientation
        How its axes run in the file, such as ``RAS``.
    """
    transform = ornt_transform(_LPS, axcodes2ornt(tuple(orientation)))
    stored = affine @ inv_ornt_aff(transform, data.shape)
    image = nib.Nifti1Image(apply_orientation(np.asarray(data), transform), stored)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    if path.name.endswith(".gz"):  # without a time stamp, in a fraction of zlib's time
        content = deflate.gzip_compress(content, _GZIP_LEVEL)
    path.write_bytes(content)
