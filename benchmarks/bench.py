"""Every job beside its peers, in one run on one machine, into one JSON file.

    make bench                                    or, by hand:
    python benchmarks/bench.py [-o FILE] [--rounds N] [--cases N] [--slices N]
    python benchmarks/performance_page.py FILE    docs/performance.md and scaling.md

Cases are phantoms. Contestants take turns; ratios within the run are what may be
quoted. Peers that are not installed are named as not measured: the extra ``bench``.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy is imported

PACKAGES = (
    *("bratsfuse", "numpy", "numba", "scipy", "torch", "h5py", "datasets", "nibabel"),
    *("monai", "sewar", "surface-distance", "torchmetrics", "zarr", "deflate"),
)
ABSENT = {
    "panoptica": "its newest version asks for NumPy below 2.3 and pandas below 3",
    "BraTS-evaluation": "builds on panoptica; benchmarks/challenges.py runs it beside "
    "ours in an environment of its own",
}
"""Peers that cannot be installed beside bratsfuse, and why."""

SPLIT = (0.1, 0.1, 0.8)
"""Much to test: what evaluate does once is small beside what it does for each slice."""
A_CASE = 5.5
"""Slice sets asked of the build that is timed for each case, as the benchmark has."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default="benchmarks/results.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=26)
    parser.add_argument("--slices", type=int, default=2040)
    parser.add_argument("--only", action="append", default=[], metavar="JOB")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        raw, release = _made(Path(folder), options.cases, options.slices)
        found = _earlier(options)
        for name, job in _jobs(raw, release, options).items():
            if options.only and name not in options.only:
                continue
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                found[name] = {**job(), **_moment(), "rounds": options.rounds}
            except Exception as problem:  # the others are measured all the same
                found[name] = _failed(name, problem)
            _write(options, found)  # so that an interrupted run is not lost
    print(options.output)


def _failed(name, problem):
    """Return what stands for a job that could not be measured."""
    print(f"{name}: {problem!r}", file=sys.stderr, flush=True)
    text = " ".join(f"{type(problem).__name__}: {problem}".split())
    return {
        "title": name.capitalize(),
        "item": "item",
        "rows": {},
        "notes": [f"Not measured: {text}"],
        "goals": [],
    }


def _earlier(options):
    """Return the other jobs of an earlier run, where some are measured again."""
    if not options.only or not options.output.is_file():
        return {}
    return json.loads(options.output.read_bytes())["jobs"]


def _write(options, found):
    content = {
        "made": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": _machine(),
        "versions": _versions(),
        "options": {
            "rounds": options.rounds,
            "cases": options.cases,
            "slices": options.slices,
        },
        "not_measured": _absent(),
        "jobs": found,
    }
    options.output.write_text(json.dumps(content, indent=1) + "\n")


def _made(folder, cases, slices):
    from bratsfuse.builders import BUILDERS, find_cases
    from bratsfuse.building import build
    from bratsfuse.phantom import write_phantoms
    from bratsfuse.raw import read_case
    from bratsfuse.release import Recipe

    raw, release = folder / "raw", folder / "release"
    write_phantoms(BUILDERS["brats2021"], raw, cases=cases, workers=2)
    found = find_cases(raw)
    build(
        found.layout,
        found.cases,
        Recipe(slices=slices, split=SPLIT),
        release,
        read=read_case,
        workers=2,
        allow_fewer=True,
    )
    return raw, release


def _jobs(raw, release, options):
    import bench_data
    import bench_memory
    import bench_scores
    import bench_use

    rounds, slices = options.rounds, round(A_CASE * options.cases)
    return {
        "start": lambda: bench_use.of_starting(release, rounds),
        "fusion": lambda: bench_scores.of_fusion(rounds),
        "segmentation": lambda: bench_scores.of_segmentation(rounds),
        # Before what leaves threads behind: with them, no worker starts as a copy.
        "evaluate": lambda: bench_scores.of_evaluating(release, rounds),
        "train": lambda: bench_use.of_training(rounds),
        "load": lambda: bench_data.of_loading(release, rounds),
        "build": lambda: bench_data.of_building(raw, slices, min(2, rounds)),
        "memory": lambda: bench_memory.of_memory(raw, release, slices),
    }


def _moment():
    """Return when a job was done, and how busy the machine was."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="minutes"),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _machine():
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [one.partition(":")[2].strip() for one in lines if "model name" in one]
    return names[0] if names else platform.processor()


def _absent():
    """Return every peer that is not measured -> why."""
    missing = [name for name, found in _versions().items() if found == "not installed"]
    return ABSENT | dict.fromkeys(missing, "not installed: pip install -e '.[bench]'")


def _versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


if __name__ == "__main__":
    main()
