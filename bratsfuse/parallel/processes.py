"""Work spread over processes, in bounded memory, with results in order."""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from typing import Final, TypeVar

from bratsfuse.parallel.deaths import Desks, death, put_on_desk
from bratsfuse.parallel.places import chosen_cluster

Item = TypeVar("Item")
Result = TypeVar("Result")

_ROWS_PER_TASK: Final = 16
"""So few that progress moves, so many that a worker's start of each is nothing."""


def in_order(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    *,
    forked: bool = False,
) -> Iterator[Result]:
    """Yield the result of every item, in the order of the items.

    Parameters
    ----------
    work
        A picklable function of one picklable item.
    items
        What to work on.
    workers
        Processes; with one, the work is done in this process. On a cluster that was
        chosen by `on_cluster`, its workers do all of it.
    forked
        Let workers start as copies of this process, with all that it has loaded, in no
        time. Only on Linux, and only while this process has a single thread; otherwise
        they are spawned, and load everything again. The work must open its own files.

    Raises
    ------
    WorkerDiedError
        If a worker process dies, for example for want of memory.
    """
    if (cluster := chosen_cluster()) is not None:
        yield from cluster.in_order(work, items)
        return
    workers = min(workers, len(items))
    if workers <= 1:
        yield from map(work, items)
        return
    pending: deque[Future[Result]] = deque()
    # Spawned by default: open HDF5 files and other libraries' threads do not survive a
    # fork.
    start = "fork" if forked and may_be_copied() else "spawn"
    context = get_context(start)
    desks, processes = Desks(context, workers), set(active_children())
    others = frozenset(processes)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(desks,)
    )
    try:
        for number, item in enumerate(items):
            pending.append(pool.submit(_noted, work, number, item))
            processes.update(active_children())
            if len(pending) >= 2 * workers:  # so few volumes are in memory at a time
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as problem:
        pool.shutdown(wait=True, cancel_futures=True)
        raise death(processes - others, desks, items) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _noted(work: Callable[[Item], Result], number: int, item: Item) -> Result:
    """Return the result of an item, which is on this worker's desk meanwhile."""
    put_on_desk(number)
    result = work(item)
    put_on_desk(-1)
    return result


def _begin(desks: Desks) -> None:
    """Begin as a worker: Ctrl-C is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    desks.take()
    _end_with_parent()


def may_be_copied() -> bool:
    """Return whether a copy of this process can do work: it has no other threads.

    A lock that another thread has would be held for ever in the copy.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def row_by_row(
    work: Callable[[range], Sequence[Result]],
    rows: int,
    workers: int,
    told: Callable[[int], None],
) -> Iterator[Result]:
    """Yield what is made of each row, in order.

    Parameters
    ----------
    work
        A picklable function of some neighbouring rows, which returns one result each.
    rows
        How many rows there are.
    workers
        As for `in_order`.
    told
        Called with the number of rows done.

    Raises
    ------
    WorkerDiedError
        If a worker process dies.
    """
    starts = range(0, rows, _ROWS_PER_TASK)
    tasks = [range(start, min(start + _ROWS_PER_TASK, rows)) for start in starts]
    done = 0
    for results in in_order(work, tasks, workers):
        for result in results:
            done += 1
            told(done)
            yield result


def _end_with_parent() -> None:
    """End this worker when its parent is killed, instead of waiting for ever."""
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def available_cores() -> int:
    """Return how many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def idle_cores() -> int:
    """Return how many cores have nothing to do just now, at least 1.

    By the load of the last minute, where the system has it; else all of them.
    """
    cores = available_cores()
    if not hasattr(os, "getloadavg"):
        return cores
    return max(1, cores - round(os.getloadavg()[0]))
