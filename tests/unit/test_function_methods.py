"""A fusion method that is nothing but a function in a file of the current folder."""

import sys

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.release import SplitFile

MODULE = '''
import numpy as np
from bratsfuse.fusers import Fuser

def darkest(images):
    """The darker of both."""
    return images.min(axis=0)

def floats(images):
    return images.mean(axis=0)

def of_two(a, b):
    return np.minimum(a, b)

DARKEST = Fuser(function=darkest, summary="the darker of both")
number = 3
'''


@pytest.fixture
def predict(built_toy_release, tmp_path, monkeypatch):
    name = f"methods_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(attribute, *more):
        words = ["predict", f"{name}:{attribute}", str(built_toy_release), "-o", "s"]
        return CliRunner().invoke(main, [*words, *more])

    return run


@pytest.mark.parametrize("attribute", ["darkest", "DARKEST"])
def test_a_function_or_a_fuser_predicts(predict, attribute, built_toy_release):
    done = predict(attribute, "--name", "mine")
    assert done.exit_code == 0, done.output
    with h5py.File("s/predictions.h5") as found:
        fused = found["fused"][()]
    with SplitFile(built_toy_release / "data/test.h5") as file:
        for row, image in enumerate(fused):
            sources = [file.pixels(name, row) for name in ("t1ce", "flair")]
            np.testing.assert_array_equal(image, np.min(sources, axis=0))


@pytest.mark.parametrize(
    ("attribute", "status", "told"),
    [
        ("of_two", 1, "def fuse(images): a, b = images"),
        ("floats", 1, "returned float64"),
        ("number", 1, "got int, expected Baseline"),
        ("nothing", 1, "module in this folder or on PYTHONPATH"),
    ],
)
def test_what_does_not_fuse_is_refused(predict, attribute, status, told):
    done = predict(attribute)
    assert done.exit_code == status, done.output
    assert told in done.stderr
