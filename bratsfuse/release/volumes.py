"""The slices of a release as volumes: one NIfTI file per case and column.

A volume has the shape, the position and the orientation of the raw ones. Slices that
the release does not have are 0; ``bratsfuse.json`` beside the volumes lists those that
it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.arrays import Floats, Image, out_of_frame
from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.own_folders import RECORD_NAME
from bratsfuse.raw.write_volume import write_on_grid
from bratsfuse.records import to_json
from bratsfuse.release.column import Column
from bratsfuse.release.grids import read_grids
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.manifest_parts import CaseRecord
from bratsfuse.release.split_file import SplitFile
from bratsfuse.release.terms import write_terms
from bratsfuse.wording import suggestion

VOLUMES: Final = Kind(name="export", advice="choose a new name for the export")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeExport:
    """What a folder of volumes contains.

    Attributes
    ----------
    fingerprint
        Of the release.
    folders
        One per column, each with one volume per case.
    position_known
        Whether affines are those of the raw volumes. Releases of earlier versions keep
        none: their volumes are put where those of BraTS are.
    slices
        Case -> z of the slices that the release has; all others are 0.
    """

    fingerprint: str
    folders: tuple[str, ...]
    position_known: bool
    slices: Mapping[str, tuple[int, ...]]


def export_volumes(
    release: Path,
    target: Path,
    columns: Sequence[str] = (),
    *,
    progress: Progress = silent,
) -> VolumeExport:
    """Return what was written: the slices of a release as volumes, in a new folder.

    Parameters
    ----------
    release
        The release.
    target
        The new folder; it appears complete, in one rename: ``<column>/<case>.nii.gz``,
        uint8. Masks have the labels of bratsfuse; hidden ones are left out.
    columns
        Columns of images or masks; all if none are named.
    progress
        Called after every case.

    Raises
    ------
    InvalidInputError
        If there is no such column, or the target exists and is not empty, is in the
        release, or its parent does not exist.
    ReleaseError
        If the release is not finished or broken.
    """
    manifest = read_manifest(release)
    names = chosen_columns(manifest.columns, columns)
    writer = CaseVolumes(release, manifest)
    slices: dict[str, tuple[int, ...]] = {}
    written: set[str] = set()
    with new_result(target, VOLUMES, outside=[release]) as new:
        for split in manifest.splits.values():
            with SplitFile(release / split.file) as rows:
                places = _rows_of_cases(rows)
                stored = [name for name in names if name in rows.names]
                written.update(stored)
                for case, by_z in places.items():
                    for name in stored:
                        images = {z: rows.pixels(name, row) for z, row in by_z.items()}
                        writer.write(new / name, case, images, name)
                    slices[case] = tuple(by_z)
                    progress("volumes", len(slices), len(manifest.cases))
        export = VolumeExport(
            fingerprint=manifest.fingerprint,
            folders=tuple(name for name in names if name in written),
            position_known=writer.position_known,
            slices=slices,
        )
        (new / RECORD_NAME).write_text(to_json(export), encoding="utf-8")
        write_terms(new, release, manifest)
    return export


class CaseVolumes:
    """Writes slices of cases as volumes on the grids of their raw volumes.

    Parameters
    ----------
    release, manifest
        Whose cases they are.
    """

    def __init__(self, release: Path, manifest: Manifest) -> None:
        self._manifest = manifest
        self._affines = read_grids(release, manifest)

    @property
    def position_known(self) -> bool:
        """Whether the release keeps where its cases are."""
        return bool(self._affines)

    def write(
        self, folder: Path, case: str, images: Mapping[int, Image], role: str
    ) -> Path:
        """Write ``CASE.nii.gz`` of slices, framed as in a release; return its path.

        Parameters
        ----------
        folder, case
            Where, and whose it is.
        images
            z -> the slice, at least one; all others are 0.
        role
            The column: the axes run as in the raw volume of that role, if there is one.
        """
        record = self._manifest.case(case)
        width, height, _ = record.shape
        volume = np.zeros(record.shape, next(iter(images.values())).dtype, order="F")
        for z, image in images.items():
            volume[:, :, z] = out_of_frame(image, (height, width)).T
        folder.mkdir(exist_ok=True)
        affine = self._affines.get(case)
        path = folder / f"{case}.nii.gz"
        write_on_grid(
            path,
            volume,
            _usual_affine(record) if affine is None else affine,
            _orientation(record, role),
        )
        return path


def chosen_columns(table: Iterable[Column], columns: Sequence[str]) -> list[str]:
    """Return the names of the chosen columns of images, or of all if none are named.

    Raises
    ------
    InvalidInputError
        If there is no such column, or it contains no images.
    """
    known = [column.name for column in table if column.pixels]
    for name in columns:
        if name not in known:
            raise InvalidInputError(
                f"the release has no images {name!r}; {suggestion(name, known)}"
            )
    return list(dict.fromkeys(columns)) or known


def _rows_of_cases(rows: SplitFile) -> dict[str, dict[int, int]]:
    """Return case -> z -> row of a split."""
    places: dict[str, dict[int, int]] = {}
    ids = zip(rows.texts("case_id"), rows.array("slice_index").tolist(), strict=True)
    for row, (case, z) in enumerate(ids):
        places.setdefault(case, {})[z] = row
    return places


def _orientation(record: CaseRecord, role: str) -> str:
    source = record.sources.get(role) or next(iter(record.sources.values()), None)
    return "LPS" if source is None else source.orientation


def _usual_affine(record: CaseRecord) -> Floats:
    """Return the affine of BraTS: the origin at the far end of the second axis."""
    x, y, z = record.spacing_mm
    affine = np.diag([-x, -y, z, 1.0])
    affine[1, 3] = (record.shape[1] - 1) * y
    return affine
