"""Phase congruency: where the frequencies of an image agree on an edge or a corner.

Kovesi 1999, with the noise threshold and the defaults of his program of 2005: four
scales of log-Gabor filters in six directions. It depends on shape and phase, not on
contrast.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.in_strips.strips import row_strips
from bratsfuse.metrics.of_fusion._scene import Float, Image, once

SCALES, DIRECTIONS = 4, 6
SHORTEST_WAVE, FACTOR = 3, 2.1
BANDWIDTH = 0.55
"""Standard deviation of the logarithm of a filter's frequencies over its centre."""
SPREAD = math.pi / DIRECTIONS / 1.2
LOW_PASS, LOW_PASS_ORDER = 0.45, 15
NOISE_DEVIATIONS, NOISE_CORRECTION = 2.0, 1.7
NARROWEST, SHARPNESS = 0.5, 10.0
EPSILON = 1e-4
KEPT = 2**18
"""The pixels up to which an image's filters are kept for the next one, 2 MB each."""

Complex = npt.NDArray[np.complex128]
Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Features:
    """Three maps of an image, shape (H, W) each.

    Attributes
    ----------
    congruency
        In [0, 1].
    edge, corner
        The larger and the smaller moment of the congruency over the directions.
    """

    congruency: Float
    edge: Float
    corner: Float


@once
def features(image: Image) -> Features:
    """Return the phase congruency of an image and its moments."""
    spectrum = np.fft.fft2(image.pixels)
    return combined(_of_direction(spectrum, number) for number in range(DIRECTIONS))


def combined(directions: Iterable[tuple[Float, Float]]) -> Features:
    """Return the features that follow from energy and amplitude of each direction."""
    energy, amplitude, across, down, both = (np.asarray(0.0) for _ in range(5))
    for direction, (own_energy, own_amplitude) in enumerate(directions):
        angle = direction * math.pi / DIRECTIONS
        energy = energy + own_energy
        amplitude = amplitude + own_amplitude
        # The program leaves 0/0 where no filter answers; nothing is congruent there.
        found = own_energy / np.where(own_amplitude > 0, own_amplitude, 1)
        x, y = found * math.cos(angle), found * math.sin(angle)
        across = across + x**2
        down = down + y**2
        both = both + x * y
    half = DIRECTIONS / 2
    across, down, both = across / half, down / half, both / DIRECTIONS
    difference = np.sqrt(both**2 + (across - down) ** 2) + EPSILON
    return Features(
        congruency=np.asarray(energy / (amplitude + EPSILON)),
        edge=np.asarray((across + down + difference) / 2),
        corner=np.asarray((across + down - difference) / 2),
    )


def _of_direction(spectrum: Complex, direction: int) -> tuple[Float, Float]:
    height, width = spectrum.shape
    bank = kept_filters if spectrum.size <= KEPT else filters
    answers = [np.fft.ifft2(spectrum * one) for one in bank((height, width), direction)]
    median = float(np.median(np.abs(answers[0]) ** 2))
    return above_noise(answers, noise_of(median, (height, width), direction))


def above_noise(answers: Sequence[Complex], noise: float) -> tuple[Float, Float]:
    """Return energy above noise and amplitude of the answers of one direction."""
    amplitudes = [np.abs(answer) for answer in answers]
    amplitude = functools.reduce(np.add, amplitudes)
    together = functools.reduce(np.add, answers)
    mean = together / (np.abs(together) + EPSILON)
    energy = np.zeros(mean.shape)
    for answer in answers:
        even, odd = answer.real, answer.imag
        energy += even * mean.real + odd * mean.imag
        energy -= np.abs(even * mean.imag - odd * mean.real)
    energy = np.maximum(energy - noise / NOISE_CORRECTION, 0)
    strongest = functools.reduce(np.maximum, amplitudes)
    width = amplitude / (strongest + EPSILON) / SCALES
    return energy / (1 + np.exp((NARROWEST - width) * SHARPNESS)), amplitude


def noise_of(median: float, shape: Shape, direction: int) -> float:
    """Return the energy of noise whose finest answers have this median power."""
    finest, all_of_noise = _powers(shape, direction)
    rayleigh = math.sqrt(median / math.log(2) / finest * all_of_noise)
    noise = rayleigh * math.sqrt(math.pi / 2)
    return noise + NOISE_DEVIATIONS * rayleigh * math.sqrt(2 - math.pi / 2)


@functools.lru_cache(maxsize=8 * DIRECTIONS)
def _powers(shape: Shape, direction: int) -> tuple[float, float]:
    """Return what white noise of power 1 leaves of the finest answer and of energy.

    The latter is the power of the real part of the sum of all impulse responses: by
    Parseval, of the even part of the sum of all filters.
    """
    height, width = shape
    finest = even = 0.0
    for start, stop in row_strips(height, width):
        rows = np.arange(start, stop)
        own = filters(shape, direction, rows)
        other = functools.reduce(np.add, filters(shape, direction, -rows % height))
        opposite = np.roll(other[:, ::-1], 1, axis=1)
        even += float(np.sum((functools.reduce(np.add, own) + opposite) ** 2)) / 4
        finest += float(np.sum(own[0] ** 2))
    return finest, even


@functools.lru_cache(maxsize=2 * DIRECTIONS)
def kept_filters(shape: Shape, direction: int) -> tuple[Float, ...]:
    """Return the filters of a direction, kept for the next image of the shape."""
    return filters(shape, direction)


def filters(
    shape: Shape,
    direction: int,
    rows: slice | npt.NDArray[Any] = slice(None),
    scales: Iterable[int] = range(SCALES),
) -> tuple[Float, ...]:
    """Return the filters of a direction, finest first, in the order of ``np.fft.fft2``.

    Parameters
    ----------
    shape
        Of the image.
    direction
        Its number.
    rows
        Of the spectrum; all without.
    scales
        Which filters; all without.
    """
    height, width = shape
    down = np.fft.ifftshift(_axis(height))[rows, np.newaxis]
    across = np.fft.ifftshift(_axis(width))
    turn = np.arctan2(-down, across) - direction * math.pi / DIRECTIONS
    distance = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
    fan = np.exp(-(distance**2) / (2 * SPREAD**2)) * _low_pass(shape, rows)
    radius = np.hypot(across, down)
    constant = radius == 0
    logarithm = np.log(np.where(constant, 1, radius))
    fan[constant] = 0
    spread = 2 * math.log(BANDWIDTH) ** 2
    centres = (math.log(SHORTEST_WAVE * FACTOR**scale) for scale in scales)
    return tuple(np.exp(-((logarithm + one) ** 2) / spread) * fan for one in centres)


def _axis(size: int) -> Float:
    """Return the frequencies of one axis; odd sides reach both ends, as published."""
    if size % 2:
        return np.asarray(np.arange(-(size - 1) / 2, (size + 1) / 2) / max(size - 1, 1))
    return np.asarray(np.arange(-size / 2, size / 2) / size)


def _low_pass(shape: Shape, rows: slice | npt.NDArray[Any]) -> Float:
    """Return a Butterworth filter, shifted as published (by one less where odd)."""
    down, across = (np.fft.fftshift(np.arange(n) - n // 2) / n for n in shape)
    radius = np.hypot(across, down[rows, np.newaxis])
    return np.asarray(1 / (1 + (radius / LOW_PASS) ** (2 * LOW_PASS_ORDER)))
