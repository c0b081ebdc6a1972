"""Synthetic patients: head volumes that look like BraTS MRI, made of noise alone.

They stand in for patient data wherever that may not go: tests, examples and the
documentation. Nothing in them comes from a patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.phantom.brain import Brain, build_brain
from bratsfuse.phantom.lesions import plan_lesions, plan_style, pushes_of
from bratsfuse.phantom.space import Field, Triple, frame_for, smooth_noise
from bratsfuse.phantom.tumour import Tumour, add_cavity, grow_tumour


@dataclass(frozen=True, slots=True)
class Phantom:
    """One synthetic patient: four modalities and the tumour labels.

    Attributes
    ----------
    images
        One int16 array per modality, shape (X, Y, Z), LPS array order; exactly 0
        outside the brain and at least 1 inside, the same brain in all four.
    mask
        Canonical labels, uint8, same shape: 0 background, 1 NCR, 2 ED, 3 ET and, where
        asked for, 4 RC.
    grade
        "HGG" or "LGG".
    """

    images: Mapping[Modality, npt.NDArray[np.int16]]
    mask: npt.NDArray[np.uint8]
    grade: str


@dataclass(frozen=True, slots=True)
class _Traits:
    """What kind of case a number stands for."""

    grade: str
    enhancing: bool
    lesions: int
    cavity: bool


# Twelve consecutive numbers run once through this cycle, wherever the seed starts it:
# any six of them hold a case without enhancement and one with several lesions.
_CYCLE: Final = (
    ("HGG", True, 1),
    ("LGG", False, 1),
    ("HGG", True, 2),
    ("HGG", True, 1),
    ("LGG", True, 1),
    ("HGG", True, 2),
    ("HGG", True, 1),
    ("LGG", False, 1),
    ("HGG", True, 3),
    ("HGG", True, 1),
    ("LGG", True, 1),
    ("HGG", True, 1),
)
_CAVITY_PERIOD: Final = 3


def case_traits(number: int, seed: int) -> _Traits:
    """Return the traits of a case, without making any volume."""
    start = int(np.random.default_rng([seed]).integers(len(_CYCLE) * _CAVITY_PERIOD))
    step = start + number
    grade, enhancing, lesions = _CYCLE[step % len(_CYCLE)]
    cavity = (step + step // len(_CYCLE)) % _CAVITY_PERIOD != 0
    return _Traits(grade, enhancing, lesions, cavity)


@dataclass(frozen=True, slots=True)
class _Contrast:
    """Signal of each tissue in one modality, relative to the brain's median."""

    white: float
    grey: float
    fluid: float
    iron: float
    oedema: float
    necrosis: float
    solid: float
    enhancing: float
    vessel: float
    rim: float
    noise: float


# Relative medians as in glioma MRI. Necrosis applies to the core of high grades, which
# is dead, solid to that of low grades; vessel and rim (around the
# ventricles) are added to what is there, and iron taken away.
_CONTRASTS: Final[Mapping[Modality, _Contrast]] = {
    Modality.T1: _Contrast(
        1.17, 0.84, 0.30, -0.03, 0.97, 0.66, 0.72, 0.86, 0.15, -0.05, 0.022
    ),
    Modality.T1CE: _Contrast(
        1.12, 0.88, 0.34, -0.03, 0.95, 0.66, 0.74, 1.68, 1.60, -0.04, 0.034
    ),
    Modality.T2: _Contrast(
        0.82, 1.12, 2.45, 0.18, 1.45, 2.00, 1.85, 1.45, -0.50, 0.10, 0.035
    ),
    Modality.FLAIR: _Contrast(
        0.93, 1.10, 0.24, 0.15, 1.75, 1.25, 1.75, 1.55, 0.10, 0.30, 0.045
    ),
}
_MEDIAN_RANGE: Final = (110.0, 2200.0)
_STEEPNESS_RANGE: Final = (0.8, 1.15)
_BIAS_MM: Final = 75.0
_TEXTURE_MM: Final = 7.0
_MAX_SLICE_MM: Final = 4


def phantom(
    number: int,
    seed: int = 0,
    *,
    shape: tuple[int, int, int] = (240, 240, 155),
    resection_cavity: bool = False,
) -> Phantom:
    """Return one synthetic patient, the same for the same arguments.

    At least 30 axial slices show at least 100 tumour pixels (labels 1 to 3) each. Of
    any six consecutive numbers at least one has no enhancing tumour and at least one
    has several lesions.

    Parameters
    ----------
    number
        Which patient, 0 or more.
    seed
        Which series of patients, 0 or more.
    shape
        Array shape (X, Y, Z) at 1 mm: (240, 240, 155) as in BraTS 2018 to 2021 or
        (182, 218, 182) as in BraTS 2024.
    resection_cavity
        Whether about two in three patients have a resection cavity (label 4).

    Raises
    ------
    InvalidInputError
        If ``number`` or ``seed`` is negative or the brain does not fit into ``shape``.
    """
    if number < 0 or seed < 0:
        raise InvalidInputError(
            f"phantom: found number {number} and seed {seed}, expected 0 or more; "
            "count from 0"
        )
    traits = case_traits(number, seed)
    rng = np.random.default_rng([seed, number])
    brain, tumour = brain_and_tumour(
        traits, rng, shape, resection_cavity=resection_cavity
    )
    mask = np.zeros(shape, dtype=np.uint8)
    mask[brain.frame.box][tumour.box] = tumour.labels
    shared = _shared_texture(brain, rng)
    images = {
        modality: _image(brain, tumour, modality, traits, shared, rng, shape)
        for modality in Modality
    }
    return Phantom(images, mask, traits.grade)


def brain_and_tumour(
    traits: _Traits,
    rng: np.random.Generator,
    shape: Triple,
    *,
    resection_cavity: bool,
) -> tuple[Brain, Tumour]:
    """Return the tissue and the tumour of a case."""
    high = traits.grade == "HGG"
    lesions = plan_lesions(rng, traits.lesions, high=high)
    style = plan_style(rng, enhancing=traits.enhancing, high=high)
    atrophy = float(rng.uniform(0.05, 0.7))
    brain = build_brain(frame_for(shape), rng, pushes_of(lesions), atrophy)
    tumour = grow_tumour(brain, lesions, style, rng)
    if resection_cavity and traits.cavity:
        add_cavity(brain, tumour, lesions[0], rng)
    return brain, tumour


def _shared_texture(brain: Brain, rng: np.random.Generator) -> Field:
    """Return the unevenness of the tissue itself, which all modalities show."""
    texture = smooth_noise(rng, brain.frame.size, _TEXTURE_MM)
    texture += smooth_noise(rng, brain.frame.size, 3 * _TEXTURE_MM)
    texture *= np.float32(0.018)
    return texture


def _signal(brain: Brain, contrast: _Contrast, texture: Field) -> Field:
    """Return the signal of the healthy head, relative to the brain's median."""
    signal = brain.grey * np.float32(contrast.grey - contrast.white)
    signal += brain.fluid * np.float32(contrast.fluid - contrast.white)
    signal -= brain.iron * np.float32(contrast.iron)
    signal += np.float32(contrast.white)
    signal += brain.vessels * np.float32(contrast.vessel)
    # White matter next to the ventricles is slightly oedematous in most patients.
    near = np.exp(-np.abs(brain.ventricles) * np.float32(1 / 1.8))
    signal += near * (1 - brain.fluid) * np.float32(contrast.rim)
    signal += texture
    return signal


def _mix(signal: Field, value: Field | float, share: Field) -> None:
    """Move a signal towards a value by a share in [0, 1], in place."""
    signal += (value - signal) * share


def _add_tumour(
    signal: Field, tumour: Tumour, contrast: _Contrast, *, necrotic: bool
) -> None:
    """Put oedema, core, enhancement and cavity on top of the healthy signal."""
    part = signal[tumour.box]
    texture = tumour.texture
    ripple = np.float32(0.05) * texture
    # Oedema thins out unevenly.
    share = tumour.oedema * np.clip(0.75 + np.float32(0.1) * texture, 0, 1)
    _mix(part, contrast.oedema, share)
    inner = contrast.necrosis if necrotic else contrast.solid
    _mix(part, inner * (1 + np.float32(2.2) * ripple), tumour.core)
    bright = contrast.enhancing * (1 + np.float32(3.5) * ripple)
    _mix(part, bright, np.float32(0.92) * tumour.enhancing)
    _mix(part, contrast.fluid, np.float32(0.95) * tumour.cavity)


def _acquire(signal: Field, level: float, rng: np.random.Generator) -> Field:
    """Return the signal as a scanner shows it: blurred, sliced, biased and noisy."""
    bias = smooth_noise(rng, signal.shape, _BIAS_MM)
    bias *= np.float32(rng.uniform(0.04, 0.10))
    signal *= np.exp(bias, out=bias)
    thickness = int(rng.integers(1, _MAX_SLICE_MM + 1))
    # Noise is averaged along with the signal, so it has to start stronger.
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    noise *= np.float32(level * np.sqrt(thickness) * 1.6)
    np.add(signal, noise, out=signal)
    for axis in (0, 1):
        _blur(signal, axis, 0.16)
    if thickness > 1:
        signal = ndimage.uniform_filter1d(signal, thickness, axis=2)
    # Magnitude images have no negative signal: the noise floor is Rician.
    floor = np.float32(level)
    return np.hypot(signal, floor, out=signal)


def _blur(field: Field, axis: int, weight: float) -> None:
    """Blur along an axis in place with the kernel (weight, 1 - 2 weight, weight)."""
    view = np.moveaxis(field, axis, 0)
    inner = view[:-2] + view[2:] - 2 * view[1:-1]
    view[1:-1] += np.float32(weight) * inner


def _image(
    brain: Brain,
    tumour: Tumour,
    modality: Modality,
    traits: _Traits,
    texture: Field,
    rng: np.random.Generator,
    shape: Triple,
) -> npt.NDArray[np.int16]:
    """Return one modality of a case in the whole array."""
    contrast = _CONTRASTS[modality]
    steepness = np.float32(rng.uniform(*_STEEPNESS_RANGE))
    signal = _signal(brain, contrast, texture)
    _add_tumour(signal, tumour, contrast, necrotic=traits.grade == "HGG")
    signal -= 1
    signal *= steepness
    signal += 1
    signal = _acquire(signal, contrast.noise * float(rng.uniform(0.6, 1.4)), rng)
    low, high = np.log(_MEDIAN_RANGE)
    signal *= np.float32(np.exp(rng.uniform(low, high)))
    np.rint(signal, out=signal)
    np.clip(signal, 1, np.iinfo(np.int16).max, out=signal)
    signal *= brain.inside
    image = np.zeros(shape, dtype=np.int16)
    image[brain.frame.box] = signal
    return image
