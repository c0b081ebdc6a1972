"""Moments of grey levels: what SD, CC, SCD, MSE and PSNR are made of.

Grey levels are integers, so every sum here is exact, and with it the question whether a
variance is zero. All values follow from the sums of each image and of each product.
"""

import math

import numpy as np

from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import Scene, once, selected


@once
def sums(scene: Scene) -> tuple[int, list[int], list[list[int]]]:
    """Return the pixels, sums and sums of products of all images, the fused one last.

    The products are summed in float64, which represents integers up to 2^53: exact for
    any image of less than 10^11 pixels, and many times faster than integer arithmetic.
    No ``dot``: the threads of the linear algebra library would take longer to start.
    """
    scene, outside = foreground(scene)
    images = [*scene.sources, scene.fused]
    rows = [selected(image.pixels, scene.inside) for image in images]
    products = [[0] * len(rows) for _ in rows]
    for i, row in enumerate(rows):
        for j in range(i, len(rows)):
            products[i][j] = products[j][i] = int(np.einsum("i,i", row, rows[j]))
    return rows[0].size + outside, [int(row.sum()) for row in rows], products


@once
def covariances(scene: Scene) -> tuple[int, list[list[int]]]:
    """Return the number of pixels and its square times all covariances: integers."""
    count, totals, products = sums(scene)
    order = range(len(totals))
    return count, [
        [count * products[i][j] - totals[i] * totals[j] for j in order] for i in order
    ]


def correlation(matrix: list[list[int]], left: list[int], right: list[int]) -> float:
    """Return Pearson's correlation of two sums of images; NaN if one is constant."""
    spread = _bilinear(matrix, left, left) * _bilinear(matrix, right, right)
    if spread == 0:
        return math.nan
    found = _bilinear(matrix, left, right) / math.sqrt(spread)
    return min(1.0, max(-1.0, found))


def unit(i: int, count: int) -> list[int]:
    """Return the weights of one image alone, of so many."""
    return [int(j == i) for j in range(count)]


def _bilinear(matrix: list[list[int]], left: list[int], right: list[int]) -> int:
    order = range(len(matrix))
    return sum(left[i] * matrix[i][j] * right[j] for i in order for j in order)
