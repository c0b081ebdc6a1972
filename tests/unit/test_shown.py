"""What datasets, manifests, reports and runs show of themselves, in one line."""

import torch
from reports import evaluation
from toys import TOY_RECIPE

import bratsfuse
from bratsfuse.release import read_manifest
from bratsfuse.training import RunRecord
from bratsfuse.training.release_facts import facts_of


def load(release, **options):
    return bratsfuse.BraTSFuse(release, split="train", **options)


def test_a_dataset_names_split_images_and_memory(built_toy_release):
    held = load(built_toy_release, sources=("t1ce", "flair"), fusion="laplacian")
    images = sum(held[0][name].numel() for name in ("image", "fused", "mask"))
    size = len(held) * images / 1e3  # held in 8 bits
    assert repr(held) == (
        "BraTSFuse(train, 14 slice sets, t1ce + flair, fused laplacian, in memory "
        f"{size:.0f} kB)"
    )


def test_a_dataset_says_what_is_unusual(built_toy_release):
    unusual = load(
        built_toy_release,
        fusion=None,
        regions=("WT", "TC"),
        columns=("grade",),
        in_memory=False,
        sources=("t1",),
    )
    assert repr(unusual) == (
        "BraTSFuse(train, 14 slice sets, t1, nothing fused, regions WT + TC, columns "
        "grade, read from disk)"
    )


def test_a_heir_of_the_dataset_is_shown_by_its_own_name(built_toy_release):
    class Heir(bratsfuse.BraTSFuse):
        pass

    assert repr(Heir(built_toy_release, split="test")).startswith("Heir(test, ")


def test_a_manifest_is_shown_in_one_line(built_toy_release):
    manifest = read_manifest(built_toy_release)
    assert repr(manifest) == (
        f"Manifest({TOY_RECIPE.slices} slice sets, 4 cases, 4 patients, "
        f"{manifest.source.title}, fused average + maximum + laplacian, fingerprint "
        f"{manifest.fingerprint[:12]})"
    )


def test_a_report_is_shown_in_one_line():
    report = evaluation(cases=4, slices=24).report
    assert repr(report) == (
        "Report(scored, 'Ridge-Net', test, fusion + segmentation, 24 slice sets)"
    )


def test_a_report_says_what_is_missing():
    made = evaluation(cases=4, slices=24, missing=3)
    told = repr(made.report)
    assert "fusion (3 missing) + segmentation (3 missing)" in told
    assert repr(made) == f"Evaluation({told}, {len(made.pictures)} pictures)"


def test_a_run_is_shown_in_one_line(built_toy_release):
    manifest = read_manifest(built_toy_release)
    run = RunRecord(
        baseline="unet",
        release=facts_of(manifest, ("t1ce",)),
        config_sha256="0" * 64,
        seed=7,
        device="cpu",
        parameters={"unet": 1},
        versions={"torch": str(torch.__version__)},
        patients={},
        steps_done=1,
    )
    assert repr(run) == (
        f"RunRecord(unet, 1 step, unfinished, seed 7, trained on "
        f"{manifest.source.title}, release {manifest.fingerprint[:12]})"
    )
