"""A Dask cluster that works in place of processes of this machine.

Dask does the work of a lost worker again elsewhere; here it is said, and whatever a
worker must have in common with this process is checked before it is given any work.
"""

import importlib.metadata
import logging
import math
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bratsfuse import __version__
from bratsfuse.errors import (
    BratsfuseError,
    InvalidInputError,
    MissingExtraError,
    WorkerDiedError,
)
from bratsfuse.place import Kind, workplace
from bratsfuse.wording import counted

if TYPE_CHECKING:
    from distributed import Client, Future

_LOG = logging.getLogger(__name__)

_COMPUTING: Final = ("numpy", "scipy", "numba", "scikit-image", "torch")
"""What results are computed with; other versions may round differently."""

ANSWER_S: Final = 10
"""Time in which a scheduler has to answer."""

_START_S: Final = 60
"""Time in which the first worker has to come."""

ALONE_S: Final = 60
"""Time without any worker after which work is given up; new ones may come in it."""

_PROBE: Final = Kind(name="probe")
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Common:
    """What a worker has to have in common with the process that gives it work.

    Attributes
    ----------
    versions
        Name and version of bratsfuse and what it computes with.
    folder
        The current directory, which relative paths start from.
    seen
        Paths, and what each contains.
    """

    versions: tuple[tuple[str, str], ...]
    folder: str
    seen: tuple[tuple[str, str], ...]


class DaskCluster:
    """The workers of a scheduler, as `bratsfuse.parallel.places.Cluster`.

    Parameters
    ----------
    client
        Connected to the scheduler.
    common
        What every worker must have.
    """

    def __init__(self, client: "Client", common: Common) -> None:
        self._client = client
        self._common = common
        self._workers = 1
        self._counted_at = -1.0

    def in_order(
        self, work: Callable[[Any], Any], items: Sequence[Any]
    ) -> Iterator[Any]:
        """Yield the result of every item, in the order of the items.

        Raises
        ------
        WorkerDiedError
            If several workers died of the same item, none is left, or the scheduler is
        lost.
        """
        from distributed.scheduler import KilledWorker

        task = _Task(work, self._common)
        # Dask's executor would take the result of a task for its exception, if the
        # worker that has it is lost while it is fetched.
        pending: deque[Future[Any]] = deque()
        try:
            for item in items:
                pending.append(self._client.submit(task, item, pure=False))
                if len(pending) >= 2 * self._count():
                    yield self._result(pending.popleft())
            while pending:
                yield self._result(pending.popleft())
        except KilledWorker as problem:
            raise WorkerDiedError(
                "several workers of the cluster ended abruptly at the same work, most "
                "likely for want of memory; start workers with more of it: what is "
                "finished is kept"
            ) from problem
        except CancelledError as problem:
            raise WorkerDiedError(
                "the scheduler of the cluster is lost; start it and run the same "
                "command again: what is finished is kept"
            ) from problem
        finally:
            self._client.cancel(list(pending))

    def _result(self, future: "Future[Any]") -> Any:  # noqa: ANN401  (of any work)
        alone_since = math.inf
        while True:
            try:
                return future.result(timeout=1)
            except TimeoutError:
                if future.status == "error":  # the work itself waited for something
                    raise future.exception() from None
            now = time.monotonic()
            alone_since = min(alone_since, now) if self._is_alone() else math.inf
            if now - alone_since >= ALONE_S:
                raise WorkerDiedError(
                    f"the cluster has had no worker for {ALONE_S} s; start some and "
                    "run the same command again: what is finished is kept"
                )

    def _is_alone(self) -> bool:
        return not self._client.nthreads()

    def _count(self) -> int:
        """Return how many workers there are, which may change; asked once a second."""
        if time.monotonic() - self._counted_at > 1:
            self._workers = max(1, len(self._client.nthreads()))
            self._counted_at = time.monotonic()
        return self._workers


@contextmanager
def connected(
    address: str, read: Sequence[Path], written: Sequence[Path]
) -> Iterator[DaskCluster]:
    """Yield the cluster of a scheduler; see `bratsfuse.parallel.on_cluster`."""
    try:
        from distributed import Client
    except ImportError as problem:
        raise MissingExtraError(
            "--scheduler needs distributed; pip install 'bratsfuse[dask]'"
        ) from problem
    is_file = Path(address).is_file()
    if not is_file and not re.search(r":\d+$", address):
        raise InvalidInputError(
            f"--scheduler {address}: no such file; expected one, or an address such as "
            "tcp://host:8786"
        )
    place = {"scheduler_file" if is_file else "address": address}
    try:
        client = Client(**place, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:
        raise InvalidInputError(
            f"--scheduler {address}: no Dask scheduler answers ({problem}); expected "
            "an address such as tcp://host:8786; start one with: dask scheduler"
        ) from problem
    with client:
        try:
            client.wait_for_workers(1, timeout=_START_S)
        except TimeoutError as problem:
            raise InvalidInputError(
                f"--scheduler {address}: has no workers; start some with: dask worker "
                f"{address} --nworkers N --nthreads 1"
            ) from problem
        client.subscribe_topic("all", _say_lost)
        yield DaskCluster(client, _checked(client, read, written))


def _checked(client: "Client", read: Sequence[Path], written: Sequence[Path]) -> Common:
    """Return what workers must have, when all that are there have it."""
    seen = [(path, _content(path)) for path in read]
    common = in_common([*seen, *((path, "") for path in written)])
    with ExitStack() as probes:
        for path in written:  # an empty folder may exist everywhere, this one not
            probe = probes.enter_context(workplace(path / "on-cluster", _PROBE))
            seen.append((probe, _content(probe)))
        answers: Mapping[str, object] = client.run(
            missing, in_common(seen), on_error="return"
        )
    for worker, answer in answers.items():
        if isinstance(answer, BaseException):
            raise InvalidInputError(
                f"worker {worker}: cannot run bratsfuse ({answer}); install "
                f"bratsfuse {__version__} where it was started"
            )
        if answer:
            raise InvalidInputError(f"worker {worker}: {answer}")
    threads = sum(1 for count in client.nthreads().values() if count > 1)
    if threads:
        _LOG.warning(
            "%s with several threads, of which one works at a time; start workers "
            "with --nworkers N --nthreads 1",
            counted(threads, "worker"),
        )
    return common


def in_common(seen: Sequence[tuple[Path, str]]) -> Common:
    """Return what a worker must have in common with this process."""
    return Common(
        versions=_versions(),
        folder=str(Path.cwd()),
        seen=tuple((str(path.absolute()), content) for path, content in seen),
    )


def _versions() -> tuple[tuple[str, str], ...]:
    others = ((name, importlib.metadata.version(name)) for name in _COMPUTING)
    return (("bratsfuse", __version__), *others)


def missing(common: Common) -> str:
    """Return what this process has not in common with another one; empty if nothing."""
    for (name, wanted), (_, own) in zip(common.versions, _versions(), strict=True):
        if own != wanted:
            return f"has {name} {own}, not {wanted}; install the same version there"
    for path, content in (common.folder, ""), *common.seen:
        if not Path(path).exists() or (content and _content(Path(path)) != content):
            return (
                f"{path}: is not there, or another; put it on storage that all workers "
                "see under the same name"
            )
    return ""


def _content(path: Path) -> str:
    """Return the names in a folder, or the size of a file, as a digest."""
    if not path.is_dir():
        return str(path.stat().st_size) if path.exists() else ""
    names = sorted(one.name for one in path.iterdir())
    return sha256("\n".join(names).encode()).hexdigest()


_missing_once: Final = lru_cache(maxsize=8)(missing)


@dataclass(frozen=True, slots=True)
class _Task:
    """Work as a worker does it: where this process would, one at a time."""

    work: Callable[[Any], Any]
    common: Common

    def __call__(self, item: Any) -> Any:  # noqa: ANN401  (whatever the work takes)
        if problem := _missing_once(self.common):  # a worker that came later
            raise BratsfuseError(f"worker {os.uname().nodename}: {problem}")
        with _ONE_AT_A_TIME, chdir(self.common.folder):
            return self.work(item)


def _say_lost(event: tuple[float, Any]) -> None:
    _, told = event
    if isinstance(told, dict) and told.get("action") == "remove-worker":
        if told.get("expected"):
            return
        work = len(told["processing-tasks"]) + len(told["lost-computed-tasks"])
        _LOG.warning(
            "worker %s was lost; its work (%s) is done again by the others",
            told["worker"],
            counted(work, "task"),
        )
