"""How fast fusion metrics are beside those of an older checkout.

    git worktree add ../before v0.1.0
    python benchmarks/metrics_before.py ../before [--metrics KEY,...] [--slices FILE]

Each checkout is a process of its own, one thread; they are asked in turns for the same
images. Printed is processor time in milliseconds an image, the smallest and the median
of all rounds, and how many times less the new one takes. The values are compared, too.
``--slices`` takes your own images: an ``.npz`` with ``slices``, uint8, shape
(N, S + 1, H, W), the fused image last; else two golden triplets are taken.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "fusion" / "inputs.npz"
TRIPLETS = ("p1_brain_avg", "p2_brain_lp")
KEYS = "fmi_pixel,fmi_gradient,fmi_dct,fmi_edge,fmi_wavelet,qcv,qe,default"
CHILD = """
import json, sys, time
import numpy as np
sys.path.insert(0, sys.argv[1])
from bratsfuse.metrics import fusion
slices = np.load(sys.argv[2])["slices"]
for line in sys.stdin:
    keys = json.loads(line)
    start = time.process_time()
    found = [fusion.evaluate(one[:-1], one[-1], keys) for one in slices]
    spent = time.process_time() - start
    print(json.dumps([spent / len(slices), found]), flush=True)
"""


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", help="a checkout")
    parser.add_argument("--metrics", default=KEYS, help="keys, default and all")
    parser.add_argument("--slices", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        slices = options.slices or golden(Path(folder, "slices.npz"))
        children = [start(place, slices) for place in (options.before, ROOT)]
        compare(children, options)


def compare(children, options):
    print(
        "| metric | before | now | ratio | largest difference |\n|---|---|---|---|---|"
    )
    for key in options.metrics.split(","):
        asked = {"default": None, "all": "all"}.get(key, [key])
        values = [ask(child, asked)[1] for child in children]
        times = ([], [])
        for number in range(options.rounds):
            for one in (0, 1) if number % 2 else (1, 0):
                times[one].append(ask(children[one], asked)[0] * 1e3)
        (old, old_half), (new, new_half) = ((min(t), np.median(t)) for t in times)
        print(
            f"| {key} | {old:.2f} ({old_half:.2f}) | {new:.2f} ({new_half:.2f}) | "
            f"{old / new:.2f} ({old_half / new_half:.2f}) | {apart(*values):.1e} |",
            flush=True,
        )


def golden(path):
    with np.load(GOLDEN) as arrays:
        triplets = [[arrays[f"{name}__{x}"] for x in "ABF"] for name in TRIPLETS]
    np.savez(path, slices=np.array(triplets))
    return path


def start(place, slices):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(place), str(slices)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(child, keys):
    child.stdin.write(json.dumps(keys) + "\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())


def apart(old, new):
    pairs = [(a[key], b[key]) for a, b in zip(old, new, strict=True) for key in a]
    return float(np.nanmax([abs(a - b) / max(1, abs(a)) for a, b in pairs]))


if __name__ == "__main__":
    main()
