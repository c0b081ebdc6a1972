"""One PNG file to one image: header first, and nothing but the pixels."""

import io
import struct
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY: Final = 0
_COLOURS: Final = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGBA"}
_KEPT: Final = (b"IHDR", b"IDAT", b"IEND")


class PngError(ValueError):
    """A PNG file that is no prediction.

    Attributes
    ----------
    code
        A key of `CODES`.
    found
        What was found, and what was expected.
    """

    def __init__(self, code: str, found: str) -> None:
        super().__init__(found)
        self.code = code
        self.found = found


def read_png(content: bytes, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the pixels of a PNG file.

    Only header and pixels reach the decoder: texts, colour profiles and whatever else
    a file carries are dropped, compressed as they are.

    Parameters
    ----------
    content
        The whole file.
    shape
        The rows and columns that it must have.

    Raises
    ------
    PngError
        If it is anything else than one 8-bit grey image of that shape.
    """
    from PIL import Image

    chunks = list(_chunks(content))
    _check_header(chunks, shape)
    kinds = {kind for kind, _ in chunks}
    if b"acTL" in kinds:
        raise PngError("animated-png", "several pictures in one file; expected one")
    if b"tRNS" in kinds:
        raise PngError("wrong-png-mode", "found transparency; expected 8-bit grey")
    plain = b"".join(whole for kind, whole in chunks if kind in _KEPT)
    try:
        with Image.open(io.BytesIO(_SIGNATURE + plain), formats=["PNG"]) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError, ValueError) as problem:
        raise PngError(
            "broken-png", f"cannot be decoded ({problem}); write it again"
        ) from problem
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise PngError(
            "broken-png", f"decodes to {pixels.dtype} {pixels.shape}; write it again"
        )
    return pixels


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind of every chunk, and the complete chunk."""
    if not content.startswith(_SIGNATURE):
        raise PngError("broken-png", "not a PNG file; write it as one")
    place = len(_SIGNATURE)
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            break
        yield kind, content[place:end]
        if kind == b"IEND":
            return
        place = end
    raise PngError("broken-png", "the file ends too early; copy it again")


def _check_header(chunks: list[tuple[bytes, bytes]], shape: tuple[int, int]) -> None:
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 25:
        raise PngError("broken-png", "the file has no header; write it again")
    if sum(kind == b"IHDR" for kind, _ in chunks) > 1:
        raise PngError("broken-png", "the file has two headers; write it again")
    width, height, bits, colour = struct.unpack_from(">IIBB", chunks[0][1], 8)
    if (bits, colour) != (8, _GREY):
        mode = _COLOURS.get(colour, f"colour type {colour}")
        raise PngError(
            "wrong-png-mode", f"found {bits}-bit {mode}; expected 8-bit grey"
        )
    if (height, width) != shape:
        found = f"found {height} x {width}; expected {shape[0]} x {shape[1]}"
        if (width, height) == shape:
            found += " (transposed?)"
        raise PngError("wrong-shape", found)
