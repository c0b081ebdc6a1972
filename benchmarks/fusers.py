"""What a slice costs: every fuser on four images of 240 by 240 pixels, one thread.

Run as: python benchmarks/fusers.py
"""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from bratsfuse.building import robust_window, to_uint8
from bratsfuse.fusers import FUSERS
from bratsfuse.phantom import phantom

REPEATS = 25


def middle_slice():
    """Return the slice with most tumour of a phantom case, as a release scales it."""
    made = phantom(1)
    z = int((made.mask > 0).sum(axis=(0, 1)).argmax())
    return np.stack(
        [to_uint8(v[:, :, z].T, robust_window(v)) for v in made.images.values()]
    )


def cost_ms(function, images):
    """Return the least of several runs: the one that was disturbed least."""
    function(images)  # imports and first touches of memory are not the method's
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        function(images)
        spent.append(time.process_time() - start)
    return 1000 * min(spent)


def main() -> None:
    images = middle_slice()
    print("| fusion method | ms a slice |")
    print("|---|---|")
    with threadpool_limits(1):
        for name, function in FUSERS.usable():
            print(f"| `{name}` | {cost_ms(function, images):.2f} |")


if __name__ == "__main__":
    main()
