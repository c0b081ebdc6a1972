"""Networks by themselves: exported, loaded by PyTorch alone, equal to the run."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from bratsfuse import baselines
from bratsfuse.baselines import BASELINES, MixedConfig, UNetConfig
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING as FUSE4SEG
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import train

MIXED = BASELINES["reference_segmenter"].training()

SMALL = {"preset": "tiny", "batch_size": 2, "steps": 2, "validate_every": 2}
BOX = {"top": 3, "left": 5, "height": 16, "width": 16}
"""Instead of the run's, in which all of a toy's small images lies."""

DOCUMENT = Path(__file__).parents[2] / "docs" / "training.md"

TRAININGS = {
    "fuse4seg": (FUSE4SEG, Fuse4SegConfig(**SMALL), ["t1ce", "flair"]),
    "reference_segmenter": (MIXED, MixedConfig(**SMALL), ["fused"]),
    "unet": (
        BASELINES["unet"].training(),
        UNetConfig(**SMALL, standardise=True),
        ["t1ce", "flair"],
    ),
}


@pytest.fixture(scope="module", params=TRAININGS)
def exported(request, built_toy_release, tmp_path_factory):
    """The model of a run, and the folder that it is exported to."""
    folder = tmp_path_factory.mktemp(request.param)
    training, config, _ = TRAININGS[request.param]
    run = folder / "run"
    train(request.param, training, built_toy_release, run, config, device="cpu")
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(record | {"crop": BOX}))
    target = folder / "network"
    words = ["export", str(run), "-o", str(target), "--format", "torch"]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return baselines.load(run), target


def load(folder):
    facts = json.loads((folder / "model.json").read_text())
    return facts, torch.export.load(folder / "model.pt2").module()


@pytest.mark.parametrize("count", [1, 3])
def test_outputs_equal_those_of_the_run_to_the_bit(exported, count):
    model, folder = exported
    facts, network = load(folder)
    box = facts["box"]
    shape = count, len(facts["inputs"]), box["height"], box["width"]
    images = torch.rand(shape, generator=torch.Generator().manual_seed(count))
    images[..., :3] = 0
    with torch.inference_mode():
        found = network(images)
        expected = model.trained.network()(images)
    assert len(found) == len(facts["outputs"]) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
        assert one.shape[0] == count
        assert one.any()
    if "fused" in facts["outputs"]:
        assert not found[0][..., :3].any()


def test_facts_name_what_the_network_takes_and_gives(exported):
    model, folder = exported
    facts, _ = load(folder)
    name = facts["baseline"]
    assert facts["inputs"] == TRAININGS[name][2]
    fuses = name == "fuse4seg"
    assert facts["outputs"] == (["fused", "labels"] if fuses else ["labels"])
    assert facts["patients"] == model.trained.record.patients


def test_the_lines_of_the_document_predict_as_the_run_does(
    exported, built_toy_release, monkeypatch
):
    model, folder = exported
    lines = re.search(
        r"```python\n(import json\n.*?)```", DOCUMENT.read_text(), re.DOTALL
    )
    manifest = read_manifest(built_toy_release)
    with SplitFile(built_toy_release / manifest.splits["test"].file) as file:
        sources = {name: file.pixels(name, 0) for name in ("t1ce", "flair")}
        sources["fused"] = file.pixels("fusion_maximum", 0)
    inside = np.zeros_like(sources["fused"])
    inside[3:19, 5:21] = 1
    sources = {name: image * inside for name, image in sources.items()}
    monkeypatch.chdir(folder.parent)
    code = re.sub(r"^(row|sources) = .*\n", "", lines[1], flags=re.MULTILINE)
    names = {"sources": sources}  # instead of those of the page
    exec(code, names)  # noqa: S102
    found, rows, columns = (names[name] for name in ("found", "rows", "columns"))
    assert names["box"] == BOX
    given = sources["fused"] if names["facts"]["inputs"] == ["fused"] else sources
    expected = {"labels": model.segment(given)}
    if "fused" in found:
        expected["fused"] = model.fuse(sources)
        found["fused"] = (found["fused"][:, 0] * 255).round()
    for name, image in expected.items():
        whole = np.zeros_like(image)
        whole[rows, columns] = found[name][0].detach().numpy()
        assert np.array_equal(whole, image)


def test_what_cannot_be_exported_is_refused(exported, tmp_path):
    _, folder = exported
    run = folder.parent / "run"
    with pytest.raises(UnknownNameError, match="no run is at"):
        baselines.export("fuse5seg", tmp_path / "network")
    with pytest.raises(InvalidInputError, match="exists"):
        baselines.export(run, folder)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInputError, match=r"no model\.json"):
        baselines.export(run, tmp_path, overwrite=True)
    words = ["export", str(run), "-o", str(tmp_path / "hub"), "--overwrite"]
    assert CliRunner().invoke(main, words).exit_code == 2
    assert not (tmp_path / "hub").exists()
