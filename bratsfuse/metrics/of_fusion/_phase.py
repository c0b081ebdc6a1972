"""Phase congruency: where the frequencies of an image agree on an edge or a corner.

Kovesi 1999, with the noise threshold and the defaults of his program of 2005: four
scales of log-Gabor filters in six directions. It depends on shape and phase, not on
contrast.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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

Complex = npt.NDArray[np.complex128]


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
    energy, amplitude = np.zeros(image.shape), np.zeros(image.shape)
    across, down, both = (np.zeros(image.shape) for _ in range(3))
    for direction in range(DIRECTIONS):
        angle = direction * math.pi / DIRECTIONS
        own_energy, own_amplitude = _of_direction(spectrum, direction)
        energy += own_energy
        amplitude += own_amplitude
        # The program leaves 0/0 where no filter answers; nothing is congruent there.
        found = own_energy / np.where(own_amplitude > 0, own_amplitude, 1)
        x, y = found * math.cos(angle), found * math.sin(angle)
        across += x**2
        down += y**2
        both += x * y
    half = DIRECTIONS / 2
    across, down, both = across / half, down / half, both / DIRECTIONS
    difference = np.sqrt(both**2 + (across - down) ** 2) + EPSILON
    return Features(
        congruency=np.asarray(energy / (amplitude + EPSILON)),
        edge=np.asarray((across + down + difference) / 2),
        corner=np.asarray((across + down - difference) / 2),
    )


def _of_direction(spectrum: Complex, direction: int) -> tuple[Float, Float]:
    """Return energy above noise and amplitude of one direction's filters."""
    filters, finest, all_of_noise = _filters(spectrum.shape, direction)
    answers = [np.fft.ifft2(spectrum * one) for one in filters]
    amplitudes = [np.abs(answer) for answer in answers]
    amplitude = functools.reduce(np.add, amplitudes)
    together = functools.reduce(np.add, answers)
    mean = together / (np.abs(together) + EPSILON)
    energy = np.zeros(spectrum.shape)
    for answer in answers:
        even, odd = answer.real, answer.imag
        energy += even * mean.real + odd * mean.imag
        energy -= np.abs(even * mean.imag - odd * mean.real)
    power = float(np.median(amplitudes[0] ** 2)) / math.log(2) / finest
    rayleigh = math.sqrt(power * all_of_noise)
    noise = rayleigh * math.sqrt(math.pi / 2)
    noise += NOISE_DEVIATIONS * rayleigh * math.sqrt(2 - math.pi / 2)
    energy = np.maximum(energy - noise / NOISE_CORRECTION, 0)
    strongest = functools.reduce(np.maximum, amplitudes)
    width = amplitude / (strongest + EPSILON) / SCALES
    return energy / (1 + np.exp((NARROWEST - width) * SHARPNESS)), amplitude


@functools.lru_cache(maxsize=2 * DIRECTIONS)
def _filters(
    shape: tuple[int, int], direction: int
) -> tuple[tuple[Float, ...], float, float]:
    """Return the filters of a direction, the first one's power, and that of noise.

    The noise is what white noise of power 1 would leave of the energy.
    """
    height, width = shape
    down = np.fft.ifftshift(_axis(height))[:, np.newaxis]
    across = np.fft.ifftshift(_axis(width))
    radius = np.hypot(across, down)
    radius[0, 0] = 1
    turn = np.arctan2(-down, across + 0 * down) - direction * math.pi / DIRECTIONS
    distance = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
    fan = np.exp(-(distance**2) / (2 * SPREAD**2)) * _low_pass(shape)
    found = []
    for scale in range(SCALES):
        centre = 1 / (SHORTEST_WAVE * FACTOR**scale)
        bell = np.exp(-(np.log(radius / centre) ** 2) / (2 * math.log(BANDWIDTH) ** 2))
        bell[0, 0] = 0
        found.append(bell * fan)
    area = math.sqrt(height * width)
    impulses = [np.fft.ifft2(one).real * area for one in found]
    squares = math.fsum(float(np.sum(one**2)) for one in impulses)
    products = math.fsum(
        float(np.sum(impulses[i] * impulses[j]))
        for i in range(SCALES)
        for j in range(i + 1, SCALES)
    )
    return tuple(found), float(np.sum(found[0] ** 2)), squares + 2 * products


def _axis(size: int) -> Float:
    """Return the frequencies of one axis; odd sides reach both ends, as published."""
    if size % 2:
        return np.asarray(np.arange(-(size - 1) / 2, (size + 1) / 2) / max(size - 1, 1))
    return np.asarray(np.arange(-size / 2, size / 2) / size)


def _low_pass(shape: tuple[int, int]) -> Float:
    """Return a Butterworth filter, shifted as published (by one less where odd)."""
    height, width = shape
    down = (np.arange(height) - height // 2)[:, np.newaxis] / height
    across = (np.arange(width) - width // 2) / width
    radius = np.hypot(across, down)
    return np.fft.fftshift(1 / (1 + (radius / LOW_PASS) ** (2 * LOW_PASS_ORDER)))
