import functools
import gc
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from once import once

# A busy machine is no fault of what is tested: nothing here depends on elapsed time.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")

# Two processes of pytest have two cores; threads of one would wait for those of the
# other, at full load.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

# Hundreds of processes are started; each would compile the same files anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A process with a network for every scored image costs seconds; tests that are about it
# switch it on.
os.environ["BRATSFUSE_REFERENCE_SEGMENTER"] = "0"

# Each full collection looks at all that torch, datasets and Matplotlib have made, which
# is a tenth of the time of all tests.
gc.set_threshold(100_000, 20, 100)

PHANTOM_CASES = 6


def pytest_configure(config):
    """Let commands work in their own process unless a test asks for several.

    A worker process loads everything anew, in seconds, and two processes of pytest
    keep two cores busy already. Done before any module has taken the function.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr("bratsfuse.parallel.available_cores", lambda: 1)
    config.add_cleanup(patch.undo)


def pytest_collection_modifyitems(config, items):
    """Skip what needs real cases where there are none, and say so."""
    if os.environ.get("BRATSFUSE_REAL_DATA"):
        return
    skip = pytest.mark.skip(reason="BRATSFUSE_REAL_DATA names no folder of real cases")
    for item in items:
        if "data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real_data() -> Path:
    return Path(os.environ["BRATSFUSE_REAL_DATA"])


@pytest.fixture(scope="session", autouse=True)
def small_previews():
    """Let the pictures in previews be small: they are most of the work of a toy build.

    Their number, order, titles and colours are the same. The same words are drawn once.
    """
    from bratsfuse.release import montage

    drawn = functools.cache(montage.words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(montage, "CELL_PIXELS", 64)
        patch.setattr(montage, "words", lambda *words: drawn(*words).copy())
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_waits_for_the_disk():
    """Let no result be forced to the disk: what a test makes need not outlast it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda opened: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def readers_are_copies():
    """Let copies of processes read what is not trusted, with the same limits.

    A new process loads NumPy and HDF5 before it reads, for most of its time. What
    starts one, and those that start, are tested in attacks/.
    """
    from reader_copies import ReaderCopies

    from bratsfuse.release import trial
    from bratsfuse.submission import read

    at_first = {*threading.enumerate()}  # those of pytest-xdist, which listen
    waiting = "tqdm_monitor", "ThreadPoolExecutor"

    def others_only_wait():
        more = {*threading.enumerate()} - at_first
        return all(one.name.startswith(waiting) for one in more)

    copies = ReaderCopies()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "run_reader", copies)
        if sys.platform == "linux":
            patch.setattr(trial, "may_be_copied", others_only_wait)
        yield
    copies.close()


@pytest.fixture
def new_process(monkeypatch):
    """Let a new process read submissions, as outside of tests."""
    from reader_copies import NEW_PROCESS

    monkeypatch.setattr("bratsfuse.submission.read.run_reader", NEW_PROCESS)


def may_leave_files(item):
    """Return whether a test says that a library leaves files open in it."""
    marks = item.iter_markers("filterwarnings")
    return any("ResourceWarning" in mark.args[0] for mark in marks)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Collect the files that tests may leave open, before a test that may not.

    A full collection takes most of a second once everything is loaded.
    """
    if may_leave_files(item) and not (nextitem and may_leave_files(nextitem)):
        gc.collect()


@pytest.fixture(scope="session")
def worker_id(request):
    return getattr(request.config, "workerinput", {"workerid": "master"})["workerid"]


@pytest.fixture(scope="session")
def phantom_raw(tmp_path_factory, worker_id) -> Path:
    """Six phantom cases in full size, written once per test run."""
    from bratsfuse.builders import BUILDERS
    from bratsfuse.phantom import write_phantoms

    def make(folder):
        write_phantoms(BUILDERS["brats2021"], folder, cases=PHANTOM_CASES, workers=1)

    return once(tmp_path_factory, worker_id, "phantoms", make)


@pytest.fixture(scope="session")
def phantom_release(tmp_path_factory, worker_id, phantom_raw) -> Path:
    """A release of 40 slice sets from the phantoms. Tests must not change it."""
    from bratsfuse.builders import find_cases
    from bratsfuse.building import build
    from bratsfuse.raw import read_case
    from bratsfuse.release import Recipe

    def make(folder):
        found = find_cases(phantom_raw)
        build(found.layout, found.cases, Recipe(slices=40), folder, read=read_case)

    return once(tmp_path_factory, worker_id, "phantom_release", make)


@pytest.fixture(scope="session")
def built_toy_release(tmp_path_factory) -> Path:
    """A small release. Tests must not change it."""
    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import build
    from bratsfuse.raw import read_case, scan

    folder = tmp_path_factory.mktemp("toys")
    raw = write_toys(folder / "raw", cases=4)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    build(form, cases, TOY_RECIPE, folder / "release", read=read_case)
    return folder / "release"


@pytest.fixture
def toy_release(built_toy_release, tmp_path) -> Path:
    """A copy of the small release that a test may break."""
    return shutil.copytree(built_toy_release, tmp_path / "release")
