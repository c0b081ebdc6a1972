"""A loop that stands in the file of its metric and is compiled when it is first called.

Numba takes longer to import than ten images to score, so the file of a metric must not
import it: its record is read far more often than it is computed. Loops that call each
other stay in modules of their own, under `bratsfuse.metrics.compiled.compiled`.
"""

import functools
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class CompiledLoop(Generic[P, R]):
    """A decorator: the function as machine code, made on first use."""

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function returns."""
        return self.dispatcher(*args, **kwargs)

    @functools.cached_property
    def dispatcher(self) -> Callable[P, R]:
        """The compiled function."""
        from bratsfuse.metrics.compiled import compiled

        return compiled(self._function)
