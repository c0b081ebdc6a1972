"""Grey images and masks from files: what is read, what is said, what is refused.

A score is only as good as the pixels it sees, so nothing is converted silently. Eight
bits a pixel, one layer, no transparency; colour becomes its luminance and is reported.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from bratsfuse.errors import BratsfuseError, InvalidInputError
from bratsfuse.issues import Issue, error, note, warning
from bratsfuse.luminance import Luminance, luminance

SUFFIXES: Final = frozenset({".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"})
"""Of the files that are taken for images, lower case."""

_FORMATS: Final = ("PNG", "TIFF", "BMP", "JPEG")
"""What such a file may be, whatever its name: for others, programs would be run."""
_BROKEN: Final = (
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What reading a broken image has been seen to raise, besides errors of the system."""
_PILLOW: Final = r"PIL\."
"""Of its modules, not of those that call it: what it warns of is in the file."""
_COLOUR: Final = frozenset({"RGB", "YCbCr"})
_ALPHA: Final = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


def find_pictures(folder: Path) -> tuple[dict[str, Path], list[Issue]]:
    """Return the images of a folder by name without suffix, and what is wrong.

    Parameters
    ----------
    folder
        Where they lie; sub-folders and hidden files are left out.

    Returns
    -------
    tuple
        Name to path, sorted, and issues: no such folder, no image, two images of one
        name, files that are no images.
    """
    if not folder.is_dir():
        name, equals, rest = str(folder).partition("=")
        cure = f"leave {name + equals!r} out" if Path(rest).is_dir() and rest else ""
        told = f"no such folder; {cure or 'check the path'}"
        return {}, [error(str(folder), "no-folder", told)]
    pictures: dict[str, Path] = {}
    issues = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix.lower() not in SUFFIXES:
            told = f"is not an image of a known kind ({_kinds()}); left out"
            issues.append(note(str(path), "not-an-image", told))
        elif path.stem in pictures:
            told = f"has the name of {pictures[path.stem].name}; keep one of the two"
            issues.append(error(str(path), "name-twice", told))
        else:
            pictures[path.stem] = path
    if not pictures:
        told = f"no image found; expected files ending in {_kinds()}"
        issues.append(error(str(folder), "no-images", told))
    return pictures, issues


@contextmanager
def open_picture(path: Path, *, quiet: bool = True) -> Iterator[Image.Image]:
    """Yield an image of a file, whose pixels may be read.

    Parameters
    ----------
    path
        The file.
    quiet
        Leave it to `inspect_picture` what Pillow warns of.

    Raises
    ------
    InvalidInputError
        If it is none, or broken; errors of the system are left to it.
    """
    try:
        with warnings.catch_warnings():
            if quiet:
                warnings.filterwarnings("ignore", module=_PILLOW)
            with Image.open(path, formats=_FORMATS) as image:
                yield image
    except BratsfuseError:
        raise
    except (OSError, *_BROKEN) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        reason = " ".join(str(problem).replace(repr(str(path)), "it").split())
        raise InvalidInputError(
            f"{path}: cannot be read as an image ({reason}); write it again"
        ) from problem


def unreadable(path: Path, problem: Exception) -> Issue:
    """Return the issue of an image that `open_picture` or the system refused."""
    told = str(problem).removeprefix(f"{path}: ")
    if isinstance(problem, OSError):
        told = f"cannot be read as an image ({problem.strerror}); allow it, or copy it"
    return error(str(path), "unreadable", told)


def inspect_picture(
    path: Path, *, mask: bool = False
) -> tuple[tuple[int, int] | None, list[Issue]]:
    """Return height and width of an image from its header, and what is wrong with it.

    Parameters
    ----------
    path
        The file; its pixels are not read.
    mask
        Whether it is a mask, whose values may have any depth and carry no grey levels.

    Returns
    -------
    tuple
        The shape, None if the file cannot be opened, and issues: not readable, several
        layers, transparency, 16 bits, floats; warnings for JPEG and for what Pillow
        doubts, notes for colour.
    """
    try:
        with warnings.catch_warnings(record=True) as doubts:
            warnings.filterwarnings("always", module=_PILLOW)
            with open_picture(path, quiet=False) as image:
                issues = _structure(path, image)
                if not mask:
                    issues += _depth(path, image)
                shape = image.height, image.width
    except (OSError, InvalidInputError) as problem:
        return None, [unreadable(path, problem)]
    for doubt in dict.fromkeys(str(one.message) for one in doubts):
        reason = " ".join(doubt.split())
        told = f"is doubtful to Pillow ({reason}); look at it, or save it again"
        issues.append(warning(str(path), "doubtful", told))
    return shape, issues


def read_grey(path: Path, rule: Luminance = "pillow") -> npt.NDArray[np.uint8]:
    """Return the grey levels of an image without errors in `inspect_picture`.

    Parameters
    ----------
    path
        The file.
    rule
        How colour is turned into luminance; files of grey are read as they are.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W). Colour is turned into luminance by ITU-R BT.601, the
        weights .299, .587 and .114; the rules differ in rounding and range.

    Raises
    ------
    InvalidInputError
        If the pixels cannot be decoded.
    """
    with open_picture(path) as image:
        if rule != "pillow" and image.mode in _COLOUR | {"P"}:
            return luminance(np.asarray(image.convert("RGB")), rule)
        colour = image.convert("RGB") if image.mode == "P" else image
        return np.asarray(colour.convert("L"))


def read_colour(path: Path) -> npt.NDArray[np.uint8]:
    """Return red, green and blue of an image of colour, uint8, shape (H, W, 3).

    Raises
    ------
    InvalidInputError
        If the pixels cannot be decoded.
    """
    with open_picture(path) as image:
        return np.asarray(image.convert("RGB"))


def grey_issue(path: Path) -> Issue | None:
    """Return the error that an image is grey where colour is needed; None if not."""
    try:
        with open_picture(path) as image:
            if image.mode in _COLOUR | {"P"}:
                return None
    except (OSError, InvalidInputError):
        return None  # inspect_picture tells why
    told = (
        "is grey; expected colour, whose change is measured; save it in colour or "
        "leave --colour out"
    )
    return error(str(path), "grey", told)


def read_mask(path: Path) -> npt.NDArray[np.bool_]:
    """Return where a mask is not zero.

    Returns
    -------
    numpy.ndarray
        Boolean, shape (H, W). A coloured mask is true where any channel is not zero,
        one with a palette where its index is not.

    Raises
    ------
    InvalidInputError
        If the pixels cannot be decoded.
    """
    with open_picture(path) as image:
        values = np.asarray(image) != 0
    return np.asarray(values.any(axis=2) if values.ndim == 3 else values)


def _structure(path: Path, image: Image.Image) -> list[Issue]:
    where = str(path)
    issues = []
    layers = getattr(image, "n_frames", 1)
    if layers > 1:
        told = f"contains {layers} layers; expected one; save the one that is meant"
        issues.append(error(where, "layers", told))
    if image.mode in _ALPHA or "transparency" in image.info:
        told = (
            "has a transparency channel, whose meaning here is unclear; "
            "expected grey; flatten it"
        )
        issues.append(error(where, "alpha", told))
    if image.format == "JPEG":
        told = "JPEG has altered the pixels, and the scores with them; prefer PNG"
        issues.append(warning(where, "lossy", told))
    return issues


def _depth(path: Path, image: Image.Image) -> list[Issue]:
    where = str(path)
    if image.mode == "F":
        told = (
            "contains floating-point pixels; expected 8 bits; "
            "scale their declared range to 0..255 and save again"
        )
        return [error(where, "float", told)]
    # Pillow reads colours of 16 bits as 8 without a word; only the codec's tile tells.
    deep = any(";16" in str(tile) for tile in getattr(image, "tile", ()))
    if deep or image.mode.startswith("I"):
        told = (
            "contains 16 or more bits per pixel; expected 8; "
            "scale their declared range to 0..255 and save again"
        )
        return [error(where, "deep", told)]
    if image.mode in _COLOUR or image.mode == "P":
        return [note(where, "colour", "colour; scored by its luminance (ITU-R BT.601)")]
    if image.mode not in _ALPHA | {"L", "1"}:
        told = f"has the colour space {image.mode}; expected grey or RGB; convert it"
        return [error(where, "colour-space", told)]
    return []


def _kinds() -> str:
    return " ".join(sorted(SUFFIXES))
