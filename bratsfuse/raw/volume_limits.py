"""What the header of a volume may ask for, decided before a library believes it.

A header is a few hundred bytes that anybody can edit. It can ask for more memory than
there is, name another file as the place of its voxels, or end the process of a reader
written in C. So its sizes and types are compared with the bytes that are there.
"""

import gzip
import io
import math
import re
import zlib
from typing import Final

import deflate
import numpy as np

MOST_BYTES: Final = 1 << 32
"""Of a volume in memory: sixty times the largest of BraTS, stored as float64."""
HEAD_BYTES: Final = 1024
"""More than the header of any NIfTI file."""
_TEXT_BYTES: Final = 1 << 16
_LONGEST: Final = 65_535
_CHANNELS: Final = 64
_META_TYPES: Final = {
    "MET_CHAR": 1,
    "MET_UCHAR": 1,
    "MET_SHORT": 2,
    "MET_USHORT": 2,
    "MET_INT": 4,
    "MET_UINT": 4,
    "MET_LONG": 8,
    "MET_ULONG": 8,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}
_META_NUMBERS: Final = {
    *("ElementSpacing", "ElementSize", "Offset", "Position", "Origin"),
    *("TransformMatrix", "Rotation", "Orientation", "CenterOfRotation"),
}
_NRRD_BITS: Final = {"8": 1, "16": 2, "32": 4, "64": 8}
_NRRD_TYPES: Final = {
    "signed char": 1,
    "char": 1,
    "uchar": 1,
    "unsigned char": 1,
    "short": 2,
    "signed short": 2,
    "ushort": 2,
    "unsigned short": 2,
    "int": 4,
    "signed int": 4,
    "uint": 4,
    "unsigned int": 4,
    "longlong": 8,
    "long long": 8,
    "ulonglong": 8,
    "unsigned long long": 8,
    "float": 4,
    "double": 8,
}


def check_size(shape: tuple[int, ...], itemsize: int) -> int:
    """Return the bytes of a volume.

    Raises
    ------
    ValueError
        If a length is not from 1 to 65535, or they are too many to be read.
    """
    if not shape or min(shape) < 1 or max(shape) > _LONGEST:
        raise ValueError(f"no voxels: its header says shape {shape}")
    size = math.prod(shape) * itemsize
    if size > MOST_BYTES:
        raise ValueError(f"its header asks for {size} bytes; at most {MOST_BYTES}")
    return size


def head_of(content: bytes) -> bytes:
    """Return the first bytes of what a gzip stream contains, and never more."""
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, HEAD_BYTES)


def gunzip(content: bytes, expected: int) -> bytes | bytearray:
    """Return decompressed bytes, by libdeflate in a fraction of zlib's time.

    The standard library takes over what libdeflate does not read, such as files of
    several members, and has the better words for what nobody can read.

    Raises
    ------
    ValueError
        If there are more bytes than `expected`: no more are unpacked.
    OSError, EOFError, zlib.error
        If the stream is broken or cut short.
    """
    promised = int.from_bytes(content[-4:], "little")  # the length of the last member
    if promised == expected:
        try:
            plain: bytes | bytearray = deflate.gzip_decompress(content)
        except (deflate.DeflateError, ValueError):
            plain = b""
        if len(plain) == promised:
            return plain
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        plain = file.read(expected + 1)
    if len(plain) > expected:
        raise ValueError(f"unpacks to more than the {expected} bytes of its header")
    return plain


def check_meta_image(content: bytes) -> None:
    """Refuse a MetaImage header that promises what the file does not contain.

    Raises
    ------
    ValueError
        With the key, what it says, and what was expected.
    """
    keys: dict[str, str] = {}
    end = 0
    for line in content[:_TEXT_BYTES].split(b"\n"):
        end += len(line) + 1
        key, sign, value = line.decode("latin-1").partition("=")
        if not sign or key.strip() in keys:
            raise ValueError(f"its header has a line {line[:40]!r}")
        keys[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":
            break
    if keys.get("ElementDataFile") != "LOCAL":
        found = keys.get("ElementDataFile", "nothing")
        raise ValueError(f"its voxels are in {found[:60]!r}; expected this very file")
    dimensions = _integers("NDims", keys, 1)[0]
    if dimensions not in (2, 3, 4):
        raise ValueError(f"NDims is {dimensions}; expected 2, 3 or 4")
    shape = _integers("DimSize", keys, dimensions)
    channels = _integers("ElementNumberOfChannels", keys, 1, "1")[0]
    if keys.get("ElementType") not in _META_TYPES or not 1 <= channels <= _CHANNELS:
        text = f"{keys.get('ElementType')!r} with {channels} channels"
        raise ValueError(f"its voxels are {text}; expected numbers")
    size = check_size(shape, channels * _META_TYPES[keys["ElementType"]])
    for key in _META_NUMBERS & keys.keys():
        _finite(key, keys[key], {dimensions, dimensions**2})
    if _integers("HeaderSize", keys, 1, "0")[0] != 0:
        raise ValueError("HeaderSize is not 0; expected voxels behind the header")
    if keys.get("CompressedData", "False").lower() == "true":
        # Without it ITK gives whatever is in memory, and no error.
        if _integers("CompressedDataSize", keys, 1)[0] != len(content) - end:
            found = keys["CompressedDataSize"]
            raise ValueError(f"CompressedDataSize is {found}, not {len(content) - end}")
        _check_inflated(content[end:], size, zlib.MAX_WBITS)
    elif len(content) - end != size:
        raise ValueError(f"{len(content) - end} bytes of voxels, expected {size}")


def check_nrrd(content: bytes) -> None:
    """Refuse an NRRD header that promises what the file does not contain.

    Raises
    ------
    ValueError
        With the field, what it says, and what was expected.
    """
    split = re.search(rb"\r?\n\r?\n", content[: 16 * _TEXT_BYTES])
    if split is None:
        raise ValueError("its header has no end")
    keys: dict[str, str] = {}
    for line in content[: split.start()].decode("latin-1").splitlines()[1:]:
        key, sign, value = line.partition(": ")
        if sign and not line.startswith("#"):
            keys[key.strip().lower()] = value.strip()
    if "data file" in keys or "datafile" in keys:
        raise ValueError("its voxels are in another file; expected this very file")
    for key in ("line skip", "lineskip", "byte skip", "byteskip"):
        if keys.get(key, "0") != "0":
            raise ValueError(f"{key} is {keys[key][:20]}; expected 0")
    dimensions = _integers("dimension", keys, 1)[0]
    if dimensions not in (2, 3, 4):
        raise ValueError(f"dimension is {dimensions}; expected 2, 3 or 4")
    shape = _integers("sizes", keys, dimensions)
    kind = re.sub(r"^(u?)int(\d+)_t$", r"\2", keys.get("type", "").lower())
    itemsize = _NRRD_BITS.get(kind) or _NRRD_TYPES.get(kind)
    if itemsize is None:
        raise ValueError(f"its voxels are {kind[:40]!r}; expected numbers")
    size = check_size(shape, itemsize)
    encoding = keys.get("encoding", "").lower()
    voxels = content[split.end() :]
    if encoding in ("gzip", "gz"):
        _check_inflated(voxels, size, zlib.MAX_WBITS | 16)
    elif encoding != "raw":
        raise ValueError(f"encoding is {encoding[:20]!r}; expected raw or gzip")
    elif len(voxels) != size:
        raise ValueError(f"{len(voxels)} bytes of voxels, expected {size}")


def _check_inflated(stream: bytes, size: int, window: int) -> None:
    """Refuse a deflated stream that is not exactly the voxels, in bounded memory."""
    inflate, found, rest = zlib.decompressobj(window), 0, stream
    while not inflate.eof and found <= size:
        block = inflate.decompress(rest, 1 << 20)
        if not block and not inflate.eof:
            break
        found, rest = found + len(block), inflate.unconsumed_tail
    if found != size or not inflate.eof:
        more = "more than " if found > size else ""
        raise ValueError(f"{more}{min(found, size)} bytes of voxels, expected {size}")


def _integers(
    key: str, keys: dict[str, str], count: int, default: str = ""
) -> tuple[int, ...]:
    words = keys.get(key, default).split()
    if len(words) != count or not all(re.fullmatch(r"-?[0-9]{1,9}", w) for w in words):
        found = keys.get(key, "nothing")[:40]
        raise ValueError(f"{key} is {found!r}; expected {count} integers")
    return tuple(map(int, words))


def _finite(key: str, text: str, counts: set[int]) -> None:
    try:
        numbers = np.array(text.split(), np.float64)
    except ValueError:
        numbers = np.array([np.nan])
    if len(numbers) not in counts or not np.isfinite(numbers).all():
        raise ValueError(f"{key} is {text[:40]!r}; expected finite numbers")
