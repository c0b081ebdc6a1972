"""How fast the fusion metrics are, beside a plain evaluator and public libraries.

    python benchmarks/metrics_fusion.py [--triplet NAME] [--seconds S]

One process, one thread, images of 240 x 240 pixels. Everything is timed in turns in one
run. Printed is the best of the repeats, as ``timeit`` advises, in processor time of all
threads: on an idle computer that is the time on the clock, on a busy one it leaves the
other programs out. The plain evaluator is checked to give the same values before it is
timed. A star marks a library whose definition is another. Libraries that are not
installed are left out: ``pip install scikit-learn sewar torchmetrics``.
"""

import argparse
import importlib.util
import math
import os
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402
import plain_fusion  # noqa: E402

from bratsfuse.metrics import fusion  # noqa: E402

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "fusion" / "inputs.npz"
EIGHT = ("en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim")
"""What the most used Python evaluator prints; bratsfuse's time is for all 14."""
TRIPLETS = ("p1_brain_avg", "p2_brain_lp", "p3_camera_max", "p4_coins_moon_w65")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triplet", choices=TRIPLETS, default="p1_brain_avg")
    parser.add_argument("--seconds", type=float, default=10, help="for the default set")
    options = parser.parse_args(arguments)
    with np.load(GOLDEN) as arrays:
        images = [arrays[f"{options.triplet}__{letter}"] for letter in "ABF"]
    sources, fused = np.stack(images[:2]), images[2]
    height, width = fused.shape
    print(f"{options.triplet}: {height} x {width}, one thread, processor time")
    check(sources, fused)
    whole_set(sources, fused, options.seconds)
    each_metric(sources, fused)


def check(sources, fused):
    ours, plain = fusion.evaluate(sources, fused), plain_fusion.evaluate(sources, fused)
    worst = max(ours, key=lambda key: abs(ours[key] - plain[key]))
    difference = abs(ours[worst] - plain[worst])
    print(f"largest difference to the plain evaluator: {difference:.1e} ({worst})")
    if difference > 1e-8:
        raise SystemExit("the plain evaluator computes something else: no comparison")


def whole_set(sources, fused, seconds):
    prepared = fusion.Sources(sources)
    times = in_turns(
        {
            "default 14": lambda: fusion.evaluate(sources, fused),
            "default 14, sources prepared": lambda: fusion.evaluate(prepared, fused),
            "default 14 and in the brain": lambda: fusion.evaluate(
                sources, fused, brain=True
            ),
            "plain evaluator, same 14": lambda: plain_fusion.evaluate(sources, fused),
            "plain evaluator, 8 of them": lambda: plain_fusion.evaluate(
                sources, fused, EIGHT
            ),
        },
        seconds,
    )
    print()
    for name, milliseconds in times.items():
        print(f"{name:<30} {milliseconds:8.2f} ms")
    for name in ("same 14", "8 of them"):
        ratio = times[f"plain evaluator, {name}"] / times["default 14"]
        print(f"ratio, plain {name:<17} {ratio:8.1f}")


def each_metric(sources, fused):
    floats, fused_float = sources.astype(float), fused.astype(float)
    others = libraries(floats, fused_float)
    print(f"\n{'metric':<14}{'bratsfuse':>10}{'plain':>9}  libraries (ms)")
    for key, metric in fusion.METRICS.items():
        candidates = {"ours": lambda m=metric: m.function(sources, fused)}
        if key in plain_fusion.FUNCTIONS:
            plain = plain_fusion.FUNCTIONS[key]
            candidates["plain"] = lambda f=plain: f(floats, fused_float)
        candidates |= others.get(key, {})
        times = in_turns(candidates, 1.0)
        own, plain = times.pop("ours"), times.pop("plain", math.nan)
        told = ", ".join(f"{name} {value:.1f}" for name, value in times.items())
        shown = "" if math.isnan(plain) else f"{plain:9.2f}"
        print(f"{key:<14}{own:10.2f}{shown:>9}  {told}")


def in_turns(candidates, seconds):
    """Return the least milliseconds of each function, called in turns."""
    for function in candidates.values():
        function()  # compiled and warm
    samples = {name: [] for name in candidates}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(samples[next(iter(samples))]) < 3:
        for name, function in candidates.items():
            # A slow rival gets one call where a fast one gets several.
            for _ in range(1 if name.startswith("plain") else 3):
                start = time.process_time()
                function()
                samples[name].append(1e3 * (time.process_time() - start))
    return {name: min(values) for name, values in samples.items()}


def libraries(sources, fused):
    """Return calls of public libraries for the same quantities, float64."""
    calls = {}

    def add(key, name, function):
        calls.setdefault(key, {})[name] = lambda: sum(function(s) for s in sources)

    from skimage.measure import shannon_entropy
    from sklearn.metrics import mutual_info_score

    calls["en"] = {"scikit-image": lambda: shannon_entropy(fused)}
    add("mi", "scikit-learn", lambda s: mutual_info_score(s.ravel(), fused.ravel()))
    add("ssim", "scikit-image", lambda s: plain_fusion.ssim_with_map(s, fused))
    if importlib.util.find_spec("sewar"):
        from sewar.full_ref import msssim, vifp

        add("vif", "sewar", lambda s: vifp(s, fused, sigma_nsq=2))
        add("ms_ssim", "sewar*", lambda s: msssim(s, fused, MAX=255).real)
    if importlib.util.find_spec("torchmetrics"):
        add_torch(add, fused)
    return calls


def add_torch(add, fused):
    import torch
    from torchmetrics.functional.image import (
        multiscale_structural_similarity_index_measure,
        structural_similarity_index_measure,
        visual_information_fidelity,
    )

    torch.set_num_threads(1)

    def tensor(image):
        return torch.from_numpy(image)[None, None]

    other = tensor(fused)
    for key, name, function, options in (
        ("vif", "torchmetrics", visual_information_fidelity, {}),
        (
            "ssim",
            "torchmetrics*",
            structural_similarity_index_measure,
            {"data_range": 255.0},
        ),
        (
            "ms_ssim",
            "torchmetrics*",
            multiscale_structural_similarity_index_measure,
            {"data_range": 255.0},
        ),
    ):
        add(
            key,
            name,
            lambda s, f=function, o=options: float(f(other, tensor(s), **o)),
        )


if __name__ == "__main__":
    main()
