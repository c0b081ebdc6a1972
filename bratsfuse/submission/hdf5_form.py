"""``predictions.h5`` to staged images: rules first, then row by row.

While HDF5 reads, the process cannot open any further file: neither a link that the
rules have overlooked nor a filter plug-in would find one.
"""

import codecs
import contextlib
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

from bratsfuse.release.hdf5 import BROKEN, is_linked
from bratsfuse.release.stored_images import StoredImages
from bratsfuse.results import TRACKS, Track
from bratsfuse.submission._values import Values, shape_hint
from bratsfuse.submission.file_names import (
    CASE_COLUMN,
    COLUMN_OF,
    PREDICTIONS_NAME,
    SLICE_COLUMN,
)
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.hdf5_rules import sound_columns
from bratsfuse.submission.ids import Matching, SliceKey, Wanted, spelled
from bratsfuse.submission.limits import Limits
from bratsfuse.submission.stage import Stage
from bratsfuse.submission.trouble import refuse_trouble
from bratsfuse.wording import closest

codecs.lookup("ascii")  # h5py needs it, and could not load it while files are shut off
closest("", ())  # nor could a hint load what it compares names with

_CACHE: Final = 64 << 20
"""So that a chunk of many rows is unpacked once."""
_BLOCK: Final = 32 << 20


def read_hdf5(
    path: Path, stage: Stage, wanted: Wanted, limits: Limits, findings: Findings
) -> set[Track]:
    """Return the tracks of an HDF5 file, sound or not; stage their images."""
    tracks: set[Track] = set()
    try:
        with (
            h5py.File(path, "r", rdcc_nbytes=_CACHE) as file,
            no_further_files(),
        ):
            tracks = {track for track in TRACKS if is_linked(file, COLUMN_OF[track])}
            stage.refused |= tracks
            _read(file, stage, wanted, limits, findings)
    except BROKEN as problem:
        refuse_trouble(problem)
        reason = " ".join(str(problem).split())[:200]
        findings.add("broken-hdf5", PREDICTIONS_NAME, f"cannot be read ({reason})")
    return tracks


@contextlib.contextmanager
def no_further_files() -> Iterator[None]:
    """Let this process open no file more, as external links in HDF5 would have it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _read(
    file: h5py.File, stage: Stage, wanted: Wanted, limits: Limits, findings: Findings
) -> None:
    columns = sound_columns(file, limits.rows(wanted.possible), limits, findings)
    for name in (CASE_COLUMN, SLICE_COLUMN):
        if not is_linked(file, name):
            found = f"no column {name}"
            findings.add("missing-column", PREDICTIONS_NAME, found)
        if name not in columns:
            return
    slices = len(columns[CASE_COLUMN])
    if len(columns[SLICE_COLUMN]) != slices:
        _tell_lengths(columns[SLICE_COLUMN], slices, findings)
        return
    rows = _rows(columns[CASE_COLUMN], columns[SLICE_COLUMN], wanted, findings)
    if rows is None:
        return
    for track in TRACKS:
        column = columns.get(COLUMN_OF[track])
        if column is not None and _has_the_shape(
            column, (slices, *stage.image_shape), findings
        ):
            stage.refused.discard(track)
            there = _written(column, rows)
            stage.claim(track, [row for row in there if row is not None])
            _stage(column, track, there, stage, findings)


def _rows(
    cases: h5py.Dataset, indices: h5py.Dataset, wanted: Wanted, findings: Findings
) -> list[int | None] | None:
    """Return the slice set of every row, None if none is of the split."""
    for column in (cases, indices):
        if column.ndim != 1:
            found = f"found {column.shape}; expected one value per row"
            findings.add("wrong-shape", column.name.lstrip("/"), found)
            return None
    matching = Matching(wanted, PREDICTIONS_NAME, findings)
    numbers = indices[()].tolist()
    rows = []
    for row, number in enumerate(numbers):
        # One by one, so that long texts never are in memory together.
        key = _key(cases[row], number)
        text = f"row {row}" if key is None else spelled(key)
        rows.append(matching.row_of(key, text))
    return rows if matching.finish() else None


def _key(case: bytes, number: int) -> SliceKey | None:
    try:
        return case[:1024].decode(), number
    except UnicodeDecodeError:
        return None


def _has_the_shape(
    column: h5py.Dataset, expected: tuple[int, int, int], findings: Findings
) -> bool:
    if column.shape == expected:
        return True
    hint = shape_hint(column.shape, expected)
    if len(column) != expected[0] and not hint:
        _tell_lengths(column, expected[0], findings)
    else:
        found = f"found {column.shape}; expected {expected}"
        findings.add("wrong-shape", column.name.lstrip("/"), found, hint=hint)
    return False


def _written(column: h5py.Dataset, rows: list[int | None]) -> list[int | None]:
    """Return the slice sets of the rows that were written; a gap is no prediction.

    HDF5 gives zeros for a chunk that was never written.
    """
    if column.chunks is None:
        return rows
    steps = column.chunks
    together = math.prod(
        -(-length // step)
        for length, step in zip(column.shape[1:], steps[1:], strict=True)
    )
    found: Counter[int] = Counter()
    column.id.chunk_iter(lambda chunk: found.update([chunk.chunk_offset[0]]))
    return [
        slice_set if found[row - row % steps[0]] == together else None
        for row, slice_set in enumerate(rows)
    ]


def _tell_lengths(column: h5py.Dataset, slices: int, findings: Findings) -> None:
    found = f"found {len(column)} rows; {CASE_COLUMN} has {slices}"
    findings.add("columns-disagree", column.name.lstrip("/"), found)


def _stage(
    column: h5py.Dataset,
    track: Track,
    rows: list[int | None],
    stage: Stage,
    findings: Findings,
) -> None:
    sound = column.dtype == np.uint8
    values = Values(column.dtype)
    for row, image in _images(column):
        place = rows[row]
        if not sound:
            values.add(image)
        elif place is not None:
            stage.put(track, place, image)
    if not sound:
        values.tell(track, findings)


def _images(column: h5py.Dataset) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the images of a column with their row numbers, a block in memory."""
    stored = StoredImages.of(column.file, column) if column.dtype == np.uint8 else None
    if stored:
        yield from enumerate(map(stored.read, range(len(column))))
        return
    row_bytes = math.prod(column.shape[1:]) * column.dtype.itemsize
    together = column.chunks[0] if column.chunks else 1
    step = max(1, min(together, _BLOCK // row_bytes))
    for start in range(0, len(column), step):
        yield from enumerate(column[start : start + step], start)
