"""Binary logarithms of many numbers at once, in machine code that takes several a step.

The C library's logarithm takes one number a call; this one is a polynomial without
branches, which compilers turn into vector instructions.
"""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Float = npt.NDArray[np.float64]

MANTISSA_BITS, BIAS = 52, 1023
MANTISSA, SIGNLESS = 2**MANTISSA_BITS - 1, 2**63 - 1
ONE = BIAS << MANTISSA_BITS
"""The bits of 1.0: those of a mantissa with this exponent are a number in [1, 2)."""
ROOT = math.sqrt(2)


@compiled
def binary_logarithms(values: Float, out: Float) -> None:
    """Write the logarithm of each absolute value, 0 for 0; the values are lost.

    The polynomial is that of the function ``log`` in Sun's fdlibm (1993): the result is
    off by 3e-16 at most, relative to the larger of itself and 1. Numbers below 2.3e-308
    have that of another as small.

    Parameters
    ----------
    values, out
        Shape (N,), C-contiguous, not the same.
    """
    digits = values.view(np.int64)
    for k in range(values.size):
        own = digits[k] & SIGNLESS
        own = own if own != 0 else ONE
        out[k] = (own >> MANTISSA_BITS) - BIAS
        digits[k] = (own & MANTISSA) | ONE
    for k in range(values.size):
        high = values[k] > ROOT
        number = 0.5 * values[k] if high else values[k]
        # log m = 2 artanh s with |s| < 0.172
        s = (number - 1) / (number + 1)
        t = s * s
        series = 0.1531383769920937332 + t * 0.1479819860511658591
        series = 0.1818357216161805012 + t * series
        series = 0.2222219843214978396 + t * series
        series = 0.2857142874366239149 + t * series
        series = 0.3999999999940941908 + t * series
        series = 0.6666666666666735130 + t * series
        out[k] += (1.0 if high else 0.0) + s * (2 + t * series) * (1 / math.log(2))
