"""The mean of the images under fixed weights."""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Final

from bratsfuse.arrays import Image, Images
from bratsfuse.errors import InvalidInputError
from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._weighted_mean import weighted_mean

_LARGEST: Final = 2**40


def weighted(images: Images, weights: Sequence[int] = ()) -> Image:
    """Return the mean of the images under fixed weights, rounded half up.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2.
    weights
        One integer per image. Without them each image weighs twice as much as the
        next one: 2/3 and 1/3 of two.

    Raises
    ------
    InvalidInputError
        If there is not one weight per image.
    """
    count = len(images)
    chosen = weights or [2 ** (count - 1 - place) for place in range(count)]
    if len(chosen) != count:
        raise InvalidInputError(
            f"{len(chosen)} weights for {count} images; give one weight per source"
        )
    return weighted_mean(images, chosen)


def with_weights(text: str) -> Fuser:
    """Return the method with the weights that a text such as ``0.7,0.3`` spells.

    Only their ratios count; decimals are taken exactly.

    Raises
    ------
    InvalidInputError
        If they are not two or more numbers of at least 0, one of them above.
    """
    try:
        shares = [Fraction(part.strip()) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        shares = []
    scale = math.lcm(*(share.denominator for share in shares))
    weights = tuple(int(share * scale) for share in shares)
    if len(weights) < 2 or min(weights) < 0 or not 0 < sum(weights) < _LARGEST:
        raise InvalidInputError(
            f"weights {text!r}; expected two or more numbers of at least 0 and not all "
            "0, with few decimals, such as 0.7,0.3"
        )
    return Fuser(
        function=partial(weighted, weights=weights),
        summary=f"mean under the weights {text}",
        symmetric=False,
    )


FUSER: Final = Fuser(
    function=weighted,
    summary="mean under weights that halve from image to image",
    symmetric=False,
    with_options=with_weights,
    example="weighted:0.7,0.3",
)
