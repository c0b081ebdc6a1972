"""Time the segmentation metrics beside MONAI and the surface-distance package.

One process, one thread, the same masks for all: the 240x240x155 label volume of the
golden data. Contestants take turns, so that a busy moment of the computer hits them
alike; the smallest and the median time are printed. Needs the `dev` extra:

    python benchmarks/metrics_segmentation.py
"""

import argparse
import importlib.metadata
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

# Before anything loads a maths library; hence the imports below this line.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from bratsfuse.metrics import segmentation  # noqa: E402

INPUTS = Path(__file__).parents[1] / "tests/golden/segmentation/inputs.npz"
REGIONS = {"WT": [1, 2, 3], "TC": [1, 3], "ET": [3]}
KEYS = [key for key, one in segmentation.METRICS.items() if one.family != "lesion"]

Contestants = dict[str, Callable[[], object]]


def load_volume() -> list[np.ndarray]:
    """Return reference and prediction as (D, H, W)."""
    with np.load(INPUTS) as arrays:
        return [
            np.ascontiguousarray(arrays[f"volume/{name}"].T) for name in ("gt", "pred")
        ]


def monai_hd95(pair: list[np.ndarray]) -> Callable[[], object]:
    """Return MONAI's HD95 of the three regions of a slice, tensors made beforehand."""
    import torch
    from monai.metrics import compute_hausdorff_distance

    torch.set_num_threads(1)
    reference, prediction = (
        torch.from_numpy(
            np.stack([np.isin(labels, region) for region in REGIONS.values()])[None]
        ).float()
        for labels in pair
    )
    return lambda: compute_hausdorff_distance(
        prediction, reference, include_background=True, percentile=95
    )


def surface_distance_metrics(pair: list[np.ndarray]) -> Callable[[], object]:
    """Return hd, hd95, assd and both nsd of one region by the package's functions."""
    import surface_distance as package

    reference, prediction = (np.isin(labels, REGIONS["WT"]) for labels in pair)

    def score() -> object:
        distances = package.compute_surface_distances(
            reference, prediction, (1.0,) * reference.ndim
        )
        return (
            package.compute_robust_hausdorff(distances, 100),
            package.compute_robust_hausdorff(distances, 95),
            package.compute_average_surface_distance(distances),
            package.compute_surface_dice_at_tolerance(distances, 1.0),
            package.compute_surface_dice_at_tolerance(distances, 2.0),
        )

    return score


def race(title: str, contestants: Contestants, rounds: int) -> dict[str, float]:
    """Print and return the smallest time of each contestant in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()  # compiles, fills caches
    for _ in range(rounds):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            times[name].append(1e3 * (time.perf_counter() - start))
    print(f"\n{title} ({rounds} rounds)")
    for name, spent in times.items():
        print(
            f"  {name:<58} {min(spent):9.3f} ms, median {statistics.median(spent):9.3f}"
        )
    return {name: min(spent) for name, spent in times.items()}


def compare(best: dict[str, float], ours: str, others: str) -> None:
    """Print how many times faster we are."""
    print(f"  ratio: {best[others] / best[ours]:.1f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the races; the arguments are those of the command line by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200, help="of a slice")
    rounds = parser.parse_args(arguments).rounds
    # Both libraries warn of interfaces that they use themselves.
    warnings.simplefilter("ignore")

    packages = ("numpy", "numba", "monai", "torch", "surface-distance", "scipy")
    print(f"Python {platform.python_version()}, {platform.machine()}, one thread")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))

    volume = load_volume()
    z = int(np.count_nonzero(volume[0], axis=(1, 2)).argmax())
    a_slice = [np.ascontiguousarray(labels[z]) for labels in volume]

    ours, monai = "bratsfuse: 12 keys, three regions", "MONAI: HD95, three regions"
    best = race(
        "One 240x240 slice",
        {
            ours: lambda: segmentation.evaluate(*a_slice, metrics=KEYS),
            monai: monai_hd95(a_slice),
            "surface-distance: 5 surface metrics, WT": surface_distance_metrics(
                a_slice
            ),
            "bratsfuse: 18 default keys, three regions": lambda: segmentation.evaluate(
                *a_slice
            ),
        },
        rounds,
    )
    compare(best, ours, monai)

    ours, package = "bratsfuse: 12 keys, WT", "surface-distance: 5 surface metrics, WT"
    best = race(
        "One 240x240x155 volume",
        {
            ours: lambda: segmentation.evaluate(*volume, None, ["WT"], metrics=KEYS),
            package: surface_distance_metrics(volume),
            "bratsfuse: 12 keys, three regions": lambda: segmentation.evaluate(
                *volume, metrics=KEYS
            ),
            "bratsfuse: 18 default keys, three regions": lambda: segmentation.evaluate(
                *volume
            ),
        },
        max(rounds // 20, 3),
    )
    compare(best, ours, package)


if __name__ == "__main__":
    main()
