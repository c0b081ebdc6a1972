"""The chosen slices of one case, as rows of the release, in a file of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Modality
from bratsfuse.building.scaling import to_uint8
from bratsfuse.building.survey import Survey
from bratsfuse.errors import RawDataError
from bratsfuse.records import Case, Volume
from bratsfuse.release.column import ROW_DIGEST, Column
from bratsfuse.release.columns import label_columns, without_labels
from bratsfuse.release.fingerprint import json_digest, row_digest
from bratsfuse.release.recipe import RECIPE_VERSION, Recipe
from bratsfuse.release.row_context import RowContext
from bratsfuse.release.store import read_texts, write_rows
from bratsfuse.release.withhold import public_issues, public_sources

Read = Callable[[Case], Volume]
"""Reads a case; a module-level function, because worker processes import it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A case and the slices of it that enter the release, in ascending order.

    Attributes
    ----------
    case, survey
        What it is and what is known of it.
    slices
        z of each.
    split
        Where they go.
    withheld
        Whether their masks go into the organiser's answer key, not the release.
    """

    case: Case
    survey: Survey
    slices: tuple[int, ...]
    split: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The finished rows of one case.

    Attributes
    ----------
    path
        The HDF5 file that contains them.
    row_digests
        The digest of each row, in order.
    labels
        The HDF5 file of their masks, if those are hidden: they are never written
        into `path`.
    """

    path: Path
    row_digests: tuple[str, ...]
    labels: Path | None = None


def common_image_shape(surveys: Sequence[Survey]) -> tuple[int, int]:
    """Return rows and columns that contain every slice of every case."""
    rows = max(survey.shape[1] for survey in surveys)
    width = max(survey.shape[0] for survey in surveys)
    return rows, width


def make_part(
    choice: Choice,
    *,
    recipe: Recipe,
    table: Sequence[Column],
    image_shape: tuple[int, int],
    folder: Path,
    read: Read,
) -> Part:
    """Return the part of a case, from an earlier run if nothing has changed.

    Parameters
    ----------
    choice
        The case and its slices.
    recipe, table
        The choices and the columns they lead to.
    image_shape
        Rows and columns of every image; smaller slices are padded with 0 on all
        sides.
    folder
        Where parts lie.
    read
        Reads a case.

    Raises
    ------
    RawDataError
        If the raw files changed since the case statistics were computed.
    OSError
        If the part cannot be written.
    """
    key = _key(choice, recipe, table, image_shape)
    label_table = label_columns(table)
    table = without_labels(table) if choice.withheld else table
    path = folder / f"{key}.h5"
    labels = folder / f"{key}.labels.h5" if choice.withheld else None
    if path.is_file():
        return Part(path, tuple(read_texts(path, ROW_DIGEST)), labels)
    volume = read(choice.case)
    _check_unchanged(choice, volume)
    slices = [_context(choice, volume, z, recipe, image_shape) for z in choice.slices]
    if labels is not None:  # before the file that says that the part is finished
        _write(labels, label_table, [_row(label_table, one) for one in slices])
    rows = [_row(table, one) for one in slices]
    digests = tuple(row_digest(table, row) for row in rows)
    digested = [
        {**row, ROW_DIGEST: digest} for row, digest in zip(rows, digests, strict=True)
    ]
    _write(path, table, digested)
    return Part(path, digests, labels)


def _write(
    path: Path, table: Sequence[Column], rows: Sequence[Mapping[str, Any]]
) -> None:
    write_rows(path, table, {c.name: [row[c.name] for row in rows] for c in table})


def _key(
    choice: Choice,
    recipe: Recipe,
    table: Sequence[Column],
    image_shape: tuple[int, int],
) -> str:
    case = choice.case
    sources = {role: file.sha256 for role, file in choice.survey.sources.items()}
    windows = {name: [w.low, w.high] for name, w in choice.survey.windows.items()}
    return json_digest(
        [
            RECIPE_VERSION,
            [case.id, case.patient, int(case.grade), choice.slices],
            [
                case.layout,
                sorted((v, int(label)) for v, label in case.label_map.items()),
            ],
            [sources, windows, recipe.clip_negatives, list(recipe.sources)],
            [[[c.name, c.kind, c.dtype, c.length] for c in table], image_shape],
            choice.withheld,
        ]
    )


def _check_unchanged(choice: Choice, volume: Volume) -> None:
    for role, source in choice.survey.sources.items():
        now = volume.sources.get(role)
        if now is None:
            raise RawDataError(
                f"{choice.case.id}: {source.name} cannot be read any more; check the "
                "disk and the permissions and build again"
            )
        if now.sha256 != source.sha256:
            raise RawDataError(
                f"{choice.case.id}: {source.name} changed while the release was built; "
                "leave the raw folder alone and build again"
            )


def _row(table: Sequence[Column], row: RowContext) -> dict[str, Any]:
    """Return the values of a slice but for the digest of them."""
    public = _without_labels(row)
    return {c.name: c.value(row if c.labels else public) for c in table if c.hashed}


def _without_labels(row: RowContext) -> RowContext:
    """Return what a column may be made of that does not depend on the labels."""
    case, volume = row.case, row.volume
    case = replace(case, mask=None, issues=tuple(public_issues(case.issues, ())))
    volume = replace(
        volume,
        mask=None,
        sources=public_sources(volume.sources),
        issues=tuple(public_issues(volume.issues, ())),
    )
    return replace(row, case=case, volume=volume)


def _context(
    choice: Choice,
    volume: Volume,
    z: int,
    recipe: Recipe,
    image_shape: tuple[int, int],
) -> RowContext:
    windows = {Modality(name): one for name, one in choice.survey.windows.items()}
    context = RowContext(
        case=choice.case,
        volume=volume,
        z=z,
        split=choice.split,
        recipe=recipe,
        windows=windows,
        images={},
        image_shape=image_shape,
    )
    images = {
        modality: context.framed(to_uint8(_slice(data, z, recipe), windows[modality]))
        for modality, data in volume.images.items()
    }
    return replace(context, images=images)


def _slice(data: npt.NDArray[Any], z: int, recipe: Recipe) -> npt.NDArray[Any]:
    """Return a slice with rows from anterior to posterior."""
    image = data[:, :, z].T
    return np.maximum(image, 0) if recipe.clip_negatives else image
