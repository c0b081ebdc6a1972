"""What a worker was working on, and which signal ended it."""

import os
import signal
from collections.abc import Iterable, Sequence
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Final

from bratsfuse.errors import WorkerDiedError

CRASHES: Final = frozenset(
    getattr(signal, name)
    for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL")
    if hasattr(signal, name)  # Windows has no SIGBUS
)
"""Signals by which a program ends itself: of the item, not of the machine."""

KILLS: Final = frozenset(
    getattr(signal, name)
    for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)  # Windows has two of them
)
"""How others end a process: for want of memory, at shutdown, by hand."""

_SHOWN: Final = 80


class Desks:
    """Which item each worker has on its desk, in memory that all of them share.

    It travels to a worker as an argument of its initialiser, and nowhere else.
    """

    def __init__(self, context: BaseContext, workers: int) -> None:
        self._taken = context.Value("q", 0)
        # A worker that takes the place of a dead one has a desk of its own.
        self._owners: Any = context.Array("q", 4 * workers, lock=False)
        self._items: Any = context.Array("q", 4 * workers, lock=False)

    def take(self) -> None:
        """Take a desk for this process."""
        global _desk
        with self._taken.get_lock():
            number = self._taken.value % len(self._owners)
            self._taken.value += 1
        self._owners[number], self._items[number] = os.getpid(), -1
        _desk = (self, number)

    def put(self, place: int, item: int) -> None:
        """Put the number of an item on a desk; -1 when it is done."""
        self._items[place] = item

    def of(self, process: int | None) -> int | None:
        """Return the number of the item of a process, None if it has none."""
        for owner, item in zip(self._owners, self._items, strict=True):
            if owner == process and item >= 0:
                return int(item)
        return None


_desk: tuple[Desks, int] | None = None


def put_on_desk(item: int) -> None:
    """Note what this worker works on."""
    if _desk is not None:
        desks, number = _desk
        desks.put(number, item)


def death(
    processes: Iterable[BaseProcess], desks: Desks, items: Sequence[object]
) -> WorkerDiedError:
    """Return who died of what, at which item, and what to do.

    Parameters
    ----------
    processes
        The workers, all ended. Those that the pool itself ended have SIGTERM.
    desks
        What they were working on.
    items
        By their numbers.
    """
    for process in processes:
        status = process.exitcode
        if status in (None, 0, -signal.SIGTERM):
            continue
        number = desks.of(process.pid)
        item = None if number is None else items[number]
        at = "" if item is None else f" at {item_name(item)}"
        if status > 0:
            how, cause = f"ended with status {status}", "see the lines above"
        else:
            how = f"was ended by {signal.Signals(-status).name}"
            cause = "most likely for want of memory: use fewer --workers"
            if -status in CRASHES:
                cause = "a library could not read its files: leave it out or repair it"
        text = f"a worker process {how}{at}, {cause}; what is finished is kept"
        return WorkerDiedError(text, item=item, status=status)
    return WorkerDiedError(
        "a worker process ended abruptly, most likely for want of memory; "
        "use fewer --workers: what is finished is kept"
    )


def item_name(item: object) -> str:
    """Return what people call an item: the id of its case, its rows, or its name."""
    if isinstance(item, range):
        return f"rows {item.start} to {item.stop - 1}"
    for name in ("id", "case_id", "case", "name"):
        found = getattr(item, name, None)
        if isinstance(found, str):
            return found[:_SHOWN]
        if found is not None and isinstance(getattr(found, "id", None), str):
            return str(found.id)[:_SHOWN]
    return " ".join(str(item).split())[:_SHOWN]
