"""Folders for challenge platforms, run as the platforms run them."""

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml
from click.testing import CliRunner
from toys import TOY_RECIPE, small

from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.platforms import PLATFORMS, Platform
from bratsfuse.raw import read_case, scan
from bratsfuse.release import export_volumes, read_manifest
from bratsfuse.submission import import_volumes

OFFLINE = """
import socket
def refuse(*_, **__):
    raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


def run(*words):
    return CliRunner().invoke(main, [*map(str, words)])


def init(platform, release, target, *more):
    words = ["challenge", "init", release, "-o", target, "--platform", platform]
    done = run(*words, *more)
    assert done.exit_code == 0, done.output
    return target


@pytest.fixture(scope="module")
def hidden(built_toy_release, tmp_path_factory):
    """The small release without the masks of test; its key lies beside it."""
    folder = tmp_path_factory.mktemp("organiser")
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(built_toy_release.parent / "raw"))
    choices = {"withhold": ["test"], "key": folder / "key.h5"}
    build(form, cases, TOY_RECIPE, folder / "release", read=read_case, **choices)
    return folder / "release"


@pytest.fixture(scope="module")
def perfect(built_toy_release, tmp_path_factory):
    """A submission of the true masks of test."""
    folder = tmp_path_factory.mktemp("perfect")
    export_volumes(built_toy_release, folder / "v", ["mask"])
    import_volumes(folder / "v" / "mask", built_toy_release, folder / "s", split="test")
    return folder / "s"


@pytest.fixture(scope="module")
def empty(hidden, tmp_path_factory):
    """A submission that has nothing to score."""
    folder = tmp_path_factory.mktemp("empty") / "s"
    folder.mkdir()
    (folder / "submission.toml").write_text('name = "e"\ntracks = ["segmentation"]\n')
    return folder


def files_of(folder):
    """Path -> digest: what is only to be read is the same afterwards."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def read_only(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


class InProcess:
    """Runs a program of a folder here, which costs no start."""

    def __init__(self, monkeypatch, capfd, _tmp_path):
        self._monkeypatch, self._capfd = monkeypatch, capfd

    def __call__(self, program, *words, **environment):
        self._monkeypatch.setattr(sys, "argv", [str(program), *map(str, words)])
        for name, value in environment.items():
            self._monkeypatch.setenv(name, str(value))
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(program), run_name="__main__")
        return ended.value.code, self._capfd.readouterr().err


class Offline:
    """Runs it in a process of its own that reaches no network."""

    def __init__(self, _monkeypatch, _capfd, tmp_path):
        self._site = tmp_path / "site-offline"
        self._site.mkdir()
        (self._site / "sitecustomize.py").write_text(OFFLINE)

    def __call__(self, program, *words, **environment):
        own = {name: str(value) for name, value in environment.items()}
        done = subprocess.run(
            [sys.executable, str(program), *map(str, words)],
            env={**os.environ, **own, "PYTHONPATH": str(self._site)},
            cwd=self._site,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr


@pytest.fixture(params=[InProcess, pytest.param(Offline, marks=pytest.mark.slow)])
def start(request, monkeypatch, capfd, tmp_path):
    return request.param(monkeypatch, capfd, tmp_path)


@pytest.mark.parametrize("name", sorted(PLATFORMS.own()))
def test_every_platform_is_one_file_that_the_help_lists(name):
    shown = run("challenge", "init", "--help").output
    assert isinstance(PLATFORMS[name], Platform)
    assert f"\n  {name.replace('_', '-')} " in shown


@pytest.fixture
def codabench(hidden, tmp_path):
    key = hidden.parent / "key.h5"
    return init("codabench", hidden, tmp_path / "c", "--key", key, "--title", "Ä: b")


def as_codabench(folder, bundle, submission):
    """Lay files out as its worker does."""
    shutil.copytree(bundle / "bundle" / "reference_data", folder / "input" / "ref")
    shutil.copytree(submission, folder / "input" / "res")
    shutil.copytree(bundle / "bundle" / "scoring_program", folder / "program")
    (folder / "output").mkdir()
    before = files_of(folder / "input")
    read_only(folder / "input")
    return before


def test_codabench_scores_what_was_handed_in(codabench, perfect, start, tmp_path):
    app = tmp_path / "app"
    before = as_codabench(app, codabench, perfect)
    command = yaml.safe_load((app / "program" / "metadata.yaml").read_text())["command"]
    python, program, *words = command.replace("/app", str(app)).split()
    assert python == "python3"
    status, errors = start(program, *words)
    assert status == 0, errors
    scores = json.loads((app / "output" / "scores.json").read_text())
    content = yaml.safe_load((codabench / "bundle" / "competition.yaml").read_text())
    assert content["title"] == "Ä: b"
    (board,) = content["leaderboards"]
    assert {column["key"] for column in board["columns"]} == set(scores)
    sorting = {column["key"]: column["sorting"] for column in board["columns"]}
    assert sorting["dice_wt"] == "desc"
    assert sorting["hd95_wt"] == "asc"
    assert scores["dice_wt"] == 1
    assert scores["hd95_wt"] == 0
    assert files_of(app / "input") == before


def test_codabench_gives_reasons_and_no_score(codabench, empty, start, tmp_path):
    app = tmp_path / "app"
    as_codabench(app, codabench, empty)
    words = [app / "program" / "score.py", app / "input", app / "output"]
    status, errors = start(*words)
    assert status == 1
    assert "no-predictions" in errors
    assert list((app / "output").iterdir()) == []


def test_a_bundle_has_everything_that_it_names(codabench):
    bundle = codabench / "bundle"
    content = yaml.safe_load((bundle / "competition.yaml").read_text())
    named = [content["image"], content["terms"]]
    named += [page["file"] for page in content["pages"]]
    (task,) = content["tasks"]
    named += [task["scoring_program"], task["reference_data"]]
    assert all((bundle / name).exists() for name in named)
    words = [sys.executable, codabench / "pack.py"]
    first = subprocess.run(words, capture_output=True, text=True, check=False)
    assert first.returncode == 1
    assert "docker_image" in first.stdout
    text = (bundle / "competition.yaml").read_text().replace("YOUR-ACCOUNT", "me")
    (bundle / "competition.yaml").write_text(text)
    subprocess.run(words, check=True, capture_output=True)
    with zipfile.ZipFile(codabench / "bundle.zip") as packed:
        assert "competition.yaml" in packed.namelist()
        assert "scoring_program/score.py" in packed.namelist()


@pytest.fixture
def container(hidden, tmp_path):
    key = hidden.parent / "key.h5"
    return init("grand-challenge", hidden, tmp_path / "g", "--key", key)


def run_container(start, container, given, output):
    output.mkdir()
    before = files_of(given), files_of(container / "ground_truth")
    read_only(given)
    places = {"INPUT": given, "OUTPUT": output}
    places["GROUND_TRUTH"] = container / "ground_truth"
    ended = start(container / "evaluate.py", **places)
    assert before == (files_of(given), files_of(container / "ground_truth"))
    return ended


@pytest.mark.parametrize("packed", [False, True])
def test_grand_challenge_scores_predictions(
    container, perfect, start, tmp_path, packed
):
    given = tmp_path / "input"
    if packed:
        given.mkdir()
        shutil.make_archive(str(given / "submission"), "zip", perfect)
    else:
        shutil.copytree(perfect, given)
    status, errors = run_container(start, container, given, tmp_path / "out")
    assert status == 0, errors
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["aggregates"]["dice_wt"] == 1


def jobs(folder, release, volumes):
    """Lay the outputs of an algorithm out as the platform does."""
    listed = []
    test = [n for n, one in read_manifest(release).cases.items() if one.split == "test"]
    for number, case in enumerate(test):
        key = f"0000-{number}"
        output = folder / key / "output" / "images" / "tumour"
        output.mkdir(parents=True)
        shutil.copyfile(volumes / f"{case}.nii.gz", output / "output.nii.gz")
        image = {"name": f"{case}_t1ce.mha"}
        listed.append({"pk": key, "inputs": [{"image": image}], "outputs": []})
    (folder / "predictions.json").write_text(json.dumps(listed))
    return listed


def test_grand_challenge_scores_the_jobs_of_an_algorithm(
    container, built_toy_release, start, tmp_path
):
    export_volumes(built_toy_release, tmp_path / "v", ["mask"])
    jobs(tmp_path / "input", built_toy_release, tmp_path / "v" / "mask")
    ended = run_container(start, container, tmp_path / "input", tmp_path / "out")
    assert ended[0] == 0, ended[1]
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert set(metrics["aggregates"].values()) == {0, 1}


def test_jobs_that_make_no_submission_are_named(
    container, built_toy_release, start, tmp_path
):
    export_volumes(built_toy_release, tmp_path / "v", ["mask"])
    given = tmp_path / "input"
    (one,) = jobs(given, built_toy_release, tmp_path / "v" / "mask")
    other = {"pk": "x", "inputs": [{"image": {"name": "someone.mha"}}]}
    (given / "predictions.json").write_text(json.dumps([one, one, other]))
    status, errors = run_container(start, container, given, tmp_path / "out")
    assert status == 1
    assert "in another job, too" in errors
    assert "someone.mha" in errors
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture
def repository(hidden, tmp_path, perfect, empty):
    key = hidden.parent / "key.h5"
    target = init("git", hidden, tmp_path / "board", "--key", key)
    shutil.copytree(perfect, target / "submissions" / "perfect")
    shutil.copytree(empty, target / "submissions" / "empty")
    reference = tmp_path / "reference"
    reference.mkdir()
    shutil.copytree(hidden, reference / "release")
    shutil.copyfile(key, reference / "answer.key.h5")
    return target


@pytest.mark.slow  # reports with figures and pages, in processes of their own
def test_a_repository_becomes_a_site(repository, tmp_path, monkeypatch, capfd):
    start = Offline(monkeypatch, capfd, tmp_path)
    reference = tmp_path / "reference"
    before = files_of(reference)
    program = repository / "evaluate.py"
    status, errors = start(program, reference, tmp_path / "site")
    assert status == 0, errors
    page = (tmp_path / "site" / "index.html").read_text()
    assert "failed" in page.lower()
    entries = {path.stem for path in (tmp_path / "site" / "entries").iterdir()}
    assert len(entries) == 2
    assert files_of(reference) == before
    left = {path.name for path in repository.iterdir()}
    assert left == {
        "README.md",
        "challenge.toml",
        "check.py",
        "evaluate.py",
        "submissions",
        ".github",
        ".gitignore",
    }


def test_pull_requests_are_checked_without_data(repository, start):
    status, _ = start(repository / "check.py", "perfect", "empty")
    assert status == 0
    bad = repository / "submissions" / "bad"
    bad.mkdir()
    (bad / "submission.toml").write_text('name = 3\ntracks = ["all"]\n')
    (bad / "run.py").touch()
    (bad / "link").symlink_to("/etc/passwd")
    assert start(repository / "check.py")[0] == 1


def test_the_secret_meets_no_pull_request(repository):
    workflows = repository / ".github" / "workflows"
    check = yaml.safe_load((workflows / "check.yml").read_text())
    evaluate = yaml.safe_load((workflows / "evaluate.yml").read_text())
    assert "secrets" not in str(check)
    assert "self-hosted" not in str(check)
    on = evaluate[True]  # YAML 1.1 reads the word as a truth value
    assert on["push"]["branches"] == ["main"]
    assert not [name for name in on if "pull_request" in name]


def test_a_repository_has_no_data_in_it(repository):
    ours = files_of(repository)
    ours = {n for n in ours if not n.startswith("submissions/")}
    assert not [name for name in ours if name.endswith((".h5", ".png", ".json"))]


def test_challenges_that_cannot_be_are_refused(hidden, built_toy_release, tmp_path):
    key = hidden.parent / "key.h5"
    words = ["challenge", "init", hidden, "-o", tmp_path / "x"]
    for more, text in (
        ([], "pass the answer key"),
        (["--key", key, "--split", "tset"], "did you mean 'test'?"),
        (["--key", key, "--title", " "], "expected 1 to 80 characters"),
        (["--key", hidden / "manifest.json"], "manifest.json"),
    ):
        done = run(*words, *more)
        assert done.exit_code == 1, more
        assert text in done.output
    done = run(
        "challenge", "init", built_toy_release, "-o", tmp_path / "x", "--key", key
    )
    assert "not wanted" in done.output
    assert run(*words, "--platform", "codabenhc").exit_code == 2
    assert not (tmp_path / "x").exists()


def test_another_release_is_not_scored_by(codabench, perfect, start, tmp_path):
    app = tmp_path / "app"
    as_codabench(app, codabench, perfect)
    rules = app / "program" / "challenge.toml"
    text = rules.read_text()
    fingerprint = read_manifest(app / "input" / "ref" / "release").fingerprint
    rules.write_text(text.replace(fingerprint, "0" * 64))
    words = [app / "program" / "score.py", app / "input", app / "output"]
    status, errors = start(*words)
    assert status == 1
    assert "challenge init again" in errors
    assert list((app / "output").iterdir()) == []
