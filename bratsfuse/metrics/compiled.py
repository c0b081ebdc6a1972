"""Compile the few loops that NumPy cannot express, once per computer.

A module with such a loop imports numba when it is imported, so nothing imports one of
them at module level: the public functions do it when they run.
"""

import functools
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import numba
import numpy as np
from numba.core.event import Event, Listener, register

P = ParamSpec("P")
R = TypeVar("R")

SOURCES: Final = Path(__file__).parent
"""Where all loops are, and all constants that they were compiled with."""

logger = logging.getLogger(__name__)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled to machine code, kept in numba's cache on disk.

    Floating point stays IEEE (no ``fastmath``) and one thread does the work: the same
    input gives the same digits in every run. ``error_model="numpy"`` drops the
    division checks that would keep loops from being vectorised.

    The cache belongs to the sources of all metrics as they are: numba itself looks only
    at the age and size of the file of a function, not at those that it calls, and went
    on with what it had of them before an edit or an update.

    Where no folder for the cache can be written, every process compiles anew. With
    ``NUMBA_DISABLE_JIT=1`` the function runs as it is written, for debuggers and
    coverage: thousands of times slower, with the same values.
    """
    if getattr(numba.config, "DISABLE_JIT", False):
        return _as_written(function)
    name = function.__qualname__
    function.__qualname__ = f"{name}-{sources_digest()[:12]}"  # names its cached files
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        return numba.njit(error_model="numpy", nogil=True)(function)
    finally:
        function.__qualname__ = name


@functools.cache
def sources_digest() -> str:
    """Return the SHA-256 of the sources of all metrics, in hex."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(SOURCES)} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _as_written(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with divisions by zero as silent as in machine code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return run


class _Announcement(Listener):
    """Says once per process that a compilation, not a hang, is what takes seconds."""

    def __init__(self) -> None:
        self.made = False

    def on_start(self, event: Event) -> None:
        function = event.data["dispatcher"].py_func
        if not self.made and function.__module__.startswith("bratsfuse."):
            self.made = True
            # A warning, since that is what an unconfigured logging shows on stderr.
            logger.warning(
                "compiling the metrics for this computer; takes some seconds, once"
            )

    def on_end(self, event: Event) -> None:
        """Nothing to say."""


# numba reports here the compilations that its cache could not save.
register("numba:compile", _Announcement())  # type: ignore[no-untyped-call]
