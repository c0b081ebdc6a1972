"""Read many submissions, each in a process of its own that is forked, not started.

Called with a folder that holds ``paths.json``; prints one exit status per path: zero if
the reader left an answer, negative if a signal ended it, positive if it raised.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np  # noqa: F401  (what every reader needs is loaded before forking)

from bratsfuse.results import TRACKS
from bratsfuse.submission import CODES, DEFAULT_LIMITS, hdf5_form, png  # noqa: F401
from bratsfuse.submission.parse import ANSWER_NAME, REQUEST_NAME, main
from bratsfuse.submission.stage import prepare, stage_path


def read(path, work, ids, shape):
    """Return the exit status of reading one submission."""
    work.mkdir()
    prepare(work, len(ids), shape[0] * shape[1])
    request = {"path": path, "ids": ids, "elsewhere": [], "image_shape": shape}
    request["limits"] = asdict(DEFAULT_LIMITS)
    (work / REQUEST_NAME).write_text(json.dumps(request))
    child = os.fork()
    if not child:
        status = 1
        try:
            main(work)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for track in TRACKS:
        assert stage_path(work, track).stat().st_size == len(ids) * shape[0] * shape[1]
    if status == 0:
        answer = json.loads((work / ANSWER_NAME).read_text())
        assert {issue["code"] for issue in answer["issues"]} <= set(CODES)
    return status


folder = Path(sys.argv[1])
paths, ids, shape = json.loads((folder / "paths.json").read_text())
statuses = [
    read(path, folder / f"work{count}", ids, shape) for count, path in enumerate(paths)
]
sys.stdout.write(json.dumps(statuses))
