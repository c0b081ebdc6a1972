"""Work on a Dask cluster: a scheduler and workers in processes of their own."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from bratsfuse.errors import InvalidInputError, WorkerDiedError
from bratsfuse.parallel import in_order, on_cluster
from bratsfuse.parallel.cluster import Common, in_common, missing

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


def double(item, *, killed: Path | None = None):
    """Return twice an item; its worker is killed at the first 3 that there is."""
    if killed is not None and item == 3:
        try:
            killed.touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return item * 2, os.getpid(), str(Path.cwd())


def told_by_us(caplog):
    ours = "bratsfuse.parallel.cluster"
    return [one.getMessage() for one in caplog.records if one.name == ours]


def die(item):
    os.kill(os.getpid(), signal.SIGKILL)


def test_work_goes_on_without_a_worker_that_is_killed(
    cluster, tmp_path, caplog, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    work = partial(double, killed=tmp_path / "killed")
    with on_cluster(cluster.scheduler_address, written=[tmp_path]):
        found = list(in_order(work, range(12), workers=1))
        for _ in range(100):  # it is told by another thread
            if told := told_by_us(caplog):
                break
            time.sleep(0.05)
    assert [twice for twice, _, _ in found] == list(range(0, 24, 2))
    pids = {pid for _, pid, _ in found}
    assert os.getpid() not in pids
    assert {folder for _, _, folder in found} == {str(tmp_path)}
    assert len(told) == 1
    assert "was lost; its work (" in told[0]
    assert next(in_order(double, [1], workers=1))[1] == os.getpid()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed"]


def test_a_result_whose_worker_is_lost_is_no_exception(cluster, monkeypatch):
    """It was fetched, and Dask waits for the task again: it has no status then."""
    monkeypatch.setattr(distributed.Future, "status", property(lambda _: "pending"))
    with on_cluster(cluster.scheduler_address):
        found = list(in_order(double, [1, 2], workers=1))
    assert [twice for twice, _, _ in found] == [2, 4]


def take_long(item):
    time.sleep(1.5)  # the client looks every second whether there is a worker
    return item


def test_work_that_takes_long_is_waited_for(cluster):
    with on_cluster(cluster.scheduler_address):
        assert list(in_order(take_long, [5], workers=1)) == [5]


def wait_in_vain(item):
    raise TimeoutError(f"nobody answers {item}")


def test_work_that_waited_in_vain_says_so(cluster):
    refused = pytest.raises(TimeoutError, match="nobody answers 5")
    with on_cluster(cluster.scheduler_address), refused:
        list(in_order(wait_in_vain, [5], workers=1))


@pytest.mark.slow
def test_work_that_kills_every_worker_ends(cluster, monkeypatch):
    monkeypatch.setattr("bratsfuse.parallel.cluster.ALONE_S", 5)
    with (
        on_cluster(cluster.scheduler_address),
        pytest.raises(WorkerDiedError, match=r"(several|no) worker.* kept"),
    ):
        list(in_order(die, [1], workers=1))


def test_a_scheduler_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr("bratsfuse.parallel.cluster.ANSWER_S", 0.2)
    with (
        pytest.raises(InvalidInputError, match=r"no Dask scheduler answers.*start one"),
        on_cluster("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("address", ["scheduler.json", "tcp://host"])
def test_what_is_no_address_is_refused(address):
    refused = pytest.raises(InvalidInputError, match="no such file; expected one")
    with refused, on_cluster(address):
        pass


def test_what_a_worker_lacks_is_said(tmp_path):
    (tmp_path / "a").touch()
    here = in_common([(tmp_path, "")])
    assert missing(here) == ""
    elsewhere = Common(here.versions, here.folder, ((str(tmp_path), "others"),))
    assert "is not there, or another; put it on storage" in missing(elsewhere)
    older = Common((("bratsfuse", "0.0"), *here.versions[1:]), here.folder, ())
    assert "not 0.0; install the same version" in missing(older)
