"""Phase congruency of a large image, with few maps of its size in memory.

A direction needs the answers of its four filters at once; each is made in place, the
last in the spectrum itself. What follows from each direction is put in a file.
"""

from typing import Final

import numpy as np

from bratsfuse.metrics.in_strips.phase import (
    DIRECTIONS,
    SCALES,
    Complex,
    Features,
    above_noise,
    combined,
    filters,
    noise_of,
)
from bratsfuse.metrics.in_strips.shelf import Shelf
from bratsfuse.metrics.in_strips.strips import row_strips
from bratsfuse.metrics.of_fusion._scene import Grey

NAMES: Final = ("congruency", "edge", "corner")
"""The maps on a shelf of features, in order."""


def features_of_rows(shelf: Shelf, rows: slice) -> Features:
    """Return some rows of the features on a shelf."""
    return Features(*(shelf.read(number, rows) for number in range(len(NAMES))))


def shelve_features(grey: Grey, found: Shelf) -> None:
    """Put the features of an image on a shelf of three maps."""
    height, width = grey.shape
    with Shelf(2 * DIRECTIONS, (height, width)) as directions:
        _shelve_directions(grey, directions)
        for start, stop in row_strips(height, width):
            rows = slice(start, stop)
            part = combined(
                (directions.read(2 * one, rows), directions.read(2 * one + 1, rows))
                for one in range(DIRECTIONS)
            )
            for number, name in enumerate(NAMES):
                found.write(number, start, getattr(part, name))


def _shelve_directions(grey: Grey, found: Shelf) -> None:
    """Put energy and amplitude of each direction on a shelf."""
    height, width = grey.shape
    answers = [np.empty((height, width), np.complex128) for _ in range(SCALES)]
    for direction in range(DIRECTIONS):
        median = _answer(grey, direction, answers)
        noise = noise_of(median, (height, width), direction)
        for start, stop in row_strips(height, width):
            parts = [one[start:stop] for one in answers]
            for number, rows in enumerate(above_noise(parts, noise)):
                found.write(2 * direction + number, start, rows)


def _answer(grey: Grey, direction: int, answers: list[Complex]) -> float:
    """Fill in the answers of a direction; return the median power of the finest."""
    from scipy import fft

    height, width = grey.shape
    answers[-1][:] = grey
    spectrum = answers[-1] = fft.fft2(answers[-1], overwrite_x=True)
    median = 0.0
    # The finest by itself: its power takes the room of the one after it.
    for scales in ([0], range(1, SCALES)):
        for start, stop in row_strips(height, width):
            rows = slice(start, stop)
            bank = filters((height, width), direction, rows, scales)
            for scale, one in zip(scales, bank, strict=True):
                np.multiply(spectrum[rows], one, out=answers[scale][rows])
        for scale in scales:
            answers[scale] = fft.ifft2(answers[scale], overwrite_x=True)
        if 0 in scales:
            median = _median_power(answers[0], answers[1])
    return median


def _median_power(answer: Complex, room: Complex) -> float:
    height, width = answer.shape
    power = room.reshape(-1).view(np.float64)[: answer.size].reshape(height, width)
    for start, stop in row_strips(height, width):
        np.abs(answer[start:stop], out=power[start:stop])
        power[start:stop] **= 2
    return float(np.median(power, overwrite_input=True))
