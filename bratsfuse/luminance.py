"""From colour to grey by ITU-R BT.601, as Pillow rounds it or as MATLAB does.

All three have the weights .299 R + .587 G + .114 B. They differ in the digits and in
the range, and a fused colour image is scored by one of them.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import UnknownNameError

Luminance = Literal["pillow", "matlab", "matlab-ycbcr"]
Colour = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.uint8]

_RGB2GRAY: Final = (0.298936021293775, 0.587043074451121, 0.114020904255103)
"""The first row of the inverse of MATLAB's matrix from YIQ, which has three digits."""
_YCBCR: Final = (65.481, 128.553, 24.966)


def luminance(image: Colour, rule: Luminance = "pillow") -> Grey:
    """Return the grey levels of a colour image.

    Parameters
    ----------
    image
        uint8, shape (H, W, 3): red, green and blue.
    rule
        ``"pillow"``: Pillow's ``convert("L")``, weights of 16 bits. ``"matlab"``:
        ``rgb2gray``, rounded half up; it differs from Pillow's by 1 at most.
        ``"matlab-ycbcr"``: the first channel of ``rgb2ycbcr``, whose range is 16 to
        235: a fused image made of it is darker and flatter than its scores say.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W).

    Raises
    ------
    UnknownNameError
        If the rule is unknown.
    """
    if rule not in _RULES:
        raise UnknownNameError(
            f"unknown luminance {rule!r}; expected one of "
            f"{', '.join(get_args(Luminance))}"
        )
    return _RULES[rule](image)


def _pillow(image: Colour) -> Grey:
    weighted = image.astype(np.int64) @ np.array([19595, 38470, 7471])
    return np.asarray((weighted + 0x8000) >> 16, np.uint8)


def _matlab(image: Colour) -> Grey:
    return _rounded(image @ np.array(_RGB2GRAY))


def _matlab_ycbcr(image: Colour) -> Grey:
    return _rounded(16 + image @ np.array(_YCBCR) / 255)


def _rounded(levels: npt.NDArray[np.float64]) -> Grey:
    return np.floor(levels + 0.5).astype(np.uint8)


_RULES: Final[Mapping[str, Callable[[Colour], Grey]]] = {
    "pillow": _pillow,
    "matlab": _matlab,
    "matlab-ycbcr": _matlab_ycbcr,
}
