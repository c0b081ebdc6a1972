"""One image file -> one array in LPS order, with what the file said of itself.

The only module that knows NIfTI, MetaImage and NRRD. The header decides the
orientation: an RAS file and its LPS twin give the same array.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.affines import voxel_sizes
from nibabel.orientations import (
    aff2axcodes,
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    io_orientation,
    ornt2axcodes,
    ornt_transform,
)
from nibabel.volumeutils import apply_read_scaling

from bratsfuse.errors import RawDataError
from bratsfuse.raw.file_form import GZIP, misfit
from bratsfuse.raw.volume_limits import (
    check_meta_image,
    check_nrrd,
    check_size,
    gunzip,
    head_of,
)
from bratsfuse.records import SourceFile

_LPS: Final = axcodes2ornt("LPS")
_MOST_BEFORE: Final = 1 << 24
"""Bytes of header and extensions."""
_FARTHEST_MM: Final = 1e9
_ALIKE: Final = 1e-2
"""Sizes that differ relatively by less are one size, rounded."""


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """The content of an image file.

    Attributes
    ----------
    data
        Shape (X, Y, Z) or (X, Y, Z, channels) in LPS order; the stored dtype, or
        float64 where the header scales it.
    affine
        Voxel index -> world (RAS+, millimetres) of `data`, shape (4, 4).
    source
        What the file was.
    is_identity
        Whether the stored affine is the identity, as programs make it up.
    segments
        Label value -> the name that the file itself gives it (``.seg.nrrd``).
    """

    data: npt.NDArray[Any]
    affine: npt.NDArray[np.float64]
    source: SourceFile
    is_identity: bool = False
    segments: Mapping[int, str] = field(default_factory=dict)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """The size of a voxel along each axis of `data`, by the header."""
        x, y, z = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0)).tolist()
        return (x, y, z)


def read_volume_file(path: Path) -> VolumeFile:
    """Return the volume of a ``.nii``, ``.nii.gz``, ``.mha`` or ``.nrrd`` file.

    NIfTI files may be compressed or not, whatever their name says.

    Raises
    ------
    RawDataError
        If the file cannot be read to its end, contains no numbers, or does not say how
        it is oriented.
    """
    segments: dict[int, str] = {}
    try:
        if _kind(path) == "NIfTI":
            stored, affine, digest = _read_nifti(path)
        else:
            stored, affine, digest, segments = _read_by_itk(path)
    except _MisfitError as problem:
        raise RawDataError(
            f"{path}: not a readable {_kind(path)} file: {problem}; fetch it again"
        ) from problem
    except Exception as problem:  # a broken header makes readers raise anything
        text = str(problem).strip().splitlines() or [type(problem).__name__]
        raise RawDataError(
            f"{path}: not a readable {_kind(path)} file ({text[0]}); "
            "fetch or copy it again"
        ) from problem
    if stored.ndim == 2:
        stored = stored[..., np.newaxis]  # a single slice; its shape tells on it
    if stored.ndim not in (3, 4) or stored.dtype.kind not in "buif":
        raise RawDataError(
            f"{path}: a {stored.ndim}D image of type {stored.dtype}; "
            "expected a volume of numbers"
        )
    volume = _in_lps(path, stored, affine, digest)
    return replace(volume, segments=segments) if segments else volume


def times(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it, ``240x240x155``."""
    return "x".join(str(length) for length in shape)


def in_lps(data: npt.NDArray[Any], orientation: str) -> npt.NDArray[Any]:
    """Return an array whose axes run as axis codes such as ``RAS`` say in LPS order."""
    transform = ornt_transform(axcodes2ornt(tuple(orientation)), _LPS)
    return np.asarray(apply_orientation(data, transform))


def from_lps(data: npt.NDArray[Any], orientation: str) -> npt.NDArray[Any]:
    """Return an array in LPS order with axes that run as axis codes say."""
    transform = ornt_transform(_LPS, axcodes2ornt(tuple(orientation)))
    return np.asarray(apply_orientation(data, transform))


class _MisfitError(Exception):
    """The content is something else than a volume; says what, and what to do."""


def _kind(path: Path) -> str:
    return {".mha": "MetaImage", ".nrrd": "NRRD"}.get(path.suffix.lower(), "NIfTI")


def _checked(content: bytes | bytearray) -> bytes | bytearray:
    what = misfit(content)
    if what is not None:
        raise _MisfitError(what)
    return content


def _read_nifti(
    path: Path,
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64], str]:
    content: bytes | bytearray = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    packed = content[:2] == GZIP  # by its bytes: names say .nii.gz of either
    header = _header(bytes(_checked(head_of(bytes(content)) if packed else content)))
    if not header["sform_code"] and not header["qform_code"]:
        # nibabel would make up an orientation where the header tells none.
        raise _MisfitError(
            "sform and qform codes are 0: its orientation is not stated; save it with "
            "the affine of the image that it belongs to"
        )
    _refuse_contradictions(header)
    start, size = _extent(header)
    if packed:
        content = gunzip(bytes(content), start + size)
    if len(content) != start + size:
        raise ValueError(
            f"{len(content)} bytes, its header promises {start + size} and no more"
        )
    stored = _voxels(content, header)
    while stored.ndim > 3 and stored.shape[-1] == 1:
        stored = stored[..., 0]
    return stored, np.asarray(header.get_best_affine(), dtype=np.float64), digest


def _refuse_contradictions(header: nib.Nifti1Header) -> None:
    """Refuse a header that says two things: programs differ in which one they take."""
    axes = min(int(header["dim"][0]), 3)
    sizes = voxel_sizes(header.get_best_affine())[:axes]
    stated = np.asarray(header["pixdim"][1 : 1 + axes], dtype=np.float64)
    if not np.allclose(sizes, stated, rtol=_ALIKE, atol=0):
        raise _MisfitError(
            f"its affine makes voxels of {_mm(sizes)}, its pixdim says {_mm(stated)}; "
            "save it with one of both in both places"
        )
    if header["sform_code"] and header["qform_code"]:
        sform, qform = (
            "".join(map(str, aff2axcodes(affine)))
            for affine in (header.get_sform(), header.get_qform())
        )
        if sform != qform:
            raise _MisfitError(
                f"its sform is oriented {sform}, its qform {qform}; save it with the "
                "right one of both in both places"
            )


def _mm(sizes: npt.NDArray[np.float64]) -> str:
    return " x ".join(f"{size:.4g}" for size in sizes) + " mm"


def _header(content: bytes) -> nib.Nifti1Header:
    sizes = {int.from_bytes(content[:4], order) for order in ("little", "big")}
    is_nifti2 = nib.Nifti2Header.sizeof_hdr in sizes
    kind = nib.Nifti2Header if is_nifti2 else nib.Nifti1Header
    return kind(content[: kind.sizeof_hdr])


def _extent(header: nib.Nifti1Header) -> tuple[int, int]:
    """Return where the voxels start and how many bytes they are."""
    start = int(header["vox_offset"])
    if not header.sizeof_hdr <= start <= _MOST_BEFORE:
        raise ValueError(f"its voxels start at byte {start}")
    shape = tuple(int(length) for length in header.get_data_shape())
    return start, check_size(shape, int(header.get_data_dtype().itemsize))


def _voxels(content: bytes | bytearray, header: nib.Nifti1Header) -> npt.NDArray[Any]:
    """Return the voxels behind a header, scaled by its slope if it has one.

    A view of the bytes: nibabel's own reader copies every volume twice.
    """
    shape = tuple(int(length) for length in header.get_data_shape())
    dtype = header.get_data_dtype()
    start, _ = _extent(header)
    stored = np.frombuffer(content, dtype, math.prod(shape), start)
    slope, intercept = header.get_slope_inter()
    scaled = apply_read_scaling(stored.reshape(shape, order="F"), slope, intercept)
    return np.asarray(scaled)


def _read_by_itk(
    path: Path,
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64], str, dict[int, str]]:
    import SimpleITK as sitk  # noqa: N813  (its usual name)

    content = path.read_bytes()
    if not content.startswith((b"NRRD", b"ObjectType")):
        _checked(content)  # SimpleITK's own text misleads
    digest = hashlib.sha256(content).hexdigest()
    (check_nrrd if content.startswith(b"NRRD") else check_meta_image)(content)
    # By name, because ITK itself goes by the suffix, and by small letters only.
    reader = "NrrdImageIO" if content.startswith(b"NRRD") else "MetaImageIO"
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        image = sitk.ReadImage(str(path), imageIO=reader)
    except RuntimeError as problem:
        raise OSError("the header or the data are broken or cut short") from problem
    finally:  # others in this process may want to see theirs
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
    stored = sitk.GetArrayFromImage(image).T
    affine = np.eye(4)
    if image.GetDimension() == 3:
        directions = np.array(image.GetDirection()).reshape(3, 3)
        affine[:3, :3] = directions * np.array(image.GetSpacing())
        affine[:3, 3] = image.GetOrigin()
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine  # ITK's world is LPS+
    keys = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    segments = {
        int(keys[f"{key.removesuffix('_Name')}_LabelValue"]): name
        for key, name in keys.items()
        if re.fullmatch(r"Segment\d+_Name", key)
    }
    return stored, affine, digest, segments


def _in_lps(
    path: Path,
    stored: npt.NDArray[Any],
    affine: npt.NDArray[np.float64],
    digest: str,
) -> VolumeFile:
    finite = bool(np.isfinite(affine).all() and np.abs(affine).max() < _FARTHEST_MM)
    orientation = io_orientation(affine) if finite else np.full((3, 2), np.nan)
    if np.isnan(orientation).any():
        raise RawDataError(
            f"{path}: the header does not say how the volume is oriented; "
            "expected an affine with three independent axes"
        )
    transform = ornt_transform(orientation, _LPS)
    source = SourceFile(
        name=path.name,
        sha256=digest,
        dtype=str(stored.dtype),
        shape=tuple(int(length) for length in stored.shape),
        orientation="".join(ornt2axcodes(orientation)),
    )
    return VolumeFile(
        data=apply_orientation(stored, transform),
        affine=affine @ inv_ornt_aff(transform, stored.shape[:3]),
        source=source,
        is_identity=bool(np.allclose(affine, np.eye(4), rtol=0, atol=1e-6)),
    )
