"""HDF5 from elsewhere is read on trial first, by a process that may loop or die.

The library trusts what a file says of its own structure: a few changed bytes let it
loop for ever, inside one call that nothing can interrupt. So another process reads all
but the pixels before this one does, with little processor time and memory. Each state
of a file is tried once in a process, and a small file once with all its copies.
"""

import faulthandler
import hashlib
import os
import signal
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import h5py

from bratsfuse.errors import ReleaseError, WorkerDiedError
from bratsfuse.parallel.deaths import KILLS
from bratsfuse.parallel.processes import may_be_copied
from bratsfuse.release.hdf5 import link_flaw, open_regular, sound_dataset, texts
from bratsfuse.release.stored_images import StoredImages

SECONDS: Final = 20
"""Of processor time: a release of 2040 slice sets takes less than one."""
_MEMORY: Final = 1 << 30
"""Bytes of address space, beyond those that the process has."""
START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from pathlib import Path; "
    "from bratsfuse.release.trial import be_the_reader; "
    "be_the_reader(Path(sys.argv[1]))"
)
_OUT_OF_MEMORY: Final = 3
_NO_END: Final = 4
WAIT: Final = None if sys.platform != "win32" else 6 * SECONDS
"""Seconds by the clock, where a process cannot be given so much work and no more."""

SMALL: Final = 4 << 20
"""Bytes: to read them takes much less time than a trial."""

TRIED: Final[set[str | tuple[int, int, int, int]]] = set()
"""What could be read; of this process alone."""


def try_reading(path: Path) -> None:
    """Let another process read the structure of an HDF5 file.

    Raises
    ------
    OSError
        If there is no such file.
    ReleaseError
        If the reader did not end, was ended by a fault of the library, or took much
        memory. All else is left to the reader that follows.
    WorkerDiedError
        If the reader was killed by others, or could not be started: nothing is known
        of the file then.
    """
    state = _state(path)
    if state in TRIED:
        return
    try:
        status = in_a_copy(path) if may_be_copied() else in_a_process(path)
    except OSError as problem:
        raise WorkerDiedError(
            f"{path}: no process can be started to read it ({problem.strerror}); "
            "close other programs and read it again"
        ) from problem
    if -status in KILLS:
        raise WorkerDiedError(
            f"{path}: its reader was killed by {signal.Signals(-status).name}, most "
            "likely for want of memory; close other programs and read it again",
            status=status,
        )
    if not 0 <= status <= 255 or status in (_OUT_OF_MEMORY, _NO_END):
        raise ReleaseError(
            f"{path}: HDF5 cannot read it safely: {_why(status)}; the file is damaged "
            "or made to harm: copy it again from where it was published"
        )
    TRIED.add(state)


def _state(path: Path) -> str | tuple[int, int, int, int]:
    """Return what is equal for the same file only, or for all copies of a small one."""
    found = path.stat()
    if stat.S_ISREG(found.st_mode) and found.st_size <= SMALL:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _why(status: int) -> str:
    if status == _OUT_OF_MEMORY:
        return f"it takes more than {_MEMORY >> 20} MiB of memory for no image"
    if status == _NO_END:
        return f"no end after {WAIT} s"
    if sys.platform != "win32" and -status == signal.SIGXCPU:
        return f"no end after {SECONDS} s of work"
    if status > 0:  # as Windows tells of a death
        return f"reading it ended with {status:#x}"
    return f"reading it was ended by {signal.Signals(-status).name}"


def in_a_copy(path: Path) -> int:
    """Return how a copy of this process ended, which has HDF5 loaded already."""
    with warnings.catch_warnings():  # of threads: those of libraries do not matter here
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        be_the_reader(path)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def in_a_process(path: Path) -> int:
    """Return how a new process ended: a copy of one with threads may wait for ever."""
    root = str(Path(__file__).parents[2])
    paths = [root, *(str(Path(entry).absolute()) for entry in sys.path if entry)]
    command = [sys.executable, "-I", "-S", "-B", "-c", START, str(path), *paths]
    try:
        return subprocess.run(  # noqa: S603  (our own program)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=WAIT,
        ).returncode
    except subprocess.TimeoutExpired:
        return _NO_END


def be_the_reader(path: Path) -> NoReturn:
    """Read all but the pixels, and end this process."""
    status = 0
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for it ends it
        faulthandler.disable()  # its parent tells of its death, in one line
        if sys.platform != "win32":
            _limit_itself()
        read_structure(path)
    except MemoryError:
        status = _OUT_OF_MEMORY
    finally:
        os._exit(status)


def _limit_itself() -> None:
    """Allow this process little work and, on Linux, little more memory."""
    import resource  # not on Windows

    def limit(kind: int, value: int) -> None:
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY or value < hard:
            resource.setrlimit(kind, (value, hard))

    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit(resource.RLIMIT_CPU, SECONDS)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit(resource.RLIMIT_AS, pages * resource.getpagesize() + _MEMORY)


def read_structure(path: Path) -> None:
    """Read all that may harm: the attributes and every column but the pixels."""
    with open_regular(path) as file:
        with _whatever_is_raised():
            dict(file.attrs)
        for name in file:
            with _whatever_is_raised():
                if not link_flaw(file, name):
                    _read_column(file, name)


def _read_column(file: h5py.File, name: str) -> None:
    column = file[name]
    if isinstance(column, h5py.Dataset) and column.chunks is not None:
        column.id.get_num_chunks()
    column = sound_dataset(file, name)
    if column is None:
        return
    if h5py.check_string_dtype(column.dtype) is not None:
        texts(file, column)
    elif column.ndim < 3:
        column[()]
    else:
        StoredImages.of(file, column)


@contextmanager
def _whatever_is_raised() -> Iterator[None]:
    """Pass over an exception: who reads after the trial meets it again."""
    try:
        yield
    except MemoryError:
        raise
    except Exception:  # noqa: S110
        pass
