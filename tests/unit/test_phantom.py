"""The synthetic patients: guarantees, contrast and the mix of cases."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from bratsfuse.anatomy import Label, Modality
from bratsfuse.builders import find_cases
from bratsfuse.errors import InvalidInputError
from bratsfuse.phantom import Phantom, phantom
from bratsfuse.phantom.head import brain_and_tumour, case_traits
from bratsfuse.raw import read_case

NUMBERS = range(1, 7)
MNI_SHAPE = (182, 218, 182)
TUMOUR = (Label.NCR, Label.ED, Label.ET)

Cases = Mapping[int, Phantom]

BRAIN_LEVELS: dict[tuple[int, Modality], float] = {}
"""The median of a brain of the cases below, which live as long as their tests."""


@pytest.fixture(scope="module")
def cases(phantom_raw: Path) -> Cases:
    """Six consecutive patients, among them every kind of case, as they were written.

    The layout has no grade.
    """
    found = {}
    for number, case in zip(NUMBERS, find_cases(phantom_raw).cases, strict=True):
        volume = read_case(case)
        assert volume.mask is not None
        found[number] = Phantom(images=volume.images, mask=volume.mask, grade="")
    return found


@pytest.fixture(scope="module")
def treated() -> list[Phantom]:
    """Three post-treatment patients on the other grid."""
    return [
        phantom(number, 1, shape=MNI_SHAPE, resection_cavity=True)
        for number in range(3)
    ]


def _brain(case: Phantom) -> npt.NDArray[np.bool_]:
    return case.images[Modality.T1] > 0


def _level(case: Phantom, modality: Modality, where: npt.NDArray[np.bool_]) -> float:
    """Return the median signal of a tissue relative to that of the brain."""
    image = case.images[modality]
    key = id(case), modality
    if key not in BRAIN_LEVELS:
        BRAIN_LEVELS[key] = float(np.median(image[_brain(case)]))
    return float(np.median(image[where])) / BRAIN_LEVELS[key]


def _healthy(number: int) -> dict[str, npt.NDArray[np.bool_]]:
    """Return voxels that are purely one tissue and clear of the tumour."""
    shape = (240, 240, 155)
    rng = np.random.default_rng([0, number])
    brain, tumour = brain_and_tumour(
        case_traits(number, 0), rng, shape, resection_cavity=False
    )
    free = brain.inside & (brain.iron < 0.1) & (brain.vessels < 0.02)
    free[tumour.box] &= (tumour.oedema + tumour.core) < 0.02
    fractions = {
        "white": brain.white,
        "grey": brain.grey,
        "fluid": brain.fluid * (brain.ventricles < -1),
    }
    pure = {}
    for name, fraction in fractions.items():
        pure[name] = np.zeros(shape, dtype=np.bool_)
        pure[name][brain.frame.box] = free & (fraction > 0.9)
    return pure


@pytest.fixture(scope="module")
def tissue() -> dict[str, npt.NDArray[np.bool_]]:
    """Healthy tissue of patient 1."""
    return _healthy(1)


def test_same_arguments_give_the_same_patient_without_global_state(
    cases: Cases,
) -> None:
    state = np.random.get_state(legacy=False)  # noqa: NPY002
    again = phantom(1)
    assert again.grade == case_traits(1, 0).grade
    np.testing.assert_equal(np.random.get_state(legacy=False), state)  # noqa: NPY002
    assert np.array_equal(again.mask, cases[1].mask)
    for modality in Modality:
        assert np.array_equal(again.images[modality], cases[1].images[modality])


def test_number_and_seed_change_the_patient(cases: Cases) -> None:
    other_seed = phantom(1, 1)
    assert other_seed.grade == case_traits(1, 1).grade
    assert not np.array_equal(_brain(cases[1]), _brain(other_seed))
    assert not np.array_equal(_brain(cases[1]), _brain(cases[2]))
    assert not np.array_equal(cases[1].mask, cases[2].mask)


@pytest.mark.parametrize("number", NUMBERS)
def test_arrays_have_the_promised_form(cases: Cases, number: int) -> None:
    case = cases[number]
    assert list(case.images) == list(Modality)
    assert case.mask.dtype == np.uint8
    assert case.mask.shape == (240, 240, 155)
    assert set(np.unique(case.mask)) <= {Label.BACKGROUND, *TUMOUR}
    for image in case.images.values():
        assert image.dtype == np.int16
        assert image.shape == case.mask.shape
        assert image.min() == 0
        assert 100 <= image.max() < np.iinfo(np.int16).max


@pytest.mark.parametrize("number", NUMBERS)
def test_modalities_share_one_brain_of_plausible_size(
    cases: Cases, number: int
) -> None:
    case = cases[number]
    brain = _brain(case)
    for image in case.images.values():
        assert np.array_equal(image > 0, brain)
    assert 1.25e6 < np.count_nonzero(brain) < 1.8e6
    parts, _ = ndimage.label(brain)
    assert np.bincount(parts.ravel())[1:].max() > 0.99 * np.count_nonzero(brain)


@pytest.mark.parametrize("number", NUMBERS)
def test_tumour_fills_slices_and_lies_strictly_inside(
    cases: Cases, number: int
) -> None:
    case = cases[number]
    tumour = np.isin(case.mask, TUMOUR)
    assert np.count_nonzero(tumour.sum(axis=(0, 1)) >= 100) >= 30
    assert ndimage.binary_erosion(_brain(case))[tumour].all()


@pytest.mark.parametrize("number", NUMBERS)
def test_labels_follow_the_traits(cases: Cases, number: int) -> None:
    case, traits = cases[number], case_traits(number, 0)
    assert (case.mask == Label.ET).any() == traits.enhancing
    assert (case.mask == Label.NCR).any()
    assert (case.mask == Label.ED).any()
    if traits.lesions > 1:
        parts, _ = ndimage.label(case.mask > 0)
        assert np.count_nonzero(np.bincount(parts.ravel())[1:] >= 100) >= 2


@pytest.mark.parametrize(
    ("modality", "order"),
    [
        (Modality.T1, ("fluid", "grey", "white")),
        (Modality.T1CE, ("fluid", "grey", "white")),
        (Modality.T2, ("white", "grey", "fluid")),
        (Modality.FLAIR, ("fluid", "white", "grey")),
    ],
)
def test_healthy_tissues_are_ordered_as_in_the_sequence(
    cases: Cases,
    tissue: dict[str, npt.NDArray[np.bool_]],
    modality: Modality,
    order: tuple[str, str, str],
) -> None:
    levels = [_level(cases[1], modality, tissue[name]) for name in order]
    assert levels[1] > 1.05 * levels[0]
    assert levels[2] > 1.05 * levels[1]


def test_ventricles_are_dark_on_flair_and_bright_on_t2(
    cases: Cases, tissue: dict[str, npt.NDArray[np.bool_]]
) -> None:
    assert _level(cases[1], Modality.FLAIR, tissue["fluid"]) < 0.6
    assert _level(cases[1], Modality.T1, tissue["fluid"]) < 0.6
    assert _level(cases[1], Modality.T2, tissue["fluid"]) > 1.6


@pytest.mark.parametrize("number", NUMBERS)
def test_oedema_is_bright_on_flair_and_t2(cases: Cases, number: int) -> None:
    oedema = cases[number].mask == Label.ED
    assert _level(cases[number], Modality.FLAIR, oedema) > 1.2
    assert _level(cases[number], Modality.T2, oedema) > 1.05


@pytest.mark.parametrize("number", NUMBERS)
def test_core_is_dark_on_t1(cases: Cases, number: int) -> None:
    assert _level(cases[number], Modality.T1, cases[number].mask == Label.NCR) < 0.95


@pytest.mark.parametrize("number", NUMBERS)
def test_enhancing_tumour_takes_up_contrast_agent(cases: Cases, number: int) -> None:
    enhancing = cases[number].mask == Label.ET
    if not enhancing.any():
        assert not case_traits(number, 0).enhancing
        return
    after = _level(cases[number], Modality.T1CE, enhancing)
    assert after > 1.15
    assert after > 1.2 * _level(cases[number], Modality.T1, enhancing)


def test_nose_points_to_the_low_end_of_the_second_axis(cases: Cases) -> None:
    # The cerebellum is low down and behind the middle, whatever the patient.
    for case in cases.values():
        _, b, c = np.nonzero(_brain(case))
        assert b[c < 25].mean() > b.mean() + 10


@pytest.mark.slow
def test_other_grid_holds_the_brain_without_cutting_it(treated: list[Phantom]) -> None:
    for case in treated:
        brain = _brain(case)
        assert brain.shape == case.mask.shape == MNI_SHAPE
        for axis in range(3):
            assert not brain.take([0, -1], axis=axis).any()
        slices = np.isin(case.mask, TUMOUR).sum(axis=(0, 1)) >= 100
        assert np.count_nonzero(slices) >= 30


@pytest.mark.slow
def test_resection_cavity_holds_fluid(treated: list[Phantom]) -> None:
    with_cavity = [case for case in treated if (case.mask == Label.RC).any()]
    assert 1 <= len(with_cavity) < len(treated)
    for case in with_cavity:
        cavity = case.mask == Label.RC
        assert ndimage.binary_erosion(_brain(case))[cavity].all()
        assert _level(case, Modality.T1, cavity) < 0.7
        assert _level(case, Modality.T2, cavity) > 1.5
        # It lies beside the tumour.
        beside = ndimage.binary_dilation(cavity, iterations=3)
        assert np.isin(case.mask[beside], TUMOUR).any()


@pytest.mark.parametrize("seed", [0, 1, 2, 77])
def test_any_six_numbers_hold_the_special_cases(seed: int) -> None:
    traits = [case_traits(number, seed) for number in range(30)]
    for first in range(len(traits) - 5):
        window = traits[first : first + 6]
        assert not all(t.enhancing for t in window)
        assert any(t.lesions > 1 for t in window)
        assert {t.grade for t in window} == {"HGG", "LGG"}


@pytest.mark.parametrize("seed", [0, 1, 2, 77])
def test_twelve_numbers_hold_the_whole_mix(seed: int) -> None:
    traits = [case_traits(number, seed) for number in range(12)]
    assert all(t.grade == "LGG" for t in traits if not t.enhancing)
    assert any(t.enhancing for t in traits if t.grade == "LGG")
    assert {t.lesions for t in traits} == {1, 2, 3}
    assert 7 <= sum(t.cavity for t in traits) <= 9


def test_seeds_start_the_mix_at_different_places() -> None:
    mixes = {tuple(case_traits(n, seed) for n in range(12)) for seed in range(12)}
    assert len(mixes) > 3


@pytest.mark.parametrize("bad", [(-1, 0), (0, -1)])
def test_negative_number_or_seed_is_refused(bad: tuple[int, int]) -> None:
    with pytest.raises(InvalidInputError, match="0 or more"):
        phantom(*bad)


def test_array_too_small_for_a_brain_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="does not fit"):
        phantom(0, shape=(64, 64, 64))
