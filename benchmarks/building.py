"""Where the time of a build goes.

    python benchmarks/building.py RAW [--slices 300]

Process time of each step over all cases of a raw folder, in one process and one run,
as a share of the whole and as a ratio to ``gzip.decompress`` of the same files: the
price that any reader pays who only unpacks the volumes once.
"""

import argparse
import gzip
import resource
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from bratsfuse import fusers
from bratsfuse.builders import find_cases
from bratsfuse.building import assemble, build, measuring, parts
from bratsfuse.raw import read_case, volume_file
from bratsfuse.release import Recipe

SPENT: Counter[str] = Counter()


@contextmanager
def timed(module, name, step):
    """Count the process time of a function of a module under a step."""
    function = getattr(module, name)

    def wrapper(*arguments, **options):
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            SPENT[step] += time.process_time() - start

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
    whole, manifest = measured(found, options.slices)
    report(found, manifest, whole, unpacked)


def shares(found, slices):
    """Return step -> its share of the processor time of a build in one process."""
    SPENT.clear()
    whole, _ = measured(found, slices)
    return {step: seconds / whole for step, seconds in SPENT.most_common()}


def measured(found, slices):
    """Return the processor seconds of a build and its manifest; steps are counted."""
    with (
        tempfile.TemporaryDirectory() as folder,
        timed(volume_file, "gunzip", "gunzip"),
        timed(parts, "write_rows", "compress and write rows"),
        timed(measuring, "robust_window", "percentiles"),
        timed(measuring, "voxel_digest", "voxel digests"),
        timed(parts, "to_uint8", "scale slices"),
        timed(parts, "row_digest", "row digests"),
        timed(assemble, "merge", "merge parts"),
        timed(assemble, "write_previews", "previews"),
        timed(fusers, "fuser", "look up fusers"),
        timed_fusers(),
    ):
        start = time.process_time()
        manifest = build(
            found.layout,
            found.cases,
            Recipe(slices=slices),
            Path(folder) / "release",
            read=read_case,
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


@contextmanager
def timed_fusers():
    """Count the fusers themselves, which are looked up by name."""
    original = fusers.fuser

    def lookup(name):
        function = original(name)

        def wrapper(images):
            start = time.process_time()
            fused = function(images)
            SPENT["fuse"] += time.process_time() - start
            return fused

        return wrapper

    fusers.fuser = lookup
    try:
        yield
    finally:
        fusers.fuser = original


if __name__ == "__main__":
    main()
