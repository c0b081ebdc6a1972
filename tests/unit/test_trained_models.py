"""Trained baselines in Python: loaded, given away, checked for whom they have seen."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from bratsfuse import baselines
from bratsfuse.baselines import BASELINES, MixedConfig, UNetConfig, mixtures
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING as FUSE4SEG
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.methods import predict
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import read_run, train
from bratsfuse.training.seen import seen_in

MIXED = BASELINES["reference_segmenter"].training()

SMALL = {"preset": "tiny", "batch_size": 2, "steps": 2, "validate_every": 2}


@pytest.fixture(scope="module")
def runs(built_toy_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, training, config in (
        ("reference_segmenter", MIXED, MixedConfig(**SMALL)),
        ("fuse4seg", FUSE4SEG, Fuse4SegConfig(**SMALL)),
        ("unet", BASELINES["unet"].training(), UNetConfig(**SMALL)),
    ):
        train(name, training, built_toy_release, folder / name, config, device="cpu")
    return folder


@pytest.fixture
def images(built_toy_release):
    manifest = read_manifest(built_toy_release)
    with SplitFile(built_toy_release / manifest.splits["test"].file) as file:
        names = ("t1ce", "flair", "fusion_maximum")
        return {name: file.pixels(name, 0) for name in names}


def test_mixtures_are_grey_images_with_the_background_of_their_sources():
    rng = np.random.default_rng(0)
    sources = torch.rand(4, 3, 8, 9, generator=torch.Generator().manual_seed(0))
    sources[..., :2, :] = 0
    mixed = mixtures(sources, rng)
    assert mixed.shape == (4, 1, 8, 9)
    assert (mixed[..., :2, :] == 0).all()
    assert mixed[..., 2:, :].min() > 0
    assert mixed.max() <= 1
    assert torch.equal((mixed * 255).round() / 255, mixed)


def test_mixtures_follow_their_generator_and_differ_between_draws():
    sources = torch.rand(2, 3, 8, 9)
    one, again, other = (
        mixtures(sources, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_mixtures_of_one_source_are_a_monotone_curve_of_it():
    grey = torch.linspace(0, 1, 50).view(1, 1, 5, 10)
    mixed = mixtures(grey, np.random.default_rng(0)).flatten()
    assert (mixed.diff() >= 0).all()
    assert mixed[0] == 0
    assert mixed[-1] == 1


def test_fuse4seg_fuses_and_segments(runs, images):
    model = baselines.load(runs / "fuse4seg")
    fused = model.fuse(images)
    assert fused.dtype == np.uint8
    assert fused.shape == images["t1ce"].shape
    assert not fused[(images["t1ce"] == 0) & (images["flair"] == 0)].any()
    both = model.trained.predict(images)
    assert np.array_equal(fused, both["fusion"])
    assert np.array_equal(model.segment(images), both["segmentation"])
    assert model.segment(fused).shape == fused.shape


def test_follower_reads_its_own_fused_image_as_in_training(runs, images):
    model = baselines.load(runs / "fuse4seg")
    with torch.no_grad():
        for network in model.trained.trainable.networks.values():
            for value in network.parameters():
                value.mul_(3)  # answers that are not all background
    assert np.array_equal(model.segment(model.fuse(images)), model.segment(images))


def test_reference_segmenter_reads_any_image(runs):
    model = baselines.load(runs / "reference_segmenter")
    grey = np.random.default_rng(0).integers(0, 256, (37, 50), dtype=np.uint8)
    assert model.segment(grey).shape == (37, 50)
    with pytest.raises(InvalidInputError, match="predicts segmentation, not fusion"):
        model.fuse({"t1ce": grey, "flair": grey})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"t1ce": np.zeros((8, 8), np.uint8)}, "flair missing"),
        (
            {
                "t1ce": np.zeros((8, 8), np.uint8),
                "flair": np.zeros((8, 9), np.uint8),
            },
            "different shapes",
        ),
        (
            {"t1ce": np.zeros((8, 8)), "flair": np.zeros((8, 8), np.uint8)},
            "t1ce: found float64",
        ),
        ({"t1ce": [[0]], "flair": np.zeros((8, 8), np.uint8)}, "t1ce: found list"),
    ],
)
def test_wrong_sources_are_refused(runs, given, told):
    model = baselines.load(runs / "fuse4seg")
    with pytest.raises(InvalidInputError, match=told):
        model.fuse(given)


def test_network_of_two_channels_refuses_one_image(runs, images):
    model = baselines.load(runs / "unet")
    assert model.segment(images).shape == images["t1ce"].shape
    with pytest.raises(InvalidInputError, match="not a segmenter of one fused image"):
        model.segment(images["t1ce"])


def test_unknown_names_get_a_suggestion():
    with pytest.raises(UnknownNameError, match="did you mean"):
        baselines.load("fuse4sg")


@pytest.mark.parametrize("half", [False, True])
def test_saved_models_load_again(runs, images, tmp_path, half):
    target = tmp_path / "model"
    baselines.save(str(runs / "fuse4seg"), str(target), half=half)
    before, after = (baselines.load(one) for one in (runs / "fuse4seg", target))
    difference = before.fuse(images).astype(int) - after.fuse(images)
    assert abs(difference).max() <= half  # a grey level in half precision, else none
    assert {path.name for path in target.iterdir()} == {
        "README.md",
        "config.toml",
        "model.safetensors",
        "run.json",
    }
    sizes = [
        (folder / "model.safetensors").stat().st_size
        for folder in (target, runs / "fuse4seg")
    ]
    assert (sizes[0] < 0.6 * sizes[1]) is half
    assert "patients of the train split" in " ".join(after.card.split())
    with pytest.raises(InvalidInputError, match="already exists"):
        baselines.save(runs / "fuse4seg", target)


@pytest.mark.parametrize(
    ("write", "file"), [(baselines.save, "README.md"), (baselines.export, "model.json")]
)
def test_a_folder_of_something_else_is_never_replaced(runs, tmp_path, write, file):
    target = tmp_path / "thesis"
    target.mkdir()
    (target / file).write_text("years of work")
    with pytest.raises(InvalidInputError, match="thesis"):
        write(runs / "unet", target, overwrite=True)
    assert (target / file).read_text() == "years of work"


def test_run_knows_whom_it_has_seen(runs, built_toy_release):
    manifest = read_manifest(built_toy_release)
    record = read_run(runs / "unet")
    train_, test = (
        seen_in(record, built_toy_release, manifest, split)
        for split in ("train", "test")
    )
    assert len(train_.patients) == train_.of == manifest.splits["train"].patients
    assert not test.patients
    assert test.is_certain
    assert not str(test)


def test_renamed_patients_are_found_by_their_pixels(runs, built_toy_release):
    manifest = read_manifest(built_toy_release)
    record = read_run(runs / "unet")
    other = {"train": ["Other_1"], "validation": ["Other_2"]}
    found = seen_in(
        replace(record, patients=other), built_toy_release, manifest, "train"
    )
    assert found.patients == found.by_pixels
    assert len(found.patients) == manifest.splits["train"].patients
    assert "were in the training" in str(found)


def test_names_of_another_kind_cannot_tell(runs, built_toy_release):
    manifest = read_manifest(built_toy_release)
    record = read_run(runs / "unet")
    facts = replace(record.release, layout="brats2018")
    record = replace(record, release=facts, patients={"train": ["TCIA_201"]}, images=[])
    found = seen_in(record, built_toy_release, manifest, "test")
    assert not found.patients
    assert not found.is_certain
    assert "name mapping" in str(found)
    # Phantoms are nobody, so that the demo has nothing to warn of.
    phantoms = replace(manifest, source=replace(manifest.source, synthetic=True))
    assert not str(seen_in(record, built_toy_release, phantoms, "test"))


def test_scores_without_seen_patients_stand_beside_the_others(
    runs, built_toy_release, tmp_path, caplog
):
    submission = tmp_path / "submission"
    manifest = read_manifest(built_toy_release)
    record = predict(str(runs / "unet"), built_toy_release, submission, split="train")
    assert len(record.seen_patients) == manifest.splits["train"].patients
    assert "were in the training" in caplog.text
    report = evaluate(submission, built_toy_release, Settings(split="train")).report
    assert report.unseen is not None
    assert not report.unseen.segmentation  # nobody is left
    toml = submission / "submission.toml"
    one = record.seen_patients[0]
    line = f"seen_patients = {json.dumps(list(record.seen_patients))}"
    assert line in toml.read_text()
    toml.write_text(toml.read_text().replace(line, f'seen_patients = ["{one}"]'))
    report = evaluate(submission, built_toy_release, Settings(split="train")).report
    dice = report.unseen.segmentation["WT"]["dice"]
    cases = [name for name, case in manifest.cases.items() if case.patient == one]
    assert dice.n == report.scores.segmentation["WT"]["dice"].n - len(cases)


@pytest.fixture
def with_weights(runs, tmp_path, monkeypatch):
    """Put the toy segmenter where the bundled one is, for a process of its own."""
    package = tmp_path / "site"
    package.mkdir()
    (package / "sitecustomize.py").write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from bratsfuse.baselines import bundled\n"
        f"sys.modules[bundled.__module__].FOLDER = Path({str(runs)!r})\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(package))


@pytest.mark.slow
def test_reference_segmenter_scores_fused_images(
    runs, built_toy_release, tmp_path, with_weights
):
    submission, report = tmp_path / "submission", tmp_path / "report"
    predict("maximum", built_toy_release, submission)
    words = ["evaluate", str(submission), "--release", str(built_toy_release)]
    words += ["-o", str(report), "--reference-segmenter"]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = json.loads((report / "report.json").read_text())
    dice = {
        region: scores["dice"]["mean"]
        for region, scores in found["scores"]["reference_segmenter"].items()
    }
    assert dice == pytest.approx(expected_dice(runs, built_toy_release), abs=1e-9)
    assert "reference segmenter: one network" in result.output
    assert "Reference segmenter" in (report / "report.html").read_text()
    assert found["reference_segmenter"]["seen_patients"] == []
    again = CliRunner().invoke(
        main, [*words[:4], "--recheck", str(report)], catch_exceptions=False
    )
    assert again.exit_code == 0, again.output


def expected_dice(runs, release):
    """Return the Dice of the toy segmenter on `maximum`, pooled by case, then mean."""
    from bratsfuse.anatomy import REGIONS, lookup_table

    model = baselines.load(runs / "reference_segmenter")
    manifest = read_manifest(release)
    sums = {}
    with SplitFile(release / manifest.splits["test"].file) as file:
        for row, case in enumerate(file.texts("case_id")):
            found = model.segment(file.pixels("fusion_maximum", row))
            for region in REGIONS:
                table = lookup_table(REGIONS[region])
                a, b = table[found], table[file.pixels("mask", row)]
                one = sums.setdefault((str(region), case), np.zeros(2))
                one += (a & b).sum(), a.sum() + b.sum()
    dice = {}
    for (region, _), (both, total) in sums.items():
        dice.setdefault(region, []).append(2 * both / total if total else 1.0)
    return {region: np.mean(values) for region, values in dice.items()}


def test_reference_segmenter_that_talks_much_neither_hangs_nor_hides_its_error(
    built_toy_release, tmp_path, monkeypatch
):
    (tmp_path / "talker.py").write_text(
        "import sys\n"
        "for number in range(5000):\n"
        "    sys.stderr.write('a warning of forty characters and more\\n')\n"
        "print(1, flush=True)\n"
        "sys.exit('what was wrong')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("bratsfuse.evaluation.reference_segmenter.PROGRAM", "talker")
    submission = tmp_path / "submission"
    predict("maximum", built_toy_release, submission)
    with pytest.raises(InvalidInputError, match=r"failed \(what was wrong\)"):
        evaluate(submission, built_toy_release, Settings(reference_segmenter=True))


def test_reference_segmenter_that_fails_says_so(
    built_toy_release, tmp_path, monkeypatch
):
    monkeypatch.setattr("bratsfuse.evaluation.reference_segmenter.PROGRAM", "no_such")
    submission = tmp_path / "submission"
    predict("maximum", built_toy_release, submission)
    with pytest.raises(InvalidInputError, match="--no-reference-segmenter"):
        evaluate(submission, built_toy_release, Settings(reference_segmenter=True))
