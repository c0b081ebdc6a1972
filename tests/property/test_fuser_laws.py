"""Laws of every fuser, whoever adds one, and what the oldest three say they do."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.errors import InvalidInputError
from bratsfuse.fusers import FUSERS, expand, reduce
from bratsfuse.release.recipe import DEFAULT_FUSERS

NAMES = list(FUSERS)
SHAPES = st.tuples(st.integers(2, 4), st.integers(1, 40), st.integers(1, 40))
IMAGES = SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape))
IMAGE = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))

# They thin pixels out from the left and from above, or continue them there.
TURNABLE = [name for name in NAMES if name not in {"dwt", "swt"}]

average, laplacian, maximum = (
    FUSERS[name] for name in ("average", "laplacian", "maximum")
)


def noise(shape, seed=0):
    """Images with a black border around a head of noise."""
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 256, shape).astype(np.uint8)
    images[:, : shape[1] // 6] = 0
    images[:, :, : shape[2] // 6] = 0
    return images


@pytest.mark.parametrize("name", NAMES)
@given(images=IMAGES)
@example(images=np.zeros((2, 1, 1), dtype=np.uint8))
@example(images=np.full((3, 1, 9), 255, dtype=np.uint8))
@example(images=noise((2, 5, 7)))
@example(images=noise((4, 155, 240)))
@settings(max_examples=25)
def test_every_fuser(name, images):
    before = images.copy()
    fused = FUSERS[name](images)
    assert fused.shape == images.shape[1:]
    assert fused.dtype == np.uint8
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(fused, FUSERS[name](images))
    assert (fused[~images.any(axis=0)] == 0).all()


@pytest.mark.parametrize("name", [name for name in NAMES if FUSERS[name].symmetric])
@given(images=IMAGES)
@example(images=noise((3, 64, 50)))
@example(images=noise((4, 50, 64), seed=1))
@settings(max_examples=25)
def test_the_order_of_the_sources_does_not_matter(name, images):
    fused = FUSERS[name](images)
    np.testing.assert_array_equal(fused, FUSERS[name](images[::-1]))
    np.testing.assert_array_equal(fused, FUSERS[name](np.roll(images, 1, axis=0)))


@pytest.mark.parametrize("name", NAMES)
@given(image=IMAGE, count=st.integers(2, 4))
@example(image=noise((1, 155, 240))[0], count=4)
@settings(max_examples=25)
def test_equal_sources_give_themselves(name, image, count):
    np.testing.assert_array_equal(FUSERS[name](np.stack([image] * count)), image)


@pytest.mark.parametrize("name", NAMES)
@given(
    values=st.lists(st.integers(0, 255), min_size=2, max_size=4),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
@settings(max_examples=25)
def test_constant_images_give_a_constant_between_them(name, values, shape):
    images = np.stack([np.full(shape, value, dtype=np.uint8) for value in values])
    (value,) = np.unique(FUSERS[name](images))
    assert min(values) <= value <= max(values)


@pytest.mark.parametrize("name", TURNABLE)
@given(images=IMAGES)
@settings(max_examples=20)
def test_turning_the_images_turns_the_fusion(name, images):
    turned = FUSERS[name](np.ascontiguousarray(np.swapaxes(images, 1, 2)))
    np.testing.assert_array_equal(FUSERS[name](images).T, turned)


@pytest.mark.parametrize("name", NAMES)
def test_views_give_what_copies_give(name):
    images = noise((3, 31, 46))
    turned = images[:, ::-1, ::-1]
    fused = FUSERS[name](turned)
    np.testing.assert_array_equal(fused, FUSERS[name](np.ascontiguousarray(turned)))


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
    got = reduce(np.repeat(row, 3, axis=1))[0, 0]
    assert [Fraction(value) for value in got] == exact_reduce(signal)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 255))
def test_a_constant_stays_itself_through_the_pyramid(height, width, value):
    image = np.full((1, height, width), float(value))
    smaller = reduce(image)
    assert (smaller == value).all()
    assert (expand(smaller, (height, width)) == value).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 4, 4)),
        np.zeros((4, 4), dtype=np.uint8),
        np.zeros((1, 4, 4), dtype=np.uint8),
        np.zeros((2, 4, 4), dtype=np.int16),
        np.zeros((2, 0, 4), dtype=np.uint8),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_other_input_is_refused(name, images):
    with pytest.raises(InvalidInputError, match="at least two uint8 images"):
        FUSERS[name](images)


def test_the_defaults_are_what_releases_have_had_from_the_start():
    assert DEFAULT_FUSERS == ("average", "maximum", "laplacian")
