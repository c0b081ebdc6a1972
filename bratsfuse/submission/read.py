"""Reading a submission without trusting it.

A child process with little memory, little time and an empty environment parses the
files. It can only fill files of images that lie ready; what it says of them is checked
here like any other untrusted input.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

import bratsfuse
from bratsfuse.errors import ScoringError
from bratsfuse.issues import Issue, Severity
from bratsfuse.results import TRACKS, Track
from bratsfuse.scratch import staging_folder
from bratsfuse.submission._scorable import unscorable
from bratsfuse.submission.codes import CODES
from bratsfuse.submission.contents import content_issues
from bratsfuse.submission.expected import Expected
from bratsfuse.submission.findings import Findings, printable
from bratsfuse.submission.limits import DEFAULT_LIMITS, Limits
from bratsfuse.submission.parse import ANSWER_NAME, REQUEST_NAME
from bratsfuse.submission.record import SubmissionRecord, record_problems
from bratsfuse.submission.stage import prepare, stage_path
from bratsfuse.submission.staged import Staged
from bratsfuse.submission.trouble import why_not_read

_ANSWER_BYTES: Final = 8 << 20
WALL: Final = 3
_NO_LIMITS: Final = (
    "submissions are read by a process with limits, which this system does not have; "
    "use Linux or macOS, on Windows its Subsystem for Linux"
)
ISOLATED: Final = ("-I", "-S", "-B")
START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from pathlib import Path; "
    "from bratsfuse.submission.parse import main; main(Path(sys.argv[1]))"
)
"""Run isolated: no start-up files, nothing from the environment or working folder."""


@dataclass(frozen=True)
class Reading:
    """What a submission contains, as far as it could be read.

    Attributes
    ----------
    record
        What it says of itself; None if it says nothing, or breaks a rule.
    sha256
        Digest of the predictions: of tracks, ids and pixels, whatever their order and
        the form in which they were stored.
    issues
        Every problem.
    staged
        Track -> its images; complete and valid only if no issue is an error.
    """

    record: SubmissionRecord | None
    sha256: str
    issues: tuple[Issue, ...]
    staged: Mapping[Track, Staged]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    issues: list[dict[str, str]]
    present: dict[Track, list[int]]
    record: dict[str, str | list[str]] | None


@contextmanager
def read_submission(
    path: Path, expected: Expected, *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Reading]:
    """Yield a submission: a folder, a zip of it, or an HDF5 file.

    The images are in a temporary folder that is removed at the end.

    Parameters
    ----------
    path
        The submission. Nothing is written there, and nothing is read outside it.
    expected
        What it has to contain.
    limits
        What reading may take.

    Yields
    ------
    Reading
        Whatever is wrong with the submission is one of its issues, never an exception.

    Raises
    ------
    OSError
        If the temporary folder cannot be written.
    ScoringError
        If this system has no limits of processes; if the reading process was killed,
        found the disk full or failing, got no time of the processor, or has a fault of
        ours.
    """
    if find_spec("resource") is None:
        raise ScoringError(_NO_LIMITS)
    with staging_folder() as work:
        if path.exists() and os.access(path, os.R_OK):
            reading = _read(path, expected, limits, work)
        else:
            findings = Findings()
            found = "there is nothing that may be read"
            findings.add("no-such-submission", str(path), found)
            reading = _without(expected, findings)
        yield reading


def _without(expected: Expected, findings: Findings) -> Reading:
    """Return the reading of a submission of which nothing is known."""
    return Reading(None, _digest({}, expected), tuple(findings.issues()), {})


def _read(path: Path, expected: Expected, limits: Limits, work: Path) -> Reading:
    height, width = expected.image_shape
    prepare(work, len(expected), height * width)
    request = {
        "path": str(path.absolute()),
        "ids": [[one.case, one.z] for one in expected.ids],
        "elsewhere": [[one.case, one.z] for one in expected.elsewhere],
        "image_shape": expected.image_shape,
        "limits": asdict(limits),
    }
    (work / REQUEST_NAME).write_text(json.dumps(request))
    findings = Findings()
    slices = len(expected) + len(expected.elsewhere)
    run_parser(work, limits.cpu_seconds(slices), findings)
    answer = None if len(findings) else _answer(work / ANSWER_NAME)
    if answer is None:
        if not len(findings):
            findings.add("reader-died", "submission", "no answer that can be read")
        return _without(expected, findings)
    staged = {}
    for track in (track for track in TRACKS if track in answer.present):
        present = np.zeros(len(expected), np.bool_)
        present[[row for row in answer.present[track] if 0 <= row < len(expected)]] = 1
        shape = (len(expected), height, width)
        staged[track] = Staged(stage_path(work, track), shape, present)
    issues = [*map(_checked_issue, answer.issues), *content_issues(staged, expected)]
    record = _checked_record(answer.record)
    issues += unscorable(record, staged, expected.ids, issues)
    return Reading(record, _digest(staged, expected), tuple(issues), staged)


def run_parser(work: Path, seconds: int, findings: Findings) -> None:
    """Run the reading process to its end; how it died, if it did, is a finding."""
    nothing = work / "no-plugins"
    nothing.mkdir()
    root = str(Path(bratsfuse.__file__).parent.parent)
    paths = [root, *(str(Path(entry).absolute()) for entry in sys.path if entry)]
    environment = {
        "HDF5_PLUGIN_PATH": str(nothing),
        "HDF5_PLUGIN_PRELOAD": "::",
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(work),
    }
    command = [sys.executable, *ISOLATED, "-c", START, str(work), *paths]
    try:
        status = run_reader(command, work, environment, WALL * seconds + 5)
    except subprocess.TimeoutExpired as problem:
        raise ScoringError(
            f"the submission: not read after {WALL * seconds + 5} s with less than "
            f"{seconds} s of work: the machine is too busy or its disk too slow; score "
            "it again"
        ) from problem
    if status == -signal.SIGXCPU:
        findings.add("too-slow", "submission", f"not done after {seconds} s of work")
    elif why := why_not_read(status):
        text = f"the submission could not be read: {why}"
        raise ScoringError(f"{text}; nothing is said of it, score it again")
    elif status:
        found = f"reading it was ended by {signal.Signals(-status).name}"
        findings.add("reader-died", "submission", found)


def run_reader(
    command: Sequence[str], work: Path, environment: Mapping[str, str], timeout_s: float
) -> int:
    """Return how the reading process ended: 0, a status, or less a signal."""
    return subprocess.run(  # noqa: S603  (our own program)
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=timeout_s,
        check=False,
    ).returncode


def _answer(path: Path) -> _Answer | None:
    """Return the answer, None if there is none that can be understood."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _ANSWER_BYTES:
        return None
    try:
        return _Answer.model_validate_json(path.read_bytes())
    except ValidationError:
        return None


def _checked_issue(values: Mapping[str, str]) -> Issue:
    """Return an issue with a code and severity of ours, and harmless texts."""
    code = values.get("code", "")
    if code not in CODES:
        code = "reader-died"
    severity: Severity = CODES[code].severity
    where, message = values.get("where", ""), values.get("message", "")
    return Issue(severity, printable(where), code, printable(message, 1000))


def _checked_record(values: Mapping[str, object] | None) -> SubmissionRecord | None:
    if values is None:
        return None
    try:
        record = TypeAdapter(SubmissionRecord).validate_python(values)
    except ValidationError:
        return None
    return None if record_problems(record) else record


def _digest(staged: Mapping[Track, Staged], expected: Expected) -> str:
    """Return the digest of the predictions, row by row in the release's order."""
    digest = hashlib.sha256(b"bratsfuse submission 1\n")
    for track in (track for track in TRACKS if track in staged):
        for row, one in enumerate(expected.ids):
            if staged[track].present[row]:
                digest.update(f"{track} {one}\n".encode())
                digest.update(staged[track][row].tobytes())
    return digest.hexdigest()
