"""Writing a submission: predictions row by row, then the record, then the name.

The folder appears under its name only when it is complete.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bratsfuse.arrays import Image
from bratsfuse.errors import SubmissionError
from bratsfuse.place import Kind, lacking, new_result
from bratsfuse.records import SliceId
from bratsfuse.release.column import Column
from bratsfuse.release.store import stream_rows
from bratsfuse.results import TRACKS, Track
from bratsfuse.submission.expected import Expected
from bratsfuse.submission.file_names import COLUMN_OF, PREDICTIONS_NAME, RECORD_NAME
from bratsfuse.submission.record import SubmissionRecord, record_problems

SUBMISSION: Final = Kind(
    name="submission", error=SubmissionError, flaw=lacking(RECORD_NAME)
)

_IDS: Final = (
    Column("case_id", "text", "str", "the imaging study"),
    Column("slice_index", "integer", "int16", "z in the volume"),
)

_PIXELS_OF: Final[Mapping[Track, Column]] = {
    "fusion": Column(COLUMN_OF["fusion"], "image", "uint8", "fused image"),
    "segmentation": Column(COLUMN_OF["segmentation"], "mask", "uint8", "labels"),
}


def write_submission(
    target: Path,
    record: SubmissionRecord,
    ids: Sequence[SliceId],
    tracks: Mapping[Track, Iterable[Image]],
    *,
    overwrite: bool = False,
    outside: Iterable[Path] = (),
) -> None:
    """Write a submission folder: ``submission.toml`` and ``predictions.h5``.

    The same predictions give the same bytes.

    Parameters
    ----------
    target
        The new folder.
    record
        What the submission says of itself.
    ids
        One per slice set, in any order, none twice.
    tracks
        Track -> one uint8 image (H, W) per id; fused images in [0, 255] or masks in
        the canonical labels. All tracks are read in step, so that generators that
        share their work never contain more than one row.
    overwrite
        Replace the submission that is there.
    outside
        Folders that the submission must not be in, such as its release.

    Raises
    ------
    SubmissionError
        If the target already exists or cannot be written, the record breaks a rule, the
        tracks are not those of the record, or an image is missing, one too many, not
        uint8 or not of the shape of the others. Nothing is left behind.
    """
    _check_record(target, record, ids, tracks)
    with new_result(target, SUBMISSION, overwrite=overwrite, outside=outside) as new:
        (new / RECORD_NAME).write_text(to_toml(record), encoding="utf-8")
        _write_predictions(new / PREDICTIONS_NAME, ids, tracks)


def write_template(
    target: Path, expected: Expected, *, overwrite: bool = False
) -> None:
    """Write a valid submission that predicts nothing: both tracks, all zero.

    Raises
    ------
    SubmissionError
        If the target already exists or cannot be written.
    """
    empty = np.zeros(expected.image_shape, np.uint8)
    record = SubmissionRecord(
        name=target.absolute().name[:80] or "template",
        method="Put your own predictions here.",
        tracks=TRACKS,
    )
    tracks = {track: (empty for _ in expected.ids) for track in TRACKS}
    write_submission(target, record, expected.ids, tracks, overwrite=overwrite)


def to_toml(record: SubmissionRecord) -> str:
    """Return the record as the text of a ``submission.toml``."""
    fields = {
        "name": record.name,
        "method": record.method,
        "authors": record.authors,
        "url": record.url,
        "training_data": record.training_data,
        **({"seen_patients": record.seen_patients} if record.seen_patients else {}),
        "tracks": record.tracks,
    }
    return "".join(f"{key} = {_toml(value)}\n" for key, value in fields.items())


def _toml(value: str | Sequence[str]) -> str:
    """Return a value in TOML: JSON's escapes are TOML's, all but that of DEL."""
    if not isinstance(value, str):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _check_record(
    target: Path,
    record: SubmissionRecord,
    ids: Sequence[SliceId],
    tracks: Mapping[Track, Iterable[Image]],
) -> None:
    problems = record_problems(record)
    if problems:
        raise SubmissionError(f"{target}: {problems[0]}; correct the record")
    if set(record.tracks) != set(tracks):
        found = ", ".join(sorted(tracks)) or "nothing"
        raise SubmissionError(
            f"{target}: found predictions for {found}; "
            f"expected those of the record, {', '.join(record.tracks)}"
        )
    if not ids or len(set(ids)) < len(ids):
        raise SubmissionError(
            f"{target}: found {len(ids)} ids, {len(set(ids))} of them different; "
            "expected one per slice set, none twice"
        )


def _write_predictions(
    path: Path, ids: Sequence[SliceId], tracks: Mapping[Track, Iterable[Image]]
) -> None:
    streams = {
        COLUMN_OF[track]: iter(tracks[track]) for track in TRACKS if track in tracks
    }
    rows = _rows(ids, streams)
    first = next(rows)
    height, width = first[next(iter(streams))].shape
    columns = (*_IDS, *(_PIXELS_OF[track] for track in TRACKS if track in tracks))
    shape = (len(ids), height, width)
    stream_rows(path, columns, shape, itertools.chain([first], rows))


def _rows(
    ids: Sequence[SliceId], streams: Mapping[str, Iterator[Image]]
) -> Iterator[dict[str, Any]]:
    """Yield one row per id, one image of every track at a time."""
    shape = None
    for one in ids:
        row: dict[str, Any] = {"case_id": one.case, "slice_index": one.z}
        for name, stream in streams.items():
            image = next(stream, None)
            if image is None:
                raise SubmissionError(
                    f"{name} of {one}: no image; expected one for each id"
                )
            _check_image(f"{name} of {one}", image, shape or image.shape)
            shape = image.shape
            row[name] = image
        yield row
    for name, stream in streams.items():
        if next(stream, None) is not None:
            raise SubmissionError(
                f"{name}: more images than ids; expected {len(ids)}, in their order"
            )


def _check_image(where: str, image: Image, shape: tuple[int, ...]) -> None:
    if image.dtype != np.uint8 or image.ndim != 2 or image.shape != shape:
        expected = shape if len(shape) == 2 else "two axes"
        raise SubmissionError(
            f"{where}: found {image.dtype} {image.shape}; expected uint8 {expected}; "
            "round and cast images, and write all of one size"
        )
