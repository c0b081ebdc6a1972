"""A release as Parquet with image columns: the form that dataset hubs show."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from bratsfuse.place import Kind, new_result
from bratsfuse.place.document import write_document
from bratsfuse.progress import Progress, silent
from bratsfuse.release.card import View, feature, front_matter, views
from bratsfuse.release.column import Column
from bratsfuse.release.column_table import column_table
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.split_file import SplitFile, rows_of
from bratsfuse.release.terms import write_terms
from bratsfuse.wording import counted

EXPORT: Final = Kind(name="export", advice="choose a new name for the export")

_ROWS_PER_GROUP: Final = 100
_GATE: Final = (
    "The pixels come from BraTS. Confirm that you have registered with its organisers "
    "and agree to their data use terms before you ask for access."
)
_GATE_FIELDS: Final = {
    "Name": "text",
    "Institution": "text",
    "Country": "country",
    "Where and when I registered for the BraTS data": "text",
    "I have registered with the organisers and accepted their terms": "checkbox",
    "I will not pass on images, masks or anything they can be had from": "checkbox",
    "I will cite the works that the card lists": "checkbox",
    "I will not try to find out who a patient is": "checkbox",
}
"""What a hub asks before it gives access; a person then decides."""


def export_parquet(
    release: Path,
    target: Path,
    progress: Progress = silent,
) -> None:
    """Write a copy of a release for a dataset hub into a new folder.

    Pixels become losslessly compressed PNG in columns of the type ``Image``, one
    Parquet file per config and split, with a dataset card beside them that asks
    readers to accept the source's terms.

    Parameters
    ----------
    release
        The release.
    target
        The new folder; it appears complete, in one rename.
    progress
        Called after every encoded row.

    Raises
    ------
    InvalidInputError
        If the target exists and is not empty, is in the release, or its parent does not
        exist.
    ReleaseError
        If the release is not finished or broken.
    """
    manifest = read_manifest(release)
    table = manifest.columns
    with new_result(target, EXPORT, outside=[release]) as new:
        (new / "data").mkdir()
        done = 0
        for split, record in manifest.splits.items():
            with SplitFile(release / record.file) as file:
                path = new / "data" / f"{split}.parquet"
                stored = manifest.columns_of(split, table)
                for count in _write_split(path, file, stored):
                    progress("export", done + count, manifest.slice_sets)
            done += record.slice_sets
        write_document(new / "README.md", _card(manifest, table))
        write_terms(new, release, manifest)


def _write_split(path: Path, file: SplitFile, table: Sequence[Column]) -> Iterator[int]:
    """Write one Parquet file, yielding the rows written so far."""
    from datasets import Features
    from pyarrow import Table
    from pyarrow.parquet import ParquetWriter

    features = Features({column.name: _feature(column) for column in table})
    schema = features.arrow_schema  # carries what makes the columns images
    with ParquetWriter(path, schema, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for count, row in enumerate(rows_of(file, table), 1):
            rows.append({c.name: _cell(c, row[c.name]) for c in table})
            if len(rows) == _ROWS_PER_GROUP or count == len(file):
                writer.write_table(Table.from_pylist(rows, schema=schema))
                rows = []
            yield count


def _feature(column: Column) -> Any:  # noqa: ANN401  (a type of a lazy import)
    from datasets import ClassLabel, Image, List, Value

    if column.classes:
        return ClassLabel(names=list(column.classes))
    if column.pixels:
        return Image(mode="L")
    if column.kind == "vector":
        return List(Value(column.dtype), length=column.length)
    return Value("string" if column.kind == "text" else column.dtype)


def _cell(column: Column, value: Any) -> Any:  # noqa: ANN401  (one of many types)
    if column.pixels:
        return {"bytes": png_bytes(value), "path": None}
    return value if column.kind == "text" else np.asarray(value).tolist()


def png_bytes(image: npt.NDArray[np.uint8]) -> bytes:
    """Return an image, uint8 (H, W), as a grey 8-bit PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def _card(manifest: Manifest, table: Sequence[Column]) -> str:
    front = front_matter(manifest, table)
    if not manifest.source.synthetic:
        front["extra_gated_prompt"] = _GATE
        front["extra_gated_fields"] = dict(_GATE_FIELDS)
    shown = views(manifest, table)
    front["configs"] = [_config(manifest, view) for view in shown]
    front["dataset_info"] = [
        {
            "config_name": view.name,
            "features": [_card_feature(c, manifest.image_shape) for c in view.columns],
        }
        for view in shown
    ]
    text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return (
        f"---\n{text}---\n\n"
        f"# BraTS-Fuse: {counted(manifest.slice_sets, 'slice set')} from "
        f"{manifest.source.title}\n\nExported from the release with the fingerprint "
        f"`{manifest.fingerprint}`; the HDF5 release stays the reference. Images are "
        "lossless 8-bit PNG.\n\n"
        f"{column_table(table)}\n\nTerms: {manifest.source.licence} "
        f"(<{manifest.source.licence_url}>).\n"
    )


def _config(manifest: Manifest, view: View) -> dict[str, Any]:
    return {
        "config_name": view.name,
        "default": view.name == "all",
        "data_files": [
            {"split": split, "path": f"data/{split}.parquet"} for split in view.splits
        ],
        "version": "1.0.0",
        "description": f"sha256:{manifest.fingerprint}",
        "columns": [column.name for column in view.columns],
    }


def _card_feature(column: Column, image_shape: tuple[int, int]) -> dict[str, Any]:
    if column.pixels:
        return {"name": column.name, "dtype": {"image": {"mode": "L"}}}
    return feature(column, image_shape)
