"""Writing a submission: predictions row by row, then the record, then the name.

The folder appears under its name only when it is whole.
"""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from bratsfuse.arrays import Image
from bratsfuse.errors import SubmissionError
from bratsfuse.records import SliceId
from bratsfuse.release.columns import Column
from bratsfuse.release.store import stream_rows
from bratsfuse.results import TRACKS, Track
from bratsfuse.submission.expected import Expected
from bratsfuse.submission.file_names import COLUMN_OF, PREDICTIONS_NAME, RECORD_NAME
from bratsfuse.submission.record import SubmissionRecord, record_problems

_IDS: Final = (
    Column("case_id", "text", "str", "the imaging study"),
    Column("slice_index", "scalar", "int16", "z in the volume"),
)


def write_submission(
    target: Path,
    record: SubmissionRecord,
    ids: Sequence[SliceId],
    tracks: Mapping[Track, Iterable[Image]],
    *,
    overwrite: bool = False,
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
        share their work never hold more than one row.
    overwrite
        Replace the submission that is there.

    Raises
    ------
    SubmissionError
        If the target is taken or cannot be written, the record breaks a rule, the
        tracks are not those of the record, or an image is missing, one too many, not
        uint8 or not of the shape of the others. Nothing is left behind.
    """
    target = target.absolute()  # "." has no name of its own
    check_target(target, overwrite=overwrite)
    _check_record(target, record, ids, tracks)
    with _workplace(target) as new:
        (new / RECORD_NAME).write_text(to_toml(record), encoding="utf-8")
        _write_predictions(new / PREDICTIONS_NAME, ids, tracks)


def write_template(
    target: Path, expected: Expected, *, overwrite: bool = False
) -> None:
    """Write a valid submission that predicts nothing: both tracks, all zero.

    Raises
    ------
    SubmissionError
        If the target is taken or cannot be written.
    """
    empty = np.zeros(expected.image_shape, np.uint8)
    record = SubmissionRecord(
        name=target.absolute().name[:80] or "template",
        method="Put your own predictions here.",
        tracks=TRACKS,
    )
    tracks = {track: (empty for _ in expected.ids) for track in TRACKS}
    write_submission(target, record, expected.ids, tracks, overwrite=overwrite)


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot become a submission, before any work is done.

    Raises
    ------
    SubmissionError
        If its parent is missing or cannot be written to, or if it exists and is not a
        submission that `overwrite` allows to replace.
    """
    parent = target.absolute().parent
    if not parent.is_dir():
        raise SubmissionError(f"{parent}: no such folder; create it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise SubmissionError(f"{parent}: no permission to write in it")
    if target.is_symlink() and not target.exists():
        raise SubmissionError(f"{target}: a link to nowhere; remove it first")
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / RECORD_NAME).is_file():
        raise SubmissionError(
            f"{target}: exists and is no submission; choose another name"
        )
    if not overwrite:
        raise SubmissionError(
            f"{target}: a submission stands here; "
            "choose another name or pass --overwrite"
        )


def to_toml(record: SubmissionRecord) -> str:
    """Return the record as the text of a ``submission.toml``."""
    fields = {
        "name": record.name,
        "method": record.method,
        "authors": record.authors,
        "url": record.url,
        "training_data": record.training_data,
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
        raise SubmissionError(f"{target}: {problems[0]}")
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
    columns = (*_IDS, *(Column(name, "pixels", "uint8", "") for name in streams))
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


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target that becomes it at the end."""
    place = None
    try:
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        new = place / "new"
        new.mkdir()
        yield new
        _publish(new, target, place / "replaced")
    except OSError as problem:
        # HDF5 tells the reason on several lines.
        reason = " ".join((problem.strerror or str(problem)).split())
        raise SubmissionError(f"{target}: cannot be written ({reason})") from problem
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def _publish(new: Path, target: Path, old: Path) -> None:
    """Rename a whole folder to its name; an old one steps aside first."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
