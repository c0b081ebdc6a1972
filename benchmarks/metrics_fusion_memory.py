"""How much memory the fusion metrics of one large image take.

    python benchmarks/metrics_fusion_memory.py [--side N] [--metrics KEY,...] [--brain]
        [--per-source]

Printed is the largest resident memory of the process and the time on the clock.
"""

import argparse
import resource
import sys
import time

import numpy as np

from bratsfuse.metrics import fusion


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--metrics", help="keys; the default set without")
    parser.add_argument("--brain", action="store_true", help="inside it, too")
    parser.add_argument("--per-source", action="store_true")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    side = options.side
    waves = np.add.outer(np.arange(side) // 3, np.arange(side) // 5) % 200
    first = (waves + rng.integers(0, 20, waves.shape)).astype(np.uint8)
    sources = np.stack([first, first.T])
    fused = first // 2 + first.T // 2
    del waves, first
    start = time.perf_counter()
    keys = options.metrics.split(",") if options.metrics else None
    asked = {"brain": options.brain, "per_source": options.per_source}
    found = fusion.evaluate(sources, fused, keys, **asked)
    seconds = time.perf_counter() - start
    scale = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    print(
        f"{len(found)} metrics of {side} x {side}: {most / 1e9:.2f} GB, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
