"""What scoring a submission costs beyond the metrics themselves.

    python benchmarks/evaluating.py RELEASE [--split test] [--folder DIR]

A submission of both tracks is made from the release: fused images by `maximum` and the
true masks shifted by 3 pixels. In one run, on the same arrays:

bare        the metric calls alone: 14 fusion metrics and all segmentation keys of each
            slice, on arrays in memory, one process
one, two    reading the submission and the release and scoring every slice, with one
            and with two worker processes
rest        everything else of `bratsfuse evaluate`: the release's own fusion images
            scored for comparison, statistics, figures, tables and page

CPU time counts all processes; the target is at most 1.5 times bare. Wall time of two
workers should be at most 0.7 of that of one, and the rest at most 15 seconds.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.evaluation.references import ReleaseMasks
from bratsfuse.evaluation.settings import protocol_of
from bratsfuse.evaluation.slices import Task, score_slices
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.parallel import available_cores
from bratsfuse.progress import silent
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.report import write_report
from bratsfuse.submission import (
    SubmissionRecord,
    expected_of,
    read_submission,
    write_submission,
)


class Clock:
    """Wall time and the CPU time of this process and its children."""

    def __enter__(self):
        self._wall, self._cpu = time.perf_counter(), cpu_time()
        return self

    def __exit__(self, *_):
        self.wall = time.perf_counter() - self._wall
        self.cpu = cpu_time() - self._cpu


def cpu_time():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(
            resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
    )


def submit(target, split, ids):
    shifted = (np.roll(split.pixels("mask", row), 3, 0) for row in range(len(ids)))
    fused = (split.pixels("fusion_maximum", row) for row in range(len(ids)))
    record = SubmissionRecord(name="benchmark", tracks=("fusion", "segmentation"))
    tracks = {"fusion": fused, "segmentation": shifted}
    write_submission(target, record, ids, tracks)


def bare(task, rows):
    """Time the metric calls on arrays that are in memory already."""
    arrays = [
        (
            np.stack([task.split.pixels(name, row) for name in task.protocol.sources]),
            task.fused[row],
            task.references[row],
            task.masks[row],
            task.spacing_mm[row],
            [task.split.pixels(f"{FUSION_PREFIX}{name}", row) for name in task.fusers],
        )
        for row in range(rows)
    ]
    with Clock() as clock:
        for sources, fused, reference, mask, spacing, products in arrays:
            fusion.evaluate(sources, fused)
            for product in products:
                fusion.evaluate(sources, product)
            segmentation.evaluate(reference, mask, spacing)
    return clock


def task_of(manifest, split, expected, settings):
    """Return what is scored, before any prediction is read."""
    return Task(
        split=split,
        protocol=protocol_of(manifest, settings.policy, settings.preset),
        spacing_mm=((1.0, 1.0),) * len(expected),
        fused=None,
        masks=None,
        references=ReleaseMasks(split, manifest.source.labels),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--folder", type=Path, help="keeps submission and report")
    options = parser.parse_args()
    manifest = read_manifest(options.release)
    expected = expected_of(options.release, manifest, options.split)
    split = SplitFile(options.release / manifest.splits[options.split].file)
    settings = Settings(split=options.split)
    task = task_of(manifest, split, expected, settings)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        submission = folder / "submission"
        submit(submission, split, expected.ids)

        def read_and_score(workers):
            with Clock() as clock, read_submission(submission, expected) as reading:
                staged = reading.staged
                both = replace(
                    task, fused=staged["fusion"], masks=staged["segmentation"]
                )
                score_slices(both, len(expected), workers=workers, progress=silent)
            return clock

        with read_submission(submission, expected) as reading:
            staged = reading.staged
            both = replace(task, fused=staged["fusion"], masks=staged["segmentation"])
            bare(both, 8)  # compiles or loads what is compiled
            alone = bare(both, len(expected))
        one, two = read_and_score(1), read_and_score(2)
        cores = available_cores()
        with Clock() as whole:
            found = evaluate(
                submission, options.release, replace(settings, workers=cores)
            )
            write_report(found, folder / "report")
    shown = min(cores, 2)
    rest = whole.wall - (two.wall if shown > 1 else one.wall)
    print(f"{len(expected)} slice sets of {len(set(expected.patients))} patients")
    print(f"bare        {alone.cpu:6.2f} s CPU  {alone.wall:6.2f} s wall")
    for name, clock in (("one", one), ("two", two)):
        print(
            f"{name:10}  {clock.cpu:6.2f} s CPU  {clock.wall:6.2f} s wall  "
            f"{clock.cpu / alone.cpu:.2f} times the bare CPU time"
        )
    print(f"two / one   {two.wall / one.wall:.2f} of the wall time")
    print(f"rest        {rest:6.2f} s wall, with {cores} workers")


if __name__ == "__main__":
    main()
