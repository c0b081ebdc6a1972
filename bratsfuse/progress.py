"""How long work reports how far it is."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the step, how many of its items are done, and how many there are."""


def silent(step: str, done: int, total: int) -> None:
    """Report nothing."""
