"""Where the reading process puts images: into files that lie ready, nowhere else."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bratsfuse.results import TRACKS, Track
from bratsfuse.submission.trouble import MachineTroubleError


def stage_path(work: Path, track: Track) -> Path:
    """Return the file that takes the images of a track."""
    return work / f"{track}.bin"


def prepare(work: Path, slices: int, pixels: int) -> None:
    """Make the files of both tracks in their full size, all zero."""
    for track in TRACKS:
        path = stage_path(work, track)
        try:
            with path.open("wb") as file:
                _take(file.fileno(), slices * pixels)
        except OSError as problem:
            problem.filename = str(path)  # an open file has no name for the system
            raise


def _take(file: int, size: int) -> None:
    """Take the room on the disk now: where it lacks later, a process dies of it."""
    os.truncate(file, size)
    allocate = getattr(os, "posix_fallocate", None)  # macOS has none
    if allocate is None or not size:
        return
    try:
        allocate(file, 0, size)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # as some systems say
            raise


class Stage:
    """The files of both tracks, open for writing.

    Attributes
    ----------
    image_shape
        Rows and columns of every image.
    claimed
        Track -> rows for which the submission has something, good or bad.
    present
        Track -> rows that were written.
    refused
        Tracks that could not be read completely: nothing is called missing there.
    """

    def __init__(self, work: Path, slices: int, image_shape: tuple[int, int]) -> None:
        self.slices = slices
        self.image_shape = image_shape
        self.claimed: dict[Track, set[int]] = {}
        self.present: dict[Track, set[int]] = {}
        self.refused: set[Track] = set()
        self._files = {
            track: os.open(stage_path(work, track), os.O_WRONLY) for track in TRACKS
        }

    def claim(self, track: Track, rows: Sequence[int]) -> None:
        """Record that a submission has something for these rows of a track."""
        self.claimed.setdefault(track, set()).update(rows)

    def put(self, track: Track, row: int, image: npt.NDArray[np.uint8]) -> None:
        """Write one image (H, W) into its row."""
        if image.shape != self.image_shape or not 0 <= row < self.slices:
            raise ValueError(f"row {row} of shape {image.shape}")  # a bug of ours
        content = np.ascontiguousarray(image, np.uint8).tobytes()
        try:
            os.pwrite(self._files[track], content, row * len(content))
        except OSError as problem:
            raise MachineTroubleError(str(problem)) from problem
        self.present.setdefault(track, set()).add(row)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            os.close(file)
