"""An address such as ``s3://bucket/release``, and where its copy lies."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from bratsfuse.errors import BratsfuseError, InvalidInputError, MissingExtraError

_SCHEME: Final = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_COPIES: Final = "remote"


def is_address(text: str) -> bool:
    """Return whether a text is the address of something elsewhere, and not a path."""
    return _SCHEME.match(text) is not None


def cache() -> Path:
    """Return where copies lie: ``BRATSFUSE_CACHE``, or the user's folder for such."""
    if chosen := os.environ.get("BRATSFUSE_CACHE"):
        return Path(chosen).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "bratsfuse"


def copy_of(address: str, kind: str) -> Path:
    """Return where the copy of an address lies, which may not be there yet.

    Parameters
    ----------
    address
        Such as ``s3://bucket/release``.
    kind
        ``read`` or ``written``: a result is never made where its input is.

    Raises
    ------
    InvalidInputError
        If the address has no path, or one that leads out of it.
    """
    scheme, _, rest = address.partition("://")
    parts = [part for part in rest.split("/") if part]
    if not parts or any(part in (".", "..") for part in parts):
        raise InvalidInputError(
            f"{address}: expected an address such as s3://bucket/folder"
        )
    safe = [re.sub(r"[^\w.@=+-]", "_", part) for part in parts]
    return cache().joinpath(_COPIES, kind, scheme.lower(), *safe)


def in_addresses(text: str) -> str:
    """Return a text with the places of copies written as their addresses."""
    root = re.escape(str(cache() / _COPIES))
    return re.sub(rf"{root}/(?:read|written)/([^/\s]+)/", r"\1://", text)


def opened(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it.

    Raises
    ------
    MissingExtraError
        If what the scheme needs is not installed.
    InvalidInputError
        If nothing knows the scheme.
    """
    from fsspec.core import url_to_fs

    try:
        return cast("tuple[Any, str]", url_to_fs(address.rstrip("/")))
    except ImportError as problem:
        raise MissingExtraError(
            f"{address}: {problem}; pip install 'bratsfuse[cloud]'"
        ) from problem
    except ValueError as problem:
        raise InvalidInputError(
            f"{address}: {problem}; expected s3://, gs:// or https://"
        ) from problem


@contextlib.contextmanager
def in_one_line(address: str, done: str) -> Iterator[None]:
    """Turn what any file system raises into one line of ours."""
    try:
        yield
    except BratsfuseError:
        raise
    except Exception as problem:  # every file system has errors of its own
        text = " ".join(str(problem).split()) or type(problem).__name__
        raise InvalidInputError(
            f"{address}: cannot be {done} ({text}); check the address and your access"
        ) from problem
