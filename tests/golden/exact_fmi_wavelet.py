"""FMI of wavelets with thirty digits: the golden values of ``fmi_wavelet``.

    python tests/golden/exact_fmi_wavelet.py [TRIPLET ...]

Where an image is black, its coefficients are rounding noise, and windows of noise can
have nearly all of their mass in one cell. The variance of its number is then lost to
cancellation in float64, by up to 4e-10 of the metric of a triplet. Takes minutes each:
every window is computed by itself, by the formulas of docs/metrics.md and nothing of
the package. Prints the values; those of p1 to p4 are in ``fusion/values.json``.
"""

import sys
from pathlib import Path

import mpmath
import numpy as np
import pywt
from mpmath import mpf

mpmath.mp.dps = 30
INPUTS = Path(__file__).parent / "fusion" / "inputs.npz"
CELLS = range(9)


def coefficients(image):
    """Return the four bands of one level of dmey, side by side."""
    low, (right, under, both) = pywt.dwt2(image.astype(float), "dmey", "symmetric")
    return np.block([[low, right], [under, both]])


def bits(value):
    return value * mpmath.log(abs(value), 2) if value else mpf(0)


def density(window):
    """Return the cells column by column, above the least, as parts of their sum."""
    cells = [mpf(float(value)) for value in window.T.ravel()]
    above = [value - min(cells) for value in cells]
    return [value / sum(above) for value in above]


def variance(p):
    mean = sum(k * p[k] for k in CELLS)
    return mean, sum((k - mean) ** 2 * p[k] for k in CELLS)


def coupling(p, q, order):
    """Yield cell, cell and mass of the monotone coupling, q taken in some order."""
    left, right, i, j = p[0], q[order[0]], 0, 0
    while i < len(p) and j < len(q):
        mass = min(left, right)
        if mass:
            yield i, order[j], mass
        left, right = left - mass, right - mass
        if not left:
            i += 1
            left = p[i] if i < len(p) else mpf(0)
        if not right:
            j += 1
            right = q[order[j]] if j < len(q) else mpf(0)


def information(window, other):
    """Return FMI of two windows of which neither is flat nor has a single cell."""
    p, q, even = density(window), density(other), mpf(1) / 9
    a, b = [value - even for value in p], [value - even for value in q]
    alike = mpmath.fdot(a, b) / mpmath.sqrt(mpmath.fdot(a, a) * mpmath.fdot(b, b))
    if not alike:
        return mpf(0)
    cells = list(coupling(p, q, CELLS[::-1] if alike < 0 else CELLS))
    (mean_p, square_p), (mean_q, square_q) = variance(p), variance(q)
    covariance = sum((i - mean_p) * (j - mean_q) * mass for i, j, mass in cells)
    phi = alike * mpmath.sqrt(square_p * square_q) / covariance
    own = -sum(map(bits, [*p, *q]))
    joint = (1 - phi) * own - bits(1 - phi)
    for i, j, mass in cells:
        product = (1 - phi) * p[i] * q[j]
        joint -= bits(product + phi * mass) - bits(product)
    return 2 * (own - joint) / own


def says_nothing(window):
    """Return whether a window is flat, or all else is nothing beside its largest."""
    above = (window - window.min()).T.ravel()
    total = 0.0
    for value in above:
        total += value
    return total == above.max()


def fmi(source, fused):
    """Return the mean over all windows of two images of coefficients."""
    total, height, width = mpf(0), *(side - 2 for side in source.shape)
    for i in range(height):
        for j in range(width):
            one, other = (image[i : i + 3, j : j + 3] for image in (source, fused))
            if (one == other).all():
                total += 1
            elif not any(map(says_nothing, (one, other))):
                total += information(one, other)
    return total / (height * width)


def main():
    with np.load(INPUTS) as arrays:
        names = sys.argv[1:] or sorted({key.rsplit("__", 1)[0] for key in arrays})
        for name in names:
            a, b, f = (coefficients(arrays[f"{name}__{letter}"]) for letter in "ABF")
            value = (fmi(a, f) + fmi(b, f)) / 2
            sys.stdout.write(f"{name} {mpmath.nstr(value, 18)}\n")


if __name__ == "__main__":
    main()
