"""One array to one NIfTI file, on the grid of the file that it was made from."""

from pathlib import Path
from typing import Any, Final

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
    stored = axcodes2ornt(tuple(like.source.orientation))
    transform = ornt_transform(_LPS, stored)
    affine = like.affine @ inv_ornt_aff(transform, data.shape)
    image = nib.Nifti1Image(apply_orientation(np.asarray(data), transform), affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
