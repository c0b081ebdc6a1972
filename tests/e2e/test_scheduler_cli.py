"""``--scheduler``: a cluster of processes of their own, one of which is killed."""

import json
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The file of a scheduler with two workers, and their processes."""
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    shown = ["--no-dashboard", "--scheduler-file", address]
    worker = ["worker", "--nthreads", "1", "--no-nanny", *shown]
    with (folder / "log").open("w") as log:
        started = [
            subprocess.Popen([*dask, *words], stdout=log, stderr=log, cwd=folder)
            for words in (["scheduler", "--port", "0", *shown], worker, worker)
        ]
        while not address.exists():
            assert started[0].poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield address, started[1:]
        for one in started:
            one.send_signal(signal.SIGKILL)
            one.wait()


def run(*words):
    done = CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def kill_after(files, process):
    """Kill a worker when it has finished something, in another process."""
    script = (
        "import os, sys, time, pathlib\n"
        "folder, pid = pathlib.Path(sys.argv[1]), int(sys.argv[2])\n"
        "while not any(folder.glob('parts/*.h5')): time.sleep(0.02)\n"
        "os.kill(pid, 9)\n"
    )
    return subprocess.Popen([sys.executable, "-c", script, files, str(process.pid)])


@pytest.mark.slow
def test_build_and_evaluate_are_the_same_without_a_worker_that_is_killed(
    cluster, phantom_raw, phantom_release, tmp_path, caplog
):
    address, (first, _) = cluster
    release = tmp_path / "release"
    killer = kill_after(tmp_path / "release.building", first)
    run("build", phantom_raw, "-o", release, "--slices", 40, "--scheduler", address)
    assert killer.wait(60) == 0
    for _ in range(200):
        if "was lost; its work" in caplog.text:
            break
        time.sleep(0.05)
    assert "was lost; its work" in caplog.text
    here, there = (
        json.loads((folder / "manifest.json").read_bytes())
        for folder in (phantom_release, release)
    )
    assert here["fingerprint"] == there["fingerprint"]
    submission = tmp_path / "submission"
    run("predict", "laplacian", release, "-o", submission, "--scheduler", address)
    report = tmp_path / "report"
    words = ("evaluate", submission, "--release", release)
    run(*words, "-o", report, "--workers", 1)
    told = run(*words, "--recheck", report, "--scheduler", address)
    assert told.output.endswith("reproduced\n")


@pytest.mark.parametrize(
    "words",
    [
        ("build", "raw", "-o", "out"),
        ("fuse", "average", "release", "-o", "out"),
        ("predict", "average", "release", "-o", "out"),
        ("evaluate", "submission", "--release", "release", "-o", "out"),
        ("score", "fused", "--source", "a", "--source", "b"),
        ("experiment", "release", "-o", "out"),
    ],
)
def test_every_long_command_takes_a_scheduler(words, monkeypatch, tmp_path):
    def refuse(address, read=(), written=()):
        raise SystemExit(f"asked for {address}")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    monkeypatch.setattr("bratsfuse.parallel.on_cluster", refuse)
    found = SimpleNamespace(layout=SimpleNamespace(title=""), cases=[])
    monkeypatch.setattr("bratsfuse.builders.find_cases", lambda *_: found)
    done = CliRunner().invoke(main, [*words, "--scheduler", "tcp://nowhere:1"])
    assert str(done.exception) == "asked for tcp://nowhere:1", done.output


def test_a_program_is_not_run_on_a_cluster():
    words = ["predict", "--command", "x {t1} {mask}", "r", "-o", "s"]
    done = CliRunner().invoke(main, [*words, "--scheduler", "tcp://nowhere:1"])
    assert done.exit_code == 2
    assert "--scheduler does not go with --command" in done.output
