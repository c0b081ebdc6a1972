"""Where the time of a build goes.

    python benchmarks/building.py RAW [--slices 300]

Process time of each step over all cases of a raw folder, in one process and one run,
as a share of the whole and as a ratio to ``gzip.decompress`` of the same files: the
price that any reader pays who only unpacks the volumes once.
"""

import argparse
import gzip
import importlib
import resource
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bratsfuse.builders import find_cases
from bratsfuse.building import assemble, build, measuring, parts, pipeline
from bratsfuse.raw import volume_file
from bratsfuse.release import Recipe, columns

reading = importlib.import_module("bratsfuse.raw.read_case")  # the name is a function
SPENT: Counter[str] = Counter()
STEPS = (
    (volume_file, "gunzip", "gunzip"),
    (reading, "read_volume_file", "hash and turn files"),
    (reading, "read_case", "check volumes"),
    (measuring, "foreground", "find the head"),
    (measuring, "robust_window", "percentiles"),
    (measuring, "voxel_digest", "voxel digests"),
    (pipeline, "survey_case", "areas and overlaps"),
    (parts, "to_uint8", "scale slices"),
    (columns, "_fused", "fuse"),
    (parts, "row_digest", "row digests"),
    (parts, "write_rows", "compress and write rows"),
    (pipeline, "make_part", "other columns"),
    (assemble, "merge", "merge parts"),
    (assemble, "write_previews", "previews"),
    (assemble, "document", "documents"),
    (pipeline, "assemble", "index and manifest"),
)
"""Where a function is looked up, its name, and what it does."""


@contextmanager
def timed(module, name, step):
    """Count the process time of a function under a step, without steps inside it."""
    function = getattr(module, name)

    def wrapper(*arguments, **options):
        start, before = time.process_time(), sum(SPENT.values())
        try:
            return function(*arguments, **options)
        finally:
            inside = sum(SPENT.values()) - before
            SPENT[step] += time.process_time() - start - inside

    setattr(module, name, wrapper)
    try:
        yield
    finally:
        setattr(module, name, function)


def plain_gunzip(files):
    start = time.process_time()
    for path in files:
        gzip.decompress(path.read_bytes())
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", type=Path)
    parser.add_argument("--slices", type=int, default=300)
    options = parser.parse_args()
    found = find_cases(options.raw)
    files = [p for case in found.cases for p in case.files() if p.suffix == ".gz"]
    unpacked = plain_gunzip(files)
    measured(found, options.slices)  # imports and compiles
    SPENT.clear()
    whole, manifest = measured(found, options.slices)
    report(found, manifest, whole, unpacked)


def shares(found, slices):
    """Return step -> its share of the processor time of a build in one process."""
    SPENT.clear()
    whole, _ = measured(found, slices)
    return {step: seconds / whole for step, seconds in SPENT.most_common()}


def measured(found, slices):
    """Return the processor seconds of a build and its manifest; steps are counted."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for module, name, step in STEPS:
            stack.enter_context(timed(module, name, step))
        start = time.process_time()
        manifest = build(
            found.layout,
            found.cases,
            Recipe(slices=slices),
            Path(folder) / "release",
            read=reading.read_case,
            allow_fewer=True,
        )
        whole = time.process_time() - start
    SPENT["everything else"] = whole - sum(SPENT.values())
    return whole, manifest


def report(found, manifest, whole, unpacked):
    print(f"{len(found.cases)} cases, {manifest.slice_sets} slice sets, one process")
    print(f"{'step':<26} {'ms a case':>10} {'share':>7}")
    for step, seconds in SPENT.most_common():
        cost = 1000 * seconds / len(found.cases)
        print(f"{step:<26} {cost:10.1f} {seconds / whole:7.1%}")
    print(f"{'whole build':<26} {1000 * whole / len(found.cases):10.1f}")
    once = 1000 * unpacked / len(found.cases)
    print(f"{'gzip.decompress, once':<26} {once:10.1f}")
    print(f"the build costs {whole / unpacked:.2f} times gzip.decompress, once")
    print(f"gunzip's share with gzip.decompress instead: {share(unpacked, whole):.0%}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


def share(unpacked: float, whole: float) -> float:
    """Gunzip's share if every file were read twice with the standard library."""
    rest = whole - SPENT["gunzip"]
    return 2 * unpacked / (rest + 2 * unpacked)


if __name__ == "__main__":
    main()
