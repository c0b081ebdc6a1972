"""Third parties' methods as users run them, by the words of the manual."""

import os
import re
import shlex
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.verify import verify

MANUAL = Path(__file__).parents[2] / "docs/third_party.md"


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", MANUAL.read_text(), re.M | re.S)


def typed(line):
    """The words of a line of the manual that follow `bratsfuse`."""
    words = shlex.split(line)
    return words[words.index("bratsfuse") + 1 :]


def column(path, name):
    with h5py.File(path) as file:
        return file[name][()]


@pytest.fixture
def place(toy_release, tmp_path, monkeypatch):
    """A directory with a release, and this Python as `python`."""
    monkeypatch.chdir(tmp_path)
    folder = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", folder)
    assert toy_release.parent == tmp_path
    return tmp_path


def test_the_program_of_the_manual_runs_as_printed(place):
    script, *_ = blocks("python")
    commands, *_ = blocks("sh")
    (place / "average.py").write_text(script)
    predict, fuse = commands.splitlines()

    done = run(*typed(predict))
    assert done.exit_code == 0, done.output
    assert "submission: submission (fusion), test split" in done.stdout
    t1ce, flair = (
        column(place / "release/data/test.h5", name).astype(float)
        for name in ("t1ce", "flair")
    )
    fused = column(place / "submission/predictions.h5", "fused")
    np.testing.assert_allclose(fused, (t1ce + flair) / 2, atol=0.5)
    assert f"fused {len(fused)} images" in done.stderr
    assert f"fused {len(fused)} images" not in done.stdout
    assert run("check", "submission", "--release", "release").exit_code == 0
    score = ["evaluate", "submission", "--release", "release", "-o", "report"]
    assert run(*score, "--workers", 1).exit_code == 0
    record = (place / "submission/submission.toml").read_text()
    assert "python average.py {t1ce} {flair} {fused}, of t1ce + flair" in record

    done = run(*typed(fuse))
    assert done.exit_code == 0, done.output
    assert verify(place / "release2") == []
    manifest = read_manifest(place / "release2")
    assert manifest.products[-1] == "blend"
    assert manifest.sources_of("blend") == ("t1ce", "flair")
    for split in manifest.splits:
        with SplitFile(place / f"release2/data/{split}.h5") as file:
            mean = (file.array("t1ce") / 2 + file.array("flair") / 2).astype(float)
            np.testing.assert_allclose(file.array("fusion_blend"), mean, atol=0.5)
    test = column(place / "release2/data/test.h5", "fusion_blend")
    np.testing.assert_array_equal(test, fused)


def test_the_object_of_the_manual_runs_as_printed(place, monkeypatch):
    *_, source = blocks("python")
    *_, command = blocks("sh")
    (place / "my_methods.py").write_text(source)
    monkeypatch.delitem(sys.modules, "my_methods", raising=False)
    done = run(*typed(command))
    assert done.exit_code == 0, done.output
    fused = column(place / "submission/predictions.h5", "fused").astype(float)
    mean = sum(
        column(place / "release/data/test.h5", name) / 2 for name in ("t1ce", "flair")
    )
    np.testing.assert_allclose(fused, mean, atol=0.5)
    words = ["fuse", "my_methods:MEAN", "release", "-o", "release2", "--workers", 1]
    done = run(*words)
    assert "give the product a name with --name" in done.stderr
    assert run(*words, "--name", "their_mean").exit_code == 0
    assert verify(place / "release2") == []


IFCNN = """
import torch, torchvision.models as models
from torch import nn
class Model(nn.Module):
    def __init__(self, resnet):
        super().__init__()
        self.conv1 = resnet.conv1
    def forward(self, first, second):
        assert first.shape[1] == 3
        return torch.maximum(first, second)
def myIFCNN(fuse_scheme):
    return Model(models.resnet101(pretrained=True))
"""
MATR = """
import torch
from timm.models.layers import DropPath, to_2tuple, trunc_normal_
class MODEL(torch.nn.Module):
    def __init__(self, in_channel):
        super().__init__()
        self.drop, self.pair = DropPath(0.1), to_2tuple(3)
    def forward(self, pair):
        return pair.max(dim=1, keepdim=True).values
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "files", "weights"),
    [
        (1, {"model.py": IFCNN}, "snapshots/IFCNN-MAX.pth"),
        (
            2,
            {"Networks/__init__.py": "", "Networks/net.py": MATR},
            "models/model_10.pth",
        ),
    ],
)
def test_the_worked_examples_call_networks_of_their_form(place, number, files, weights):
    """With stand-ins that take the maximum: theirs are not ours to bring."""
    import torch

    checkout = place / "checkout"
    for name, text in files.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    (checkout / weights).parent.mkdir(parents=True)
    layer = torch.nn.Conv2d(3, 64, kernel_size=7, bias=False)
    state = {"conv1.weight": layer.weight} if number == 1 else {}
    torch.save(state, checkout / weights)
    script = place / "adapter.py"
    script.write_text(blocks("python")[number])
    program = f"python {script} {{t1ce}} {{flair}} {{fused}}"
    words = ["predict", "release", "-o", "submission", "--cwd", checkout]
    done = run(*words, "--command", program)
    assert done.exit_code == 0, done.output
    fused = column(place / "submission/predictions.h5", "fused").astype(int)
    t1ce, flair = (
        column(place / "release/data/test.h5", name).astype(int)
        for name in ("t1ce", "flair")
    )
    assert abs(fused - np.maximum(t1ce, flair)).max() <= 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no_such_module_at_all:MEAN", "No module named 'no_such_module_at_all'"),
        ("bratsfuse.anatomy:NOTHING", "has no attribute 'NOTHING'"),
        ("bratsfuse.anatomy:Modality", "got EnumType, expected Baseline"),
    ],
)
def test_an_object_that_is_none_is_refused(place, name, told):
    done = run("predict", name, "release", "-o", "submission")
    assert done.exit_code == 1
    assert told in done.stderr
    assert "expected module:object" in done.stderr
    assert not (place / "submission").exists()


PROGRAM = "python average.py {t1ce} {fused}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["predict", "release"], "expected NAME_OR_RUN and RELEASE"),
        (["predict", "average", "release", "more"], "expected NAME_OR_RUN and RELEASE"),
        (["predict", "average", "release", "--command", PROGRAM], "RELEASE alone"),
        (["fuse", "average", "release", "--command", PROGRAM], "RELEASE alone"),
        (["predict", "--command", PROGRAM, "release", "--sources", "t1"], "--sources"),
        (["fuse", "--command", PROGRAM, "release", "--workers", "2"], "--workers"),
        (["predict", "--command", PROGRAM, "release", "--cwd", "nowhere"], "nowhere"),
        (["predict", "--command", PROGRAM, "release", "--timeout", "0"], "--timeout"),
    ],
)
def test_wrong_usage_has_status_2(place, words, told):
    done = run(*words, "-o", "result")
    assert done.exit_code == 2
    assert told in done.stderr
    assert not (place / "result").exists()


def test_problems_are_lines_and_leave_nothing(place):
    (place / "average.py").write_text("import sys; print('no GPU'); sys.exit(3)")
    for words in (
        ["predict", "--command", PROGRAM, "release", "-o", "result"],
        ["fuse", "--command", PROGRAM, "release", "-o", "result", "--name", "x"],
    ):
        done = run(*words)
        assert done.exit_code == 1
        assert done.stderr.splitlines()[-2:] == [
            "no GPU",
            "error: python: ended with status 3; expected 0; its last lines: no GPU",
        ]
        assert sorted(path.name for path in place.iterdir()) == [
            "average.py",
            "release",
        ]


def test_a_submission_may_be_named(place):
    words = ["predict", "average", "release", "-o", "submission", "--name", "Mean of 2"]
    done = run(*words, "--workers", 1)
    assert done.exit_code == 0, done.output
    assert 'name = "Mean of 2"' in (place / "submission/submission.toml").read_text()
