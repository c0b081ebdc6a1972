"""What the frozen reference segmenter finds in fused images, against the true masks.

It is one network with fixed weights, trained on mixtures of many fusion methods, and
never on those of the submission: a quick look at use for segmentation, with a bias that
``docs/downstream.md`` measures. It runs in a process of its own, the only one that
imports torch.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.cases import segmentation_per_case
from bratsfuse.evaluation.settings import Settings
from bratsfuse.evaluation.slices import Task, score_slices
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import Rows, segmentation_per_slice, without
from bratsfuse.progress import Progress, silent
from bratsfuse.report.scores import ReferenceSegmenter, Score
from bratsfuse.results import Results
from bratsfuse.submission.staged import Staged

PROGRAM: Final = "bratsfuse.baselines._segment_fused"
_KEYS: Final = ("dice",)
_MASKS, _LOG = "reference-masks", "reference-log"
"""Files beside the staged images, which go when they go."""

Scores = dict[str, dict[str, Score]]


def reference_scores(
    task: Task,
    rows: Rows,
    release: Path,
    settings: Settings,
    progress: Progress,
) -> tuple[Scores, ReferenceSegmenter]:
    """Return the scores of what the reference segmenter finds, and what it is.

    Parameters
    ----------
    task
        The fused images of a split, and the true masks.
    rows
        What the slices are, and which are missing.
    release
        The release, to look up what patients the segmenter has learned from.
    settings
        How to score.
    progress
        Called with ``("reference segmenter", done, all)``.

    Returns
    -------
    tuple
        Region -> ``dice`` -> score over cases; and the record, which has the same
        without the patients that the segmenter has learned from.

    Raises
    ------
    InvalidInputError
        If its process fails.
    """
    fused = task.fused
    if not isinstance(fused, Staged):
        raise TypeError("fused images have to be staged for the reference segmenter")
    masks = replace(fused, path=fused.path.with_name(_MASKS))
    facts = _segmented(fused, masks.path, release, settings, progress)
    alone = replace(
        task,
        protocol=replace(task.protocol, segmentation=_KEYS),
        fused=None,
        masks=masks,
        fusers=(),
    )
    scores = score_slices(
        alone, len(rows.ids), workers=settings.workers, progress=silent
    )
    slices = segmentation_per_slice(scores, rows, alone.protocol)
    cases = segmentation_per_case(scores, slices, rows, alone.protocol)
    record = ReferenceSegmenter(
        weights_sha256=facts["weights_sha256"],
        seen_patients=tuple(facts["seen_patients"]),
        is_certain=facts["is_certain"],
        unseen=_of(without(cases, facts["seen_patients"]), settings)
        if facts["seen_patients"]
        else {},
    )
    return _of(cases, settings), record


def _of(cases: Results, settings: Settings) -> Scores:
    if not len(cases):
        return {}
    return by_region(summarise(cases, policy=settings.policy, seed=settings.seed))


def _segmented(
    fused: Staged, masks: Path, release: Path, settings: Settings, progress: Progress
) -> dict[str, Any]:
    """Segment all images in another process; return what it says of itself."""
    count = fused.shape[0]
    words = [str(release), settings.split, str(fused.path), *map(str, fused.shape)]
    words += [str(masks), str(settings.workers)]
    line = ""
    log = masks.with_name(_LOG)  # a pipe that nobody empties would stop the process
    with (
        log.open("w") as errors,
        subprocess.Popen(  # noqa: S603  (our own module)
            [sys.executable, "-P", "-m", PROGRAM, *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        for line in process.stdout or ():
            if line.strip().isdigit():
                progress("reference segmenter", int(line), count)
    if process.returncode:
        last = (log.read_text().strip().splitlines() or ["no message"])[-1]
        raise InvalidInputError(
            f"the reference segmenter failed ({last}); leave it out by "
            "--no-reference-segmenter"
        )
    facts: dict[str, Any] = json.loads(line)
    return facts
