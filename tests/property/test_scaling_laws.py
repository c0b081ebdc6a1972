"""Laws of the 8-bit scaling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.building import robust_window, to_intensity, to_uint8
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Window

VOXELS = arrays.arrays(np.int16, st.integers(2, 400), elements=st.integers(1, 32767))


@given(VOXELS, st.randoms(use_true_random=False))
def test_a_window_knows_no_order_and_no_type(voxels, random):
    try:
        window = robust_window(voxels)
    except InvalidInputError:
        return
    shuffled = voxels.tolist()
    random.shuffle(shuffled)
    for dtype in (np.int16, np.uint16, np.float32, np.float64):
        assert robust_window(np.array(shuffled, dtype=dtype)) == window
    assert {window.low, window.high} <= set(map(float, voxels))


def test_a_window_is_the_declared_order_statistics():
    voxels = np.random.default_rng(0).permutation(np.arange(1001))
    assert robust_window(voxels) == Window(5.0, 995.0)


@given(
    arrays.arrays(np.int16, (7, 5), elements=st.integers(0, 3000)),
    st.integers(0, 1000),
    st.integers(1, 2000),
)
def test_scaling_is_undone_to_half_a_grey_level(image, low, width):
    window = Window(float(low), float(low + width))
    scaled = to_uint8(image, window)
    assert scaled.dtype == np.uint8
    assert (scaled[image == 0] == 0).all()
    inside = (image >= low) & (image <= low + width) & (image > 0)
    undone = to_intensity(scaled, window)
    assert np.abs(undone - image)[inside].max(initial=0) <= width / 510 + 1e-9
    above = image > low + width
    assert (scaled[above] == 255).all()


@given(arrays.arrays(np.int16, (4, 6), elements=st.integers(0, 500)))
def test_scaling_keeps_order(image):
    scaled = to_uint8(image, Window(100.0, 400.0)).astype(int)
    order = np.argsort(image, axis=None)
    assert (np.diff(scaled.ravel()[order]) >= 0).all()


@pytest.mark.parametrize("voxels", [[], [5, 5, 5, 5]])
def test_no_contrast_is_refused(voxels):
    with pytest.raises(InvalidInputError):
        robust_window(np.array(voxels, dtype=np.int16))
