"""Where work is done: on this machine, unless a cluster was chosen around it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, Protocol


class Cluster(Protocol):
    """Workers elsewhere."""

    def in_order(
        self, work: Callable[[Any], Any], items: Sequence[Any]
    ) -> Iterator[Any]:
        """Yield the result of every item, in the order of the items."""
        ...


_CHOSEN: Final[ContextVar[Cluster | None]] = ContextVar("cluster", default=None)


@contextmanager
def on_cluster(
    address: str | None, *, read: Sequence[Path] = (), written: Sequence[Path] = ()
) -> Iterator[None]:
    """Let `in_order` and `row_by_row` work on a Dask cluster while this is open.

    Results are the same, to the bit, as long as the workers' processors round as this
    one does; the number of worker processes that callers ask for has no effect.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://host:8786``, or the path of the JSON file that
        it wrote; None works on this machine.
    read
        Files and folders that workers have to see under the same names.
    written
        Folders that workers have to see, and in which they or this process write.

    Raises
    ------
    MissingExtraError
        If distributed is not installed.
    InvalidInputError
        If no scheduler answers, it has no workers, or a worker has another version of
        bratsfuse or what it computes with, or does not see a folder.
    """
    if address is None:
        yield
        return
    from bratsfuse.parallel.cluster import connected

    with connected(address, read, written) as cluster:
        token = _CHOSEN.set(cluster)
        try:
            yield
        finally:
            _CHOSEN.reset(token)


def chosen_cluster() -> Cluster | None:
    """Return the cluster that work is done on; None for this machine."""
    return _CHOSEN.get()
