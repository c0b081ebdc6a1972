"""Laws of the fusers, and what each of them says it does."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.fusers import (
    FUSERS,
    _expand,
    _reduce,
    average,
    fuser,
    laplacian,
    maximum,
)

SHAPES = st.tuples(st.integers(2, 4), st.integers(1, 40), st.integers(1, 40))
IMAGES = SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape))


@pytest.mark.parametrize("name", FUSERS)
@given(images=IMAGES)
@settings(max_examples=40)
def test_every_fuser(name, images):
    before = images.copy()
    fused = FUSERS[name](images)
    assert fused.shape == images.shape[1:]
    assert fused.dtype == np.uint8
    np.testing.assert_array_equal(images, before)
    # The order of the sources does not matter, and background stays background.
    np.testing.assert_array_equal(fused, FUSERS[name](images[::-1]))
    assert (fused[~images.any(axis=0)] == 0).all()


@pytest.mark.parametrize("name", FUSERS)
@given(image=arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=40)
def test_equal_sources_give_themselves(name, image):
    np.testing.assert_array_equal(FUSERS[name](np.stack([image] * 3)), image)


@pytest.mark.parametrize("name", FUSERS)
@given(images=IMAGES)
@settings(max_examples=20)
def test_turning_the_images_turns_the_fusion(name, images):
    turned = FUSERS[name](np.ascontiguousarray(np.swapaxes(images, 1, 2)))
    np.testing.assert_array_equal(FUSERS[name](images).T, turned)


@given(IMAGES)
def test_average_rounds_half_up(images):
    total = images.astype(int).sum(axis=0)
    expected = [
        int(Fraction(int(t), len(images)) + Fraction(1, 2)) for t in total.ravel()
    ]
    np.testing.assert_array_equal(average(images).ravel(), expected)


@given(IMAGES)
def test_maximum_is_the_brightest(images):
    np.testing.assert_array_equal(maximum(images), images.max(axis=0))


def test_laplacian_keeps_the_sharper_detail():
    # A striped and a flat image of one mean: averaging halves the stripes, a pyramid
    # that weights by energy keeps them.
    stripes = np.full((64, 64), 100, dtype=np.uint8)
    stripes[:, ::2] = 140
    flat = np.full((64, 64), 120, dtype=np.uint8)
    images = np.stack([stripes, flat])
    contrast = np.ptp(laplacian(images)[16:48, 16:48].astype(int))
    assert contrast >= 38
    assert np.ptp(average(images).astype(int)) == 20


def exact_reduce(signal):
    """Burt and Adelson's REDUCE in exact arithmetic, mirrored at the ends."""
    kernel = [Fraction(k, 16) for k in (1, 4, 6, 4, 1)]
    last = len(signal) - 1

    def at(place):
        place = abs(place)
        return signal[last - abs(last - place)] if last else signal[0]

    return [
        sum(k * at(2 * i + d) for k, d in zip(kernel, range(-2, 3), strict=True))
        for i in range((len(signal) + 1) // 2)
    ]


@given(st.lists(st.integers(0, 255), min_size=3, max_size=30))
def test_reduce_is_burt_and_adelsons_and_exact(signal):
    row = np.array(signal, dtype=np.float64)[np.newaxis, np.newaxis, :]
    got = _reduce(np.repeat(row, 3, axis=1))[0, 0]
    assert [Fraction(value) for value in got] == exact_reduce(signal)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 255))
def test_a_constant_stays_itself_through_the_pyramid(height, width, value):
    image = np.full((1, height, width), float(value))
    smaller = _reduce(image)
    assert (smaller == value).all()
    assert (_expand(smaller, (height, width)) == value).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 4, 4)),
        np.zeros((4, 4), dtype=np.uint8),
        np.zeros((1, 4, 4), dtype=np.uint8),
        np.zeros((2, 4, 4), dtype=np.int16),
    ],
)
@pytest.mark.parametrize("name", FUSERS)
def test_other_input_is_refused(name, images):
    with pytest.raises(InvalidInputError, match="at least two uint8 images"):
        FUSERS[name](images)


def test_an_unknown_fuser_is_refused():
    with pytest.raises(UnknownNameError, match="laplacian"):
        fuser("laplace")
