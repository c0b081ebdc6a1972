"""Binary logarithms of many numbers at once."""

import numpy as np

from bratsfuse.metrics.logarithms import binary_logarithms


def test_they_are_those_of_numpy_and_zero_for_zero():
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [
            rng.random(2000),
            1 + rng.normal(0, 1e-4, 2000),
            10 ** rng.uniform(-300, 300, 2000),
            [0.0, -0.0, 1.0, 2.0, -8.0, 0.5, np.sqrt(2), 2**-1022],
        ]
    )
    expected = np.log2(np.abs(np.where(values == 0, 1, values)))
    found = np.empty_like(values)
    binary_logarithms(values, found)
    np.testing.assert_allclose(found, expected, rtol=4e-16, atol=4e-16)
