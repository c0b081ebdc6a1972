"""How fast a release is read, and how much memory ``load_dataset`` takes.

    python benchmarks/loading.py RELEASE

Rows per second of process time, random access, one thread, in one run: the torch
format of Hugging Face ``datasets`` beside `bratsfuse.BraTSFuse`, in three pairs of
equal rights: what each gives by default, whole rows, and the same four image columns.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import datasets
import numpy as np
import torch

from bratsfuse import BraTSFuse
from bratsfuse.anatomy import Modality

ROWS = 400
ROUNDS = 5
SAME = ["t1ce", "flair", "fusion_laplacian", "mask", "case_id", "slice_index"]
REST = (
    "fusion_average",
    "fusion_maximum",
    "patient_id",
    "grade",
    "intensity_low",
    "intensity_high",
    "row_sha256",
)


def rows_per_second(data, rows):
    start = time.process_time()
    for row in rows:
        data[row]
    return len(rows) / (time.process_time() - start)


def best_rates(readers, rows):
    """Return the best rate of each reader; they take turns, so that noise hits all."""
    for data in readers:
        data[0]
    rounds = [[rows_per_second(data, rows) for data in readers] for _ in range(ROUNDS)]
    return [max(rates) for rates in zip(*rounds, strict=True)]


def main(release: Path) -> None:
    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        table = datasets.load_dataset(
            str(release), "all", split="train", cache_dir=cache
        ).with_format("torch")
        pairs = {
            "by default": (table, {}),
            "whole rows": (table, {"sources": tuple(Modality), "columns": REST}),
            "same four images": (table.select_columns(SAME), {}),
        }
        rows = np.random.default_rng(0).integers(0, len(table), ROWS).tolist()
        head = "rows per second", "hf torch", "memory", "ratio", "disk", "ratio"
        print("{:<17} {:>9} {:>8} {:>6} {:>7} {:>6}".format(*head))
        for name, (hugging, options) in pairs.items():
            memory, disk = (
                BraTSFuse(release, in_memory=mode, **options) for mode in (True, False)
            )
            theirs, in_memory, on_disk = best_rates((hugging, memory, disk), rows)
            print(
                f"{name:<17} {theirs:9.0f} {in_memory:8.0f} {in_memory / theirs:5.1f}x "
                f"{on_disk:7.0f} {on_disk / theirs:5.1f}x"
            )
    print(f"load_dataset adds {added_memory(release):.0f} MB to its imports")


MEMORY = """
import sys
import datasets, h5py, pyarrow, datasets.packaged_modules.hdf5.hdf5
datasets.disable_progress_bars()
def peak():  # not ru_maxrss: a child starts with the peak of its parent
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
before = peak()
datasets.load_dataset(sys.argv[1], "all", cache_dir=sys.argv[2])
print(peak() - before)
"""


def added_memory(release: Path) -> float:
    """Return the peak that load_dataset adds in a fresh process, in MB."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-c", MEMORY, str(release), cache]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
