"""Strength and direction of an image's edges, made once per border and angle rule."""

from typing import Literal

import numpy as np

from bratsfuse.metrics.of_fusion._scene import Float, Image, once

Border = Literal["zero", "reflect"]


@once
def edges(image: Image, border: Border, *, turned: bool = False) -> tuple[Float, Float]:
    """Return strength and angle of the Sobel gradient, unnormalised.

    Parameters
    ----------
    image
        Shape (H, W), sides at least 2 to be reflected.
    border
        What lies beyond it: zeros, or its mirror image.
    turned
        Which angle: False is ``atan(-gy / gx)`` with pi/2 where gx = 0, True is
        ``atan(gx / gy)`` with 0 where both are 0.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (H, W) each: grey levels, and radians in [-pi/2, pi/2].
    """
    from bratsfuse.metrics.of_fusion import _sobel

    rule = {"zero": _sobel.ZERO, "reflect": _sobel.REFLECT}[border]
    strength, tangent = _sobel.sobel(image.pixels, rule, turned)
    # NumPy's arctangent is vectorised where the one of a compiled loop is not.
    return strength, np.arctan(tangent, out=tangent)
