"""What a ``predictions.h5`` may be made of, decided before a value is read.

An HDF5 file can name other files as the source of its data: by external links, virtual
datasets and external storage. A submission could so hand in the scorer's own labels.
"""

import math
from typing import Any, Final

import h5py
import numpy as np

from bratsfuse.release.hdf5 import filters_of, link_flaw, storage_flaw
from bratsfuse.submission.file_names import (
    CASE_COLUMN,
    COLUMN_OF,
    PREDICTIONS_NAME,
    SLICE_COLUMN,
)
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.limits import Limits

_COLUMNS: Final = (CASE_COLUMN, SLICE_COLUMN, *COLUMN_OF.values())
_FILTERS: Final = {
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
    h5py.h5z.FILTER_LZF,
}
_TEXT_BYTES: Final = 1024


def sound_columns(
    file: h5py.File, most_rows: int, limits: Limits, findings: Findings
) -> dict[str, h5py.Dataset]:
    """Return the columns that are safe to read; every other becomes a finding.

    Links are looked at before anything is opened, and only hard ones are followed.
    """
    columns = {}
    for name in file:
        text = name if isinstance(name, str) else repr(name)
        link = link_flaw(file, name)
        if link == "external link":
            found = "{count} links to other files"
            findings.add("external-link", PREDICTIONS_NAME, found, example=text)
        elif link == "soft link":
            found = "{count} soft links"
            findings.add("soft-link", PREDICTIONS_NAME, found, example=text)
        elif text not in _COLUMNS or link:
            _unexpected(text, findings)
        else:
            dataset = _sound(file, text, most_rows, limits, findings)
            if dataset is not None:
                columns[text] = dataset
    return columns


def _unexpected(name: str, findings: Findings) -> None:
    found = "{count} unknown columns or groups"
    findings.add("unexpected-column", PREDICTIONS_NAME, found, example=name)


def _sound(
    file: h5py.File, name: str, most_rows: int, limits: Limits, findings: Findings
) -> h5py.Dataset | None:
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset):
        _unexpected(name, findings)
        return None
    problem = (
        _storage_problem(dataset)
        or _type_problem(dataset, name)
        or _size_problem(dataset, most_rows, limits)
    )
    if problem is None:
        return dataset
    code, found = problem
    findings.add(code, name, found)
    return None


Problem = tuple[str, str] | None


def _storage_problem(dataset: h5py.Dataset) -> Problem:
    """Return why a dataset's bytes may not be fetched."""
    flaw = storage_flaw(dataset)
    if flaw == "virtual dataset":
        return "virtual-dataset", "its data are in other files"
    if flaw:
        return "external-storage", "its data are in another file"
    filters = filters_of(dataset)
    if not set(filters) <= _FILTERS or len(set(filters)) < len(filters):
        known = "gzip, shuffle, fletcher32 and lzf, each once"
        return "filter-not-allowed", f"found filters {filters}; expected {known}"
    return None


def _type_problem(dataset: h5py.Dataset, name: str) -> Problem:
    """Return why a dataset's values may not be decoded."""
    stored = dataset.id.get_type()
    if stored.committed():
        return "type-not-allowed", "found a committed datatype"
    kind = stored.get_class()
    if name == CASE_COLUMN:
        if kind != h5py.h5t.STRING:
            return "type-not-allowed", f"found {_spelled(dataset)}; expected text"
        if not stored.is_variable_str() and stored.get_size() > _TEXT_BYTES:
            found = f"found texts of {stored.get_size()} bytes"
            return "type-not-allowed", f"{found}; expected at most {_TEXT_BYTES}"
        return None
    if name == SLICE_COLUMN:
        if kind != h5py.h5t.INTEGER or stored.get_size() > 8:
            return "type-not-allowed", f"found {_spelled(dataset)}; expected integers"
        return None
    numeric = kind in (h5py.h5t.INTEGER, h5py.h5t.FLOAT)
    if not (numeric or _is_bool(dataset)) or stored.get_size() > 8:
        return "type-not-allowed", f"found {_spelled(dataset)}; expected uint8"
    return None


def _is_bool(dataset: h5py.Dataset) -> bool:
    try:
        return bool(dataset.dtype == np.bool_)
    except (TypeError, ValueError):
        return False


def _spelled(dataset: h5py.Dataset) -> str:
    try:
        return str(dataset.dtype)[:80]
    except (TypeError, ValueError):
        return "a type that NumPy does not have"


def _size_problem(dataset: h5py.Dataset, most_rows: int, limits: Limits) -> Problem:
    """Return why a dataset is not what a submission would store."""
    shape: tuple[int, ...] | None = dataset.shape
    if not shape:
        return "wrong-shape", "found no rows; expected one per slice set"
    if shape[0] > most_rows:
        found = f"declares {shape[0]} rows, {_bytes(dataset)}"
        return "declared-too-large", f"{found}; expected at most {most_rows} rows"
    if dataset.chunks is not None:
        chunk = math.prod(dataset.chunks) * dataset.id.get_type().get_size()
        if chunk > limits.chunk_bytes:
            found = f"found chunks of {chunk} bytes"
            return "chunks-too-large", f"{found}; expected {limits.chunk_bytes}"
    if math.prod(shape) and not dataset.id.get_storage_size():
        return "never-written", f"declares {shape} and contains nothing"
    return None


def _bytes(dataset: Any) -> str:  # noqa: ANN401  (h5py has no types)
    size = math.prod(dataset.shape) * dataset.id.get_type().get_size()
    return f"{size:.3g} bytes in all" if size >= 1e6 else f"{size} bytes in all"
