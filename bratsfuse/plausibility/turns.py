"""The ways in which an image can be turned round without changing its pixels."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
Turn = Callable[[Pixels], Pixels]

AS_IS: Final = "as is"

TURNS: Final[dict[str, Turn]] = {
    AS_IS: lambda image: image,
    "flipped left-right": lambda image: image[:, ::-1],
    "flipped up-down": lambda image: image[::-1],
    "rotated by 180 degrees": lambda image: image[::-1, ::-1],
    "transposed": lambda image: image.T,
    "rotated by 90 degrees anticlockwise": np.rot90,
    "rotated by 90 degrees clockwise": lambda image: np.rot90(image, -1),
    "transposed about the other diagonal": lambda image: image[::-1, ::-1].T,
}
"""Words -> what turns an image (H, W); nothing else maps a square upon itself."""

_KEEP_THE_SHAPE: Final = frozenset(list(TURNS)[:4])


def turns_of(shape: tuple[int, int]) -> dict[str, Turn]:
    """Return the turns that keep this shape: all eight of a square, four otherwise."""
    height, width = shape
    return {
        words: turn
        for words, turn in TURNS.items()
        if height == width or words in _KEEP_THE_SHAPE
    }


def shift_in_words(rows: int, columns: int) -> str:
    """Return a shift of an image in words.

    Examples
    --------
    >>> shift_in_words(-3, 0), shift_in_words(2, 1)
    ('moved 3 rows up', 'moved 2 rows down and 1 column right')
    """
    parts = [
        f"{abs(by)} {noun if abs(by) == 1 else noun + 's'} {towards[by > 0]}"
        for by, noun, towards in (
            (rows, "row", ("up", "down")),
            (columns, "column", ("left", "right")),
        )
        if by
    ]
    return f"moved {' and '.join(parts)}"
