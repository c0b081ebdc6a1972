"""Releases, submissions and results elsewhere: an object store and a web server."""

import functools
import http.server
import json
import os
import shutil
import threading
from itertools import count
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner

from bratsfuse import BraTSFuse
from bratsfuse.cli import main
from bratsfuse.errors import BratsfuseError, InvalidInputError
from bratsfuse.remote.address import copy_of, in_addresses, in_one_line
from bratsfuse.remote.fetch import fetch
from bratsfuse.remote.send import send

moto = pytest.importorskip("moto.server")
pytest.importorskip("s3fs")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
BUCKETS = count()


@pytest.fixture(scope="module")
def store_address():
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(store_address, monkeypatch, tmp_path):
    """The address of an empty bucket; copies lie in a folder of the test."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", store_address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("BRATSFUSE_CACHE", str(tmp_path / "cache"))
    name = f"bucket{next(BUCKETS)}"
    fsspec.filesystem("s3").mkdir(name)
    return f"s3://{name}"


@pytest.fixture
def web(tmp_path, monkeypatch):
    """Return a function that serves a folder and returns its address."""
    monkeypatch.setenv("BRATSFUSE_CACHE", str(tmp_path / "cache"))
    servers = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        lists = True

        def log_message(self, *_):
            pass

        def list_directory(self, path):
            return super().list_directory(path) if self.lists else self.send_error(403)

    def serve(folder, *, lists=True):
        kind = type("Handler", (Quiet,), {"lists": lists})
        handler = functools.partial(kind, directory=str(folder))
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def run(*words, status=0):
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == status, (done.output, done.exception)
    return done


def put(folder, address):
    send(folder, address, overwrite=False)


def names(address):
    system, root = fsspec.core.url_to_fs(address)
    system.invalidate_cache()
    return {path.removeprefix(f"{root}/") for path in system.find(root)}


def fingerprint(address):
    with fsspec.open(f"{address}/manifest.json") as file:
        return json.load(file)["fingerprint"]


def test_a_release_and_a_report_in_an_object_store_are_those_of_folders(
    bucket, built_toy_release, tmp_path
):
    put(built_toy_release, f"{bucket}/release")
    words = ("fuse", "weighted:0.7,0.3")
    run(*words, built_toy_release, "-o", tmp_path / "two", "--name", "w")
    told = run(*words, f"{bucket}/release", "-o", f"{bucket}/two", "--name", "w").stdout
    assert f"{bucket}/two: " in told.splitlines()[-1]
    assert fingerprint(f"{bucket}/two") == fingerprint(tmp_path / "two")
    here = {p.relative_to(tmp_path / "two").as_posix() for p in files(tmp_path / "two")}
    assert names(f"{bucket}/two") == here
    run("verify", f"{bucket}/two")
    assert not list(copy_of(f"{bucket}/two", "written").parent.glob("*"))


@pytest.mark.slow
def test_a_submission_in_an_object_store_is_scored_as_one_in_a_folder(
    bucket, built_toy_release, tmp_path
):
    put(built_toy_release, f"{bucket}/two")
    shutil.copytree(built_toy_release, tmp_path / "two")
    run("predict", "average", f"{bucket}/two", "-o", f"{bucket}/submission")
    words = ("evaluate", f"{bucket}/submission", "--release", f"{bucket}/two")
    run(*words, "-o", f"{bucket}/report")
    run("predict", "average", tmp_path / "two", "-o", tmp_path / "submission")
    words = ("evaluate", tmp_path / "submission", "--release", tmp_path / "two")
    run(*words, "-o", tmp_path / "report")
    here = json.loads((tmp_path / "report/report.json").read_bytes())
    with fsspec.open(f"{bucket}/report/report.json") as file:
        there = json.load(file)
    assert here["scores"] == there["scores"]
    assert here["submission_sha256"] == there["submission_sha256"]


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_result_is_sent_whole_with_the_manifest_last_or_not_at_all(
    bucket, built_toy_release, monkeypatch
):
    system = fsspec.filesystem("s3")
    real, order = system.put_file, []

    def note(path, target):
        order.append(target)
        real(path, target)

    monkeypatch.setattr(system, "put_file", note)
    put(built_toy_release, f"{bucket}/release")
    assert order[-1].endswith("/release/manifest.json")
    assert len(order) == len(files(built_toy_release))

    def fail(path, target):
        if target.endswith("index.csv"):
            raise OSError("the line is cut")
        real(path, target)

    monkeypatch.setattr(system, "put_file", fail)
    with pytest.raises(InvalidInputError, match=r"cannot be written \(the line"):
        put(built_toy_release, f"{bucket}/broken")
    assert names(f"{bucket}/broken") == set()


def test_results_replace_only_results_and_only_when_asked(bucket, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "report.json").write_text("{}")
    (tmp_path / "a" / "old").write_text("old")
    put(tmp_path / "a", f"{bucket}/a")
    with pytest.raises(InvalidInputError, match="already exists; choose another"):
        put(tmp_path / "a", f"{bucket}/a")
    (tmp_path / "a" / "old").unlink()
    send(tmp_path / "a", f"{bucket}/a", overwrite=True)
    assert names(f"{bucket}/a") == {"report.json"}
    with fsspec.open(f"{bucket}/theirs/thesis.tex", "w") as file:
        file.write("years of work")
    with pytest.raises(InvalidInputError, match="is no result of bratsfuse"):
        send(tmp_path / "a", f"{bucket}/theirs", overwrite=True)


def test_only_what_has_changed_is_fetched_again(bucket, tmp_path):
    for name in ("kept", "changed", "gone"):
        with fsspec.open(f"{bucket}/raw/{name}", "w") as file:
            file.write(name)
    copy = fetch(f"{bucket}/raw")
    before = (copy / "kept").stat().st_ino
    with fsspec.open(f"{bucket}/raw/changed", "w") as file:
        file.write("CHANGED")
    fsspec.filesystem("s3").rm_file(f"{bucket}/raw/gone")
    fetched = []
    fetch(f"{bucket}/raw", lambda step, done, total: fetched.append((done, total)))
    assert fetched == [(0, 1), (1, 1)]
    assert {path.name for path in files(copy)} == {"kept", "changed"}
    assert (copy / "changed").read_text() == "CHANGED"
    assert (copy / "kept").stat().st_ino == before


def test_a_web_server_is_read_from_with_and_without_lists(web, built_toy_release):
    for lists in (True, False):
        address = web(built_toy_release.parent, lists=lists) + "/release"
        copy = fetch(address)
        assert {p.relative_to(copy) for p in files(copy)} == {
            p.relative_to(built_toy_release) for p in files(built_toy_release)
        }
        shutil.rmtree(copy)
    assert len(BraTSFuse(address)) == len(BraTSFuse(built_toy_release))
    told = json.loads(run("info", address, "--json").stdout)
    assert told["fingerprint"] == fingerprint(built_toy_release)
    told = run("predict", "average", address, "-o", f"{address}/x", status=1).output
    assert "a web server is only read from" in told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://{bucket}/nothing", "there is nothing; check the address"),
        ("s3://no-such-bucket-at-all/x", "cannot be read|there is nothing"),
        ("s3://a/../b", "expected an address such as"),
        ("gopher://a/b", "gopher"),
        ("http://127.0.0.1:9/release", "cannot be read|there is nothing"),
    ],
)
def test_an_address_with_nothing_is_refused_in_one_line(bucket, address, told):
    with pytest.raises(BratsfuseError, match=told) as problem:
        fetch(address.replace("s3://{bucket}", bucket))
    assert "\n" not in str(problem.value)


def test_what_a_file_system_raises_is_one_line_and_our_own_words_stay():
    with (
        pytest.raises(InvalidInputError, match=r"^s3://a: cannot be read \(no such"),
        in_one_line("s3://a", "read"),
    ):
        raise OSError("no\nsuch key")
    ours = InvalidInputError("s3://a: ours; check it")
    with pytest.raises(InvalidInputError) as caught, in_one_line("s3://a", "read"):
        raise ours
    assert caught.value is ours


def test_errors_show_addresses_not_copies(bucket, built_toy_release, tmp_path):
    broken = shutil.copytree(built_toy_release, tmp_path / "broken")
    (broken / "manifest.json").write_text("{")
    put(broken, f"{bucket}/broken")
    told = run("info", f"{bucket}/broken", status=1).output
    assert f"error: {bucket}/broken/manifest.json" in told
    assert str(copy_of(f"{bucket}/broken", "read")) not in told
    assert in_addresses("nothing here") == "nothing here"


def test_other_options_keep_their_addresses(bucket):
    told = run(
        "predict", "average", "r", "-o", "s", "--name", "s3://a/b", status=1
    ).output
    assert "s3://a/b" not in told
    assert not Path(os.environ["BRATSFUSE_CACHE"]).exists()


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        ("../../evil.txt", False),
        ("{tmp}/evil.txt", False),
        ("", False),
        ("a\\..\\b", False),
        ("../../evil.txt", True),
        ("", True),
        ("a\\..\\b", True),
    ],
)
def test_no_address_has_a_file_put_elsewhere(name, lists, web, tmp_path, monkeypatch):
    # A server that lists no folders is asked for what a manifest names.
    served = tmp_path / "served"
    served.mkdir()
    name = name.format(tmp=tmp_path)
    (served / "manifest.json").write_text(json.dumps({"files": {name: "0" * 64}}))
    address = web(served, lists=False)
    if lists:  # as an object store may
        system, root = fsspec.core.url_to_fs(address)
        listed = {f"{root}/{name}": {}}
        monkeypatch.setattr(type(system), "find", lambda *_, **__: listed)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InvalidInputError, match="leads out of the folder") as problem:
        fetch(address)
    assert repr(name) in str(problem.value)
    assert set(tmp_path.rglob("*")) - before <= {tmp_path / "cache"}
