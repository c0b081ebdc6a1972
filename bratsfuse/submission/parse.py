"""The reading process: the only one that touches untrusted bytes.

It is started with the path of a work folder, reads ``request.json`` there, fills the
files of images that lie ready, and leaves ``answer.json``.
"""

import json
import os
import stat
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bratsfuse.results import TRACKS, Track
from bratsfuse.submission._declared import tell_nothing, tell_tracks
from bratsfuse.submission._folder import Folder, is_safe_file, tell_litter
from bratsfuse.submission._zip import Zip
from bratsfuse.submission.file_names import (
    COLUMN_OF,
    PREDICTIONS_NAME,
    RECORD_NAME,
    track_of_png,
)
from bratsfuse.submission.findings import Findings, printable
from bratsfuse.submission.ids import Matching, Wanted, slice_key, spelled
from bratsfuse.submission.limits import MIB, Limits
from bratsfuse.submission.meant import found_instead, likely_fix
from bratsfuse.submission.record import (
    NAME_LENGTH,
    SubmissionRecord,
    record_from_toml,
)
from bratsfuse.submission.stage import Stage
from bratsfuse.submission.trouble import TEMPORARY_FAILURE, MachineTroubleError

REQUEST_NAME: Final = "request.json"
ANSWER_NAME: Final = "answer.json"
_RECORD_BYTES: Final = 64 << 10
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")


def main(work: Path) -> None:
    """Read what the request names, within its limits."""
    request = json.loads((work / REQUEST_NAME).read_text())
    limits = Limits(**request["limits"])
    wanted = Wanted(
        [(case, z) for case, z in request["ids"]],
        elsewhere=[(case, z) for case, z in request["elsewhere"]],
    )
    height, width = request["image_shape"]
    slices = wanted.possible
    limit_process(limits, slices, limits.file_bytes(slices, height * width))
    reader = Reader(work, wanted, (height, width), limits)
    try:
        answer = reader.read(Path(request["path"]))
    except (MachineTroubleError, OSError):  # our own files: no finding is made of it
        sys.exit(TEMPORARY_FAILURE)
    except MemoryError:
        findings = Findings()
        found = f"more than {limits.memory_bytes // MIB} MiB"
        findings.add("out-of-memory", "submission", found)
        answer = reader.answer(None, findings)
    # No second name: a reader that dies has left no answer, or one that is cut short.
    try:
        (work / ANSWER_NAME).write_text(json.dumps(answer))
    except OSError:
        sys.exit(TEMPORARY_FAILURE)


def limit_process(limits: Limits, slices: int, file_bytes: int) -> None:
    """Let this process take no more time, memory and files than reading needs."""
    import resource

    seconds = limits.cpu_seconds(slices)
    for what, most, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        # The first is a signal of its own; at the second it is that of lacking memory.
        (resource.RLIMIT_CPU, seconds, seconds + 2),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
    ):
        # macOS knows no limit of address space; there the other limits stand alone.
        with suppress(ValueError):
            resource.setrlimit(what, (most, hard))


class Reader:
    """Reads one submission, of whatever form.

    Parameters
    ----------
    work
        The folder with the files of images.
    wanted
        The slice sets of the split, in the order of the rows.
    image_shape
        Rows and columns of every image.
    limits
        What reading may take.
    """

    def __init__(
        self,
        work: Path,
        wanted: Wanted,
        image_shape: tuple[int, int],
        limits: Limits,
    ) -> None:
        self._work = work
        self._wanted = wanted
        self._limits = limits
        self._stage = Stage(work, len(wanted), image_shape)
        self._pixels = image_shape[0] * image_shape[1]
        self._most = limits.file_bytes(wanted.possible, self._pixels)
        self._findings = Findings()

    def read(self, path: Path) -> dict[str, Any]:
        """Return the answer for the submission at a path."""
        findings = self._findings
        record = None
        mode = path.stat().st_mode
        most_files = 2 * self._limits.rows(self._wanted.possible) + 16
        tree: Folder | Zip | None = None
        if stat.S_ISDIR(mode):
            tree = Folder(path, most_files, findings)
        elif is_safe_file(
            Path(os.path.realpath(path)), path.name, self._most, findings
        ):
            with path.open("rb") as file:
                head = file.read(len(_HDF5))
            if head == _HDF5:
                record = self._read_bare(path)
            elif head.startswith(_ZIP):
                tree = Zip(path, self._work, most_files, self._most, findings)
            else:
                found = "a file that is neither zip nor HDF5"
                hint = likely_fix([path.name])
                findings.add("not-a-submission", path.name, found, hint=hint)
        if tree is not None and tree.sound:
            record = self._read_tree(tree)
        return self.answer(record, findings)

    def answer(
        self, record: SubmissionRecord | None, findings: Findings
    ) -> dict[str, Any]:
        """Return what the other process is sent."""
        self._stage.close()
        return {
            "issues": [issue.to_json() for issue in findings.issues()],
            "present": {
                track: sorted(self._stage.present.get(track, ()))
                for track in self._stage.claimed
            },
            "record": None if record is None else asdict(record),
        }

    def _read_bare(self, path: Path) -> SubmissionRecord | None:
        tracks = self._read_hdf5(path)
        self._tell_missing()
        if not tracks:
            tell_nothing(path.name, [], self._findings)
            return None
        name = printable(path.stem)[:NAME_LENGTH].strip() or "submission"
        found = tuple(track for track in TRACKS if track in tracks)
        return SubmissionRecord(name=name, tracks=found)

    def _read_hdf5(self, path: Path) -> set[Track]:
        from bratsfuse.submission.hdf5_form import read_hdf5

        return read_hdf5(path, self._stage, self._wanted, self._limits, self._findings)

    def _read_tree(self, tree: Folder | Zip) -> SubmissionRecord | None:
        findings = self._findings
        names = tell_litter(tree.names, findings)
        record = None
        if RECORD_NAME in names:
            content = tree.read(RECORD_NAME, _RECORD_BYTES)
            record = None if content is None else record_from_toml(content, findings)
        elif PREDICTIONS_NAME in names or any(map(track_of_png, names)):
            findings.add("no-record", RECORD_NAME, "there is none")
        else:
            there = tree.everything()
            found = (
                f"neither {RECORD_NAME} nor {PREDICTIONS_NAME} in it; "
                f"found {found_instead(there)}"
            )
            findings.add("not-a-submission", ".", found, hint=likely_fix(there))
            return None
        stored: set[Track] = set()
        if PREDICTIONS_NAME in names:
            path = tree.on_disk(PREDICTIONS_NAME, self._most)
            if path is None:
                return record  # what is wrong with it has been told
            stored = self._read_hdf5(path)
        tracks = stored | self._read_pngs(tree, names, stored)
        for name in names:
            if name not in (RECORD_NAME, PREDICTIONS_NAME) and not track_of_png(name):
                found = "{count} files are no part of a submission"
                findings.add("unexpected-file", ".", found, example=name)
        tell_tracks(record, tracks, tree.everything(), findings)
        self._tell_missing()
        return record

    def _read_pngs(
        self, tree: Folder | Zip, names: list[str], stored: set[Track]
    ) -> set[Track]:
        by_track: dict[Track, list[str]] = {}
        for name in names:
            track = track_of_png(name)
            if track:
                by_track.setdefault(track, []).append(name)
        for track, files in by_track.items():
            if track in stored:
                found = f"both in {PREDICTIONS_NAME} and as {len(files)} PNG files"
                self._findings.add("ambiguous-predictions", COLUMN_OF[track], found)
            else:
                self._read_track_of_pngs(tree, track, files)
        return set(by_track)

    def _read_track_of_pngs(
        self, tree: Folder | Zip, track: Track, files: list[str]
    ) -> None:
        from bratsfuse.submission.png import PngError, read_png

        folder = COLUMN_OF[track]
        matching = Matching(self._wanted, folder, self._findings)
        rows: dict[int, str] = {}
        for name in files:
            stem = name[len(folder) + 1 : -len(".png")]
            row = matching.row_of(slice_key(stem), stem)
            if row is not None:
                rows[row] = name
        if not matching.finish():
            self._stage.refused.add(track)
        self._stage.claim(track, list(rows))
        for row, name in rows.items():
            content = tree.read(name, self._limits.png_bytes(self._pixels))
            if content is None:
                continue
            try:
                self._stage.put(track, row, read_png(content, self._stage.image_shape))
            except PngError as problem:
                found = f"{problem.found} in {{count}} files"
                self._findings.add(problem.code, folder, found, example=name)

    def _tell_missing(self) -> None:
        for track, claimed in self._stage.claimed.items():
            if track in self._stage.refused:
                continue
            for row, key in enumerate(self._wanted.ids):
                if row not in claimed:
                    found = f"{{count}} of {len(self._wanted)} slice sets have none"
                    self._findings.add(
                        "missing-predictions",
                        COLUMN_OF[track],
                        found,
                        example=spelled(key),
                    )
