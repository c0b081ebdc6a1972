"""Building and loading, beside what would be used instead."""

import gzip
import importlib.util
import os
import tempfile
from pathlib import Path

import building
import nibabel
import numpy as np
import torch
from torch.utils.data import DataLoader
from turns import WALL, goal, in_turns, least, ratio

from bratsfuse import BraTSFuse
from bratsfuse.builders import find_cases
from bratsfuse.building import build
from bratsfuse.raw import read_case
from bratsfuse.release import Recipe

BATCH = 16
HUGGING, COPYING = "datasets, torch format", "copying the samples' bytes into batches"
"""Cases that the build is timed on."""
SAME = ["t1ce", "flair", "fusion_laplacian", "mask", "case_id", "slice_index"]


def of_building(raw, slices, rounds):
    found = find_cases(raw)
    files = [p for case in found.cases for p in case.files() if p.suffix == ".gz"]

    def ours(workers=1):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "release"
            recipe = Recipe(slices=slices)
            build(
                found.layout,
                found.cases,
                recipe,
                target,
                read=read_case,
                workers=workers,
                allow_fewer=True,
            )

    def unpack():
        for path in files:
            gzip.decompress(path.read_bytes())

    def get_fdata():
        for path in files:
            nibabel.load(path).get_fdata()

    name, two = "bratsfuse build", "bratsfuse build, 2 workers"
    rows = in_turns(
        {
            name: ours,
            two: lambda: ours(2),
            "gzip.decompress of its input": unpack,
            "nibabel get_fdata of its input": get_fdata,
        },
        rounds,
        items=len(found.cases),
    )
    used = least(rows[two]) / (2 * least(rows[two], WALL))
    shares = building.shares(found, slices)  # everything is imported by now
    times = ratio(rows, name, "gzip.decompress of its input")
    return {
        "title": "Build",
        "item": "case",
        "rows": rows,
        "shares": shares,
        "notes": [
            f"{len(found.cases)} phantom cases, {slices} slice sets asked for. "
            "Previews are drawn once a split, whatever the number of cases."
        ],
        "goals": [
            goal("cost of a build by that of gzip.decompress", times, at_most=1.3),
            goal("share of two cores that a build uses", used, at_least=0.85),
            goal(
                "share of the time without a name",
                shares["everything else"],
                at_most=0.1,
            ),
        ],
    }


def of_loading(release, rounds):
    import datasets

    datasets.disable_progress_bars()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    with tempfile.TemporaryDirectory() as cache:
        table = datasets.load_dataset(
            str(release), "all", split="test", cache_dir=cache
        ).select_columns(SAME)
        disk, memory = (
            BraTSFuse(release, "test", in_memory=mode) for mode in (False, True)
        )
        count = len(disk)
        order = np.random.default_rng(0).permutation(count).tolist()
        batches = [order[i : i + BATCH] for i in range(0, count, BATCH)]
        by_torch, by_numpy = table.with_format("torch"), table.with_format("numpy")
        sample = [disk[row] for row in order]
        flat = [
            [v.numpy() for v in one.values() if isinstance(v, torch.Tensor)]
            for one in sample
        ]
        copies = [[np.empty_like(array) for array in flat[0]] for _ in range(BATCH)]
        packed = Path(cache) / "all.npz"
        np.savez_compressed(packed, **{n: by_numpy[:][n] for n in SAME[:4]})
        with np.load(packed) as arrays:
            in_npz = {name: arrays[name] for name in SAME[:4]}

        def memcpy():
            for number, arrays in enumerate(flat):
                for target, array in zip(copies[number % BATCH], arrays, strict=True):
                    np.copyto(target, array)

        def monai(kind, **options):
            from monai.data import CacheDataset, PersistentDataset

            data = [{"row": row} for row in order]
            read = _Read(release)
            if kind == "cache":
                return CacheDataset(data, read, progress=False, num_workers=0)
            return PersistentDataset(data, read, cache_dir=options["folder"])

        zarrs = _in_zarr(Path(cache) / "zarr", in_npz) if _has("zarr") else {}
        cached, kept = monai("cache"), monai("keep", folder=Path(cache) / "kept")
        names = {
            "bratsfuse, disk, batches": lambda: _each(disk.__getitems__, batches),
            "bratsfuse, disk, items": lambda: _each(disk.__getitem__, order),
            "bratsfuse, memory, batches": lambda: _each(memory.__getitems__, batches),
            "bratsfuse, memory, items": lambda: _each(memory.__getitem__, order),
            "bratsfuse, disk, DataLoader, 0 workers": lambda: _loop(disk, 0),
            "bratsfuse, disk, DataLoader, 2 workers": lambda: _loop(disk, 2),
            "bratsfuse, memory, DataLoader, 0 workers": lambda: _loop(memory, 0),
            HUGGING: lambda: _each(by_torch.__getitem__, order),
            "datasets, numpy format": lambda: _each(by_numpy.__getitem__, order),
            "npz in memory, as MedMNIST": lambda: _each(_scaled(in_npz), order),
            "zarr, one chunk an image": lambda: _each(_scaled(zarrs), order),
            "MONAI CacheDataset": lambda: _each(cached.__getitem__, range(count)),
            "MONAI PersistentDataset": lambda: _each(kept.__getitem__, range(count)),
            COPYING: memcpy,
        }
        if not zarrs:
            del names["zarr, one chunk an image"]
        rows = in_turns(names, rounds, items=count)
    return {
        "title": "Load",
        "item": "slice set",
        "rows": rows,
        "notes": [
            "T1ce, FLAIR, a fusion image and the mask of every slice set of the test "
            "split, in random order. bratsfuse scales to float32 and widens masks to "
            "int64; datasets, npz and zarr as they store or as their users scale.",
        ],
        "goals": [
            goal(
                "disk by datasets' torch format, wall clock",
                ratio(rows, HUGGING, "bratsfuse, disk, batches", WALL),
                at_least=5,
            ),
            goal(
                "memory by datasets' torch format",
                ratio(rows, HUGGING, "bratsfuse, memory, batches"),
                at_least=14,
            ),
            goal(
                "memory by copying the bytes of its samples",
                ratio(rows, COPYING, "bratsfuse, memory, batches"),
                at_least=0.5,
            ),
        ],
    }


def _each(read, asked):
    """Read one after the other; what was read is let go, as a training loop does."""
    for one in asked:
        read(one)


def _scaled(arrays):
    """Return what reads a row of some arrays and scales it, as users of such do."""
    white = np.float32(255)
    return lambda row: {
        name: torch.from_numpy(array[row] / white) for name, array in arrays.items()
    }


def _has(name):
    return importlib.util.find_spec(name) is not None


def _in_zarr(folder, arrays):
    """Return the same columns in a zarr store, opened for reading."""
    import zarr

    group = zarr.create_group(store=str(folder))
    for name, values in arrays.items():
        chunks = (1, *values.shape[1:])
        stored = group.create_array(
            name, shape=values.shape, chunks=chunks, dtype=values.dtype
        )
        stored[:] = values
    opened = zarr.open_group(str(folder), mode="r")
    return {name: opened[name] for name in arrays}


class _Read:
    """A transform that reads a row, as MONAI's datasets want it: not random."""

    def __init__(self, release):
        self.data = BraTSFuse(release, "test", in_memory=False)

    def __call__(self, item):
        return self.data[item["row"]]


def _loop(data, workers):
    for _ in DataLoader(data, batch_size=BATCH, shuffle=False, num_workers=workers):
        pass
