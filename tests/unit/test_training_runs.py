"""Runs: what they leave behind, how they go on, and what they refuse."""

import csv
import hashlib
import json
import math
import random
import tomllib
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest
import torch
from manifests import edit_and_prove
from safetensors.torch import load_file

from bratsfuse.baselines import BASELINES, LateUNet, TrainableUNet, UNet, UNetConfig
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING as FUSE4SEG
from bratsfuse.errors import InvalidInputError
from bratsfuse.place import workplace
from bratsfuse.release import read_manifest
from bratsfuse.training import load_run, read_run, train
from bratsfuse.training.averaging import Average
from bratsfuse.training.devices import find_device
from bratsfuse.training.diverged import DivergedError
from bratsfuse.training.files import read_tensors
from bratsfuse.training.run import RUN, read_run_config
from bratsfuse.training.validation import CaseDice

UNET = BASELINES["unet"].training()
SMALL = {
    "preset": "tiny",
    "batch_size": 2,
    "schedule_steps": 8,
    "warm_up": 3,
    "validate_every": 2,
    "log_every": 2,
    "checkpoint_every": 2,
}
TRAINABLES = {
    "unet": (UNET, UNetConfig(**SMALL, steps=4, augment="full")),
    "late": (UNET, UNetConfig(**SMALL, steps=4, join="late", downsample=2, ema=0.0)),
    "product": (UNET, UNetConfig(**SMALL, steps=4, sources=("fusion:maximum",))),
    "fuse4seg": (
        FUSE4SEG,
        Fuse4SegConfig(**SMALL, steps=4, ramp_below=99.0, ramp_steps=2),
    ),
}


def fit(which, release, run, *, steps=None, **options):
    training, config = TRAINABLES[which]
    if steps is not None:
        config = replace(config, steps=steps)
    return train(which, training, release, run, config, **options)


def files_of(run):
    return sorted(
        str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()
    )


@pytest.fixture
def dying(monkeypatch):
    """Make the U-Net die in a step, as a killed process does."""

    def after(steps):
        step = TrainableUNet.step

        def deadly(self, number, batches):
            if number == steps:
                raise KeyboardInterrupt
            return step(self, number, batches)

        monkeypatch.setattr(TrainableUNet, "step", deadly)

    return after


@pytest.mark.parametrize("which", TRAINABLES)
def test_resuming_gives_the_bits_of_a_run_that_never_stopped(
    which, built_toy_release, tmp_path
):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    fit(which, built_toy_release, whole)
    fit(which, built_toy_release, parts, steps=2)
    random.seed(99)
    torch.manual_seed(99)
    np.random.default_rng(99)
    fit(which, built_toy_release, parts, resume=True)
    for name in ("model.safetensors", "metrics.csv", "config.toml"):
        assert (whole / name).read_bytes() == (parts / name).read_bytes(), name
    one, other = (read_tensors(run / "last.safetensors") for run in (whole, parts))
    assert list(one.tensors) == list(other.tensors)
    for name, tensor in one.tensors.items():
        assert torch.equal(tensor, other.tensors[name]), name
    for facts in (one.facts, other.facts):
        facts["loop"].pop("seconds")
    assert one.facts == other.facts
    assert any(name.startswith("optimiser.") for name in one.tensors)
    assert any(name.startswith("generator.") for name in one.tensors)


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    built_toy_release, tmp_path, dying, monkeypatch
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    fit("unet", built_toy_release, whole)
    with monkeypatch.context():
        dying(3)
        with pytest.raises(KeyboardInterrupt):
            fit("unet", built_toy_release, killed)
        monkeypatch.undo()
    assert read_run(killed).steps_done == 2
    assert not read_run(killed).finished
    fit("unet", built_toy_release, killed, resume=True)
    assert read_run(killed).finished
    for name in ("model.safetensors", "metrics.csv"):
        assert (whole / name).read_bytes() == (killed / name).read_bytes(), name


def test_a_run_killed_before_its_first_checkpoint_begins_anew(
    built_toy_release, tmp_path, dying, monkeypatch
):
    with monkeypatch.context():
        dying(1)
        with pytest.raises(KeyboardInterrupt):
            fit("unet", built_toy_release, tmp_path / "run")
        monkeypatch.undo()
    record = fit("unet", built_toy_release, tmp_path / "run", resume=True)
    assert record.steps_done == 4


def test_networks_that_draw_random_numbers_resume_exactly_too(
    built_toy_release, tmp_path, monkeypatch
):
    step = TrainableUNet.step

    def drawing(self, number, batches):
        losses = dict(step(self, number, batches))
        losses["torch"] = float(torch.rand(()))
        losses["python"] = random.gauss(0, 1)
        losses["numpy"] = np.random.normal()  # noqa: NPY002
        return losses

    monkeypatch.setattr(TrainableUNet, "step", drawing)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    fit("unet", built_toy_release, whole, steps=3)
    fit("unet", built_toy_release, parts, steps=1)
    fit("unet", built_toy_release, parts, steps=3, resume=True)
    one, other = (read_tensors(run / "last.safetensors") for run in (whole, parts))
    assert one.facts["python"] == other.facts["python"]
    for name, state in one.below("generator").items():
        assert torch.equal(state, other.below("generator")[name]), name


@pytest.mark.parametrize("which", ["unet", "fuse4seg"])
def test_equal_seeds_give_equal_weights_and_others_do_not(
    which, built_toy_release, tmp_path
):
    training, config = TRAINABLES[which]
    weights = []
    for run, seed in (("a", 0), ("b", 0), ("c", 1)):
        changed = replace(config, seed=seed, deterministic=True)
        train(which, training, built_toy_release, tmp_path / run, changed)
        weights.append((tmp_path / run / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_run_holds_no_pickle_and_what_the_documents_promise(
    built_toy_release, tmp_path
):
    run = tmp_path / "run"
    fit("fuse4seg", built_toy_release, run)
    names = files_of(run)
    assert {
        "model.safetensors",
        "last.safetensors",
        "config.toml",
        "metrics.csv",
        "run.json",
        "figures/learning_curve.svg",
        "figures/fused.png",
    } <= set(names)
    allowed = (".safetensors", ".toml", ".csv", ".json", ".svg", ".png")
    assert all(name.endswith(allowed) for name in names)
    modes = {(run / name).stat().st_mode for name in names}
    assert len(modes) == 1, "the weights are private, as their library makes them"
    assert tomllib.loads((run / "config.toml").read_text())["solver"] == "joint"
    weights = load_file(run / "model.safetensors")
    assert {name.partition(".")[0] for name in weights} == {"leader", "follower"}


def test_the_record_names_release_versions_device_and_patients(
    built_toy_release, tmp_path, monkeypatch
):
    # The usual build of torch adds a label to its version that no package index knows.
    monkeypatch.setattr(torch, "__version__", "2.13.0+cu130")
    run = tmp_path / "run"
    fit("fuse4seg", built_toy_release, run, device="cpu")
    manifest = read_manifest(built_toy_release)
    content = json.loads((run / "run.json").read_text())
    assert content["release"]["fingerprint"] == manifest.fingerprint
    assert content["device"] == "cpu"
    assert content["versions"]["torch"] == version("torch")
    patients = {
        split: {case.patient for case in manifest.cases.values() if case.split == split}
        for split in ("train", "validation")
    }
    found = content["patients"]
    assert set(found["leader"]) | set(found["follower"]) == patients["train"]
    assert not set(found["leader"]) & set(found["follower"])
    assert set(found["validation"]) == patients["validation"]
    assert content["steps_done"] == 4
    assert content["finished"] is True


def test_the_log_has_a_row_of_means_per_interval(built_toy_release, tmp_path):
    run = tmp_path / "run"
    rows = []
    fit("unet", built_toy_release, run, report=lambda *told: rows.append(told))
    with (run / "metrics.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["step"] for row in written] == ["2", "4"]
    assert [done for done, _, _ in rows] == [2, 4]
    assert rows[-1][1] == 4
    for (_, _, told), row in zip(rows, written, strict=True):
        assert {name: float(value) for name, value in row.items() if value} == told
    assert {"train_loss", "validation_loss", "validation_dice"} <= set(written[0])


def test_the_averaged_weights_of_the_last_validation_are_kept(
    built_toy_release, tmp_path
):
    run, bare = tmp_path / "run", tmp_path / "bare"
    record = fit("unet", built_toy_release, run)
    model, last = (read_tensors(run / f"{n}.safetensors") for n in ("model", "last"))
    assert record.validated_step == model.facts["step"] == 4
    averaged, own = last.below("average"), last.below("network")
    assert all(torch.equal(model.tensors[name], averaged[name]) for name in averaged)
    assert not all(torch.equal(own[name], averaged[name]) for name in averaged)
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    trained = load_run(run, UNET)
    assert record.validation["loss"] == pytest.approx(
        float(rows[-1]["validation_loss"])
    )
    assert all(
        torch.equal(value, averaged[f"follower.{name}"])
        for name, value in trained.trainable.networks["follower"].state_dict().items()
    )
    training, config = TRAINABLES["unet"]
    train("unet", training, built_toy_release, bare, replace(config, ema=0.0))
    kept, last = (read_tensors(bare / f"{n}.safetensors") for n in ("model", "last"))
    own = last.below("network")
    assert all(torch.equal(kept.tensors[name], own[name]) for name in own)
    assert not last.below("average")


def test_the_average_follows_the_weights_and_forgets_the_first():
    trainable = UNET.build(UNetConfig(preset="tiny"), torch.device("cpu"))
    average = Average(trainable, 0.9)
    bias = trainable.networks["follower"].head.bias
    expected = bias.detach().clone()
    for number in range(30):
        with torch.no_grad():
            bias.add_(1.0)
        average.update(number)
        keep = min(0.9, (1 + number) / (10 + number))
        expected = keep * expected + (1 - keep) * bias.detach()
    assert torch.allclose(average.values["follower.head.bias"], expected, atol=1e-5)
    own = bias.detach().clone()
    with average.applied():
        assert torch.allclose(bias, expected, atol=1e-5)
    assert torch.equal(bias, own)


def test_a_run_stores_the_box_that_its_networks_saw(built_toy_release, tmp_path):
    run, whole = tmp_path / "run", tmp_path / "whole"
    training, config = TRAINABLES["unet"]
    fit("unet", built_toy_release, run)
    train("unet", training, built_toy_release, whole, replace(config, crop=False))
    box = read_run(run).crop
    shape = read_manifest(built_toy_release).image_shape
    assert json.loads((run / "run.json").read_text())["crop"]["top"] == box.top
    assert 0 < box.height * box.width <= shape[0] * shape[1]
    assert read_run(whole).crop is None
    assert (
        load_run(whole, UNET)
        .predict({name: np.zeros(shape, np.uint8) for name in config.columns})[
            "segmentation"
        ]
        .shape
        == shape
    )


def test_resuming_beyond_the_schedule_is_refused(built_toy_release, tmp_path):
    training, config = TRAINABLES["unet"]
    config = replace(config, schedule_steps=0)
    run = tmp_path / "run"
    train("unet", training, built_toy_release, run, config)
    assert read_run_config(run, UNetConfig).schedule_steps == 4
    with pytest.raises(InvalidInputError, match="cosine ends at step 4"):
        train(
            *("unet", training, built_toy_release, run),
            replace(config, steps=8),
            resume=True,
        )


def test_a_loss_that_is_not_finite_stops_and_names_the_slices(
    built_toy_release, tmp_path, monkeypatch
):
    batches = []

    def broken(self, number, given):
        batches.extend(given)
        return {"loss": math.nan if number == 3 else 1.0}

    monkeypatch.setattr(TrainableUNet, "step", broken)
    with pytest.raises(DivergedError, match="step 4: loss not finite") as caught:
        fit("unet", built_toy_release, tmp_path / "run")
    for slice_id in batches[-1].slice_ids:
        assert slice_id in str(caught.value)
    assert "learning rate" in str(caught.value)
    assert read_run(tmp_path / "run").steps_done == 2


def test_a_real_explosion_is_noticed_in_the_step_that_it_happens(
    built_toy_release, tmp_path
):
    config = UNetConfig(**{**SMALL, "warm_up": 0}, steps=6, lr_follower=1e30)
    with pytest.raises(DivergedError, match="not finite"):
        train("unet", UNET, built_toy_release, tmp_path / "run", config)


@pytest.mark.parametrize("which", ["unet", "fuse4seg"])
def test_the_test_split_is_never_opened(which, toy_release, tmp_path):
    (toy_release / "data" / "test.h5").unlink()
    assert fit(which, toy_release, tmp_path / "run").finished


def test_training_sees_training_patients_and_validation_the_others(
    built_toy_release, tmp_path, monkeypatch
):
    seen = {"step": set(), "losses": set()}
    for name, ids in seen.items():
        original = getattr(TrainableUNet, name)

        def watched(self, *given, original=original, ids=ids):
            batches = given[-1] if isinstance(given[-1], list) else [given[-1]]
            for batch in batches:
                ids.update(one.rpartition("_z")[0] for one in batch.slice_ids)
            return original(self, *given)

        monkeypatch.setattr(TrainableUNet, name, watched)
    fit("unet", built_toy_release, tmp_path / "run", steps=8)
    cases = read_manifest(built_toy_release).cases
    assert {cases[case].split for case in seen["step"]} == {"train"}
    assert {cases[case].split for case in seen["losses"]} == {"validation"}


def test_an_existing_run_is_refused_unless_told_otherwise(built_toy_release, tmp_path):
    run = tmp_path / "run"
    fit("unet", built_toy_release, run, steps=2)
    before = (run / "run.json").read_bytes()
    with pytest.raises(InvalidInputError, match="--resume, replace it by --overwrite"):
        fit("unet", built_toy_release, run)
    assert (run / "run.json").read_bytes() == before
    assert fit("unet", built_toy_release, run, overwrite=True).steps_done == 4


def test_a_folder_of_something_else_is_never_replaced(built_toy_release, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidInputError, match="is no run"):
        fit("unet", built_toy_release, tmp_path, overwrite=True)
    assert files_of(tmp_path) == ["thesis.tex"]


def test_resuming_with_another_config_says_what_differs(built_toy_release, tmp_path):
    fit("unet", built_toy_release, tmp_path / "run", steps=2)
    other = UNetConfig(**{**SMALL, "batch_size": 3}, steps=4, augment="full", seed=5)
    with pytest.raises(
        InvalidInputError, match=r"batch_size = 3, not 2; seed = 5, not"
    ):
        train("unet", UNET, built_toy_release, tmp_path / "run", other, resume=True)


def test_resuming_with_another_baseline_is_refused(built_toy_release, tmp_path):
    fit("unet", built_toy_release, tmp_path / "run", steps=2)
    with pytest.raises(InvalidInputError, match="a run of unet, expected one of fuse"):
        fit("fuse4seg", built_toy_release, tmp_path / "run", resume=True)


def test_resuming_on_another_release_says_what_differs(toy_release, tmp_path):
    run = tmp_path / "run"
    fit("unet", toy_release, run, steps=2)

    def change(content):
        content["recipe"]["sources"] = ["t1", "t2"]
        content["source"]["layout"] = "brats2020"

    edit_and_prove(toy_release, change)
    with pytest.raises(InvalidInputError, match="layout brats2020, not brats2021"):
        fit("unet", toy_release, run, resume=True)


def test_there_has_to_be_a_run_to_resume(built_toy_release, tmp_path):
    with pytest.raises(InvalidInputError, match=r"no run\.json"):
        fit("unet", built_toy_release, tmp_path / "run", resume=True)
    assert not (tmp_path / "run").exists()


def test_labels_without_a_region_are_refused(toy_release, tmp_path):
    edit_and_prove(toy_release, lambda m: m["source"].update(regions=["WT"]))
    with pytest.raises(InvalidInputError, match="training needs TC, ET"):
        fit("unet", toy_release, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_trained_network_predicts_as_it_validated(built_toy_release, tmp_path):
    run = tmp_path / "run"
    fit("fuse4seg", built_toy_release, run)
    trained = load_run(run, FUSE4SEG)
    rng = np.random.default_rng(0)
    height, width = read_manifest(built_toy_release).image_shape
    images = {
        name: rng.integers(1, 256, (height, width), np.uint8)
        for name in trained.columns
    }
    found = trained.predict(images)
    assert set(found) == {"fusion", "segmentation"}
    for image in found.values():
        assert (image.dtype, image.shape) == (np.uint8, (height, width))
    assert set(np.unique(found["segmentation"])) <= {0, 1, 2, 3}
    assert len(np.unique(found["fusion"])) > 10
    again = load_run(run, FUSE4SEG).predict(images)
    assert np.array_equal(found["fusion"], again["fusion"])


def test_a_release_of_other_images_is_refused_before_predicting(toy_release, tmp_path):
    run = tmp_path / "run"
    fit("product", toy_release, run)
    trained = load_run(run, UNET)
    manifest = read_manifest(toy_release)
    trained.check(manifest)
    edit_and_prove(toy_release, lambda m: m["source"].update(synthetic=True))
    trained.check(read_manifest(toy_release))  # another release of like images

    edit_and_prove(toy_release, lambda m: m.update(image_shape=[10, 10]))
    trained.check(read_manifest(toy_release))  # of any size
    sources = ["t1", "t2"]
    edit_and_prove(toy_release, lambda m: m["recipe"].update(sources=sources))
    words = r"products maximum of t1 \+ t2, not maximum of t1ce \+ fl"
    with pytest.raises(InvalidInputError, match=words):
        trained.check(read_manifest(toy_release))


@pytest.mark.parametrize("shape", [(10, 10), (37, 61), (200, 130)])
def test_a_run_predicts_images_of_any_size(shape, built_toy_release, tmp_path):
    run = tmp_path / "run"
    fit("fuse4seg", built_toy_release, run, steps=2)
    images = {
        name: np.random.default_rng(number).integers(0, 256, shape, np.uint8)
        for number, name in enumerate(("t1ce", "flair"))
    }
    for image in images.values():
        image[: shape[0] // 3] = 0
    found = load_run(run, FUSE4SEG).predict(images)
    assert {one.shape for one in found.values()} == {shape}
    brain = np.logical_or(*images.values())
    assert not found["fusion"][~brain].any()
    assert found["fusion"][brain].min() > 0


def test_weights_of_other_networks_are_refused(built_toy_release, tmp_path):
    fit("unet", built_toy_release, tmp_path / "run", steps=2)
    fit("late", built_toy_release, tmp_path / "late", steps=2)
    model = tmp_path / "run" / "model.safetensors"
    model.write_bytes((tmp_path / "late" / "model.safetensors").read_bytes())
    with pytest.raises(InvalidInputError, match="not the weights of the networks"):
        load_run(tmp_path / "run", UNET)
    model.write_bytes(b"broken")
    with pytest.raises(InvalidInputError, match="no weights of bratsfuse train"):
        load_run(tmp_path / "run", UNET)
    model.unlink()
    with pytest.raises(InvalidInputError, match=r"no model\.safetensors yet"):
        load_run(tmp_path / "run", UNET)


def test_the_device_is_cuda_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert find_device().type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_device() == torch.device("cpu") == find_device("cpu")
    with pytest.raises(InvalidInputError, match="expected auto, cpu or cuda"):
        find_device("gpu")


def test_low_precision_needs_cuda(built_toy_release, tmp_path):
    config = UNetConfig(**SMALL, steps=4, amp=True)
    with pytest.raises(InvalidInputError, match="expected a CUDA device"):
        train("unet", UNET, built_toy_release, tmp_path / "run", config, device="cpu")


def test_dice_is_pooled_over_the_slices_of_a_case():
    dice = CaseDice()
    masks = torch.tensor([[[3, 3]], [[0, 0]], [[2, 0]]], dtype=torch.uint8)
    labels = torch.tensor([[[3, 0]], [[0, 3]], [[2, 2]]], dtype=torch.uint8)
    dice.add(["a", "a", "b"], labels, masks)
    found = dice.scores()
    assert found["dice_ET"] == pytest.approx(2 * 1 / (2 + 2))  # b has none, left out
    assert found["dice_WT"] == pytest.approx((2 * 1 / 4 + 2 * 1 / 3) / 2)
    assert found["dice"] == pytest.approx(
        (found["dice_WT"] + found["dice_TC"] + found["dice_ET"]) / 3
    )


def test_late_joining_has_an_encoder_for_each_source():
    net = LateUNet.preset("tiny", 3)
    images = torch.rand(1, 3, 16, 16, requires_grad=True)
    assert net(images).shape == (1, 3, 16, 16)
    first = list(net.encoders[0].parameters())
    second = list(net.encoders[1].parameters())
    assert not {id(one) for one in first} & {id(one) for one in second}
    only = torch.zeros(1, 3, 16, 16)
    only[:, 0] = 1
    with torch.no_grad():
        before = net(images)
        for weight in second:
            weight.zero_()
        assert not torch.equal(net(images), before)


@pytest.mark.parametrize("preset", ["tiny", "default", "base"])
@pytest.mark.parametrize("channels", [2, 4])
def test_late_joining_learns_about_as_many_numbers(preset, channels):
    early, late = (
        sum(one.numel() for one in kind.preset(preset, channels).parameters())
        for kind in (UNet, LateUNet)
    )
    assert 0.7 < late / early < 1.45


def test_a_config_is_read_back_from_its_run(built_toy_release, tmp_path):
    fit("late", built_toy_release, tmp_path / "run", steps=2)
    config = read_run_config(tmp_path / "run", UNetConfig)
    assert (config.join, config.steps) == ("late", 2)


@pytest.mark.parametrize("which", ["unet", "fuse4seg"])
def test_a_key_that_came_later_means_what_the_run_did(
    which, built_toy_release, tmp_path
):
    """Else a run of an earlier version would be shown other images than it learned."""
    training, config = TRAINABLES[which]
    config = replace(config, steps=2)
    run = tmp_path / "run"
    train(which, training, built_toy_release, run, config)
    shape = read_manifest(built_toy_release).image_shape
    image = np.random.default_rng(0).integers(1, 256, shape, np.uint8)
    images = dict.fromkeys(config.sources, image)
    before = load_run(run, training).predict(images)
    path = run / "config.toml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(one for one in lines if not one.startswith("standardise")))
    record = json.loads((run / "run.json").read_text())
    record["config_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (run / "run.json").write_text(json.dumps(record))
    assert read_run_config(run, type(config)) == config
    after = load_run(run, training).predict(images)
    for name in before:
        assert np.array_equal(before[name], after[name])


def test_two_trainings_of_one_run_do_not_mix(built_toy_release, tmp_path):
    run = tmp_path / "run"
    fit("unet", built_toy_release, run, steps=2)
    before = (run / "last.safetensors").read_bytes()
    with workplace(run, RUN):  # as the training that goes on
        for how in ({"resume": True}, {"overwrite": True}):
            with pytest.raises(InvalidInputError, match="another process"):
                fit("unet", built_toy_release, run, **how)
    assert (run / "last.safetensors").read_bytes() == before
