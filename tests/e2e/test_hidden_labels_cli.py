"""A release with hidden labels from build to loading, as organiser and participant."""

import json
import shutil
import warnings

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from toys import TOY_RECIPE, small, write_toys

from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.raw import read_case, scan
from bratsfuse.release import (
    CONFIGS,
    BraTSFuse,
    Recipe,
    SplitFile,
    read_manifest,
    write_preview,
)
from bratsfuse.release import montage as montages
from bratsfuse.release.columns import MASK, columns

TABLE = columns(Recipe().fusers, Recipe().sources)
COUNTS = {"train": 14, "validation": 2, "test": 4}
TOYS = ("--slices", "20", "--min-area", "4", "--any-shape", "--workers", "1")


def run(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_toys(tmp_path_factory.mktemp("hidden") / "raw", cases=4)


@pytest.fixture(scope="module")
def built(raw):
    """A release without the masks of test; not to be changed."""
    done = run(
        "build", raw, "-o", raw.parent / "public", *TOYS, "--withhold-labels", "test"
    )
    assert done.exit_code == 0, done.output
    return raw.parent / "public"


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("cache")
    return datasets


# The command line.


def test_the_organiser_builds_and_checks(built):
    key = built.with_name("public.key.h5")
    assert key.stat().st_mode & 0o777 == 0o600
    assert "labels      hidden: test" in run("info", built).stdout
    assert "withheld" in json.loads(run("info", built, "--json").stdout)
    done = run("verify", built, "--key", key)
    assert (done.exit_code, "nothing wrong" in done.stdout) == (0, True)
    assert run("verify", built).exit_code == 0


def test_a_wrong_key_fails_the_check(built, toy_release, tmp_path):
    stranger = tmp_path / "key.h5"
    shutil.copy(built / "data" / "test.h5", stranger)
    done = run("verify", built, "--key", stranger)
    assert done.exit_code == 1
    assert "key-differs" in done.stdout
    assert "not an answer key" in done.stdout
    done = run("verify", toy_release, "--key", built.with_name("public.key.h5"))
    assert done.exit_code == 1
    assert "hides no labels" in done.stdout


def test_the_key_has_a_place_of_its_own_on_request(raw, tmp_path):
    key, release = tmp_path / "safe.h5", tmp_path / "release"
    options = ("-o", release, *TOYS, "--withhold-labels", "validation,test")
    done = run("build", raw, *options, "--key", key)
    assert f"{key}: masks of validation, test" in done.stdout
    assert sorted(read_manifest(release).withheld) == ["test", "validation"]
    assert not release.with_name("release.key.h5").exists()
    done = run("build", raw, *options, "--key", release / "key.h5", "--overwrite")
    assert (done.exit_code, f"is in {release}" in done.stderr) == (1, True)
    shutil.rmtree(release)
    done = run("build", raw, *options, "--key", key)
    assert (done.exit_code, "already exists; without it" in done.stderr) == (1, True)
    assert not release.exists()


@pytest.mark.parametrize(
    "options", [("--withhold-labels", "tests"), ("--key", "key.h5")]
)
def test_a_slip_in_the_options_is_wrong_usage(raw, tmp_path, options):
    assert run("build", raw, "-o", tmp_path / "release", *options).exit_code == 2


# Loading, by participants.


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("config", CONFIGS)
def test_load_dataset_gives_every_split(datasets, built, config, streaming):
    names = [column.name for column in TABLE if config in column.configs]
    hidden = [name for name in names if name != MASK]
    labelled = datasets.load_dataset(str(built), config, streaming=streaming)
    every = datasets.load_dataset(
        str(built), f"{config}_unlabelled", streaming=streaming
    )
    assert list(labelled) == ["train", "validation"]
    assert list(every) == list(COUNTS)
    for loaded, expected in ((labelled, names), (every, hidden)):
        for split, rows in loaded.items():
            count = 0
            with SplitFile(built / "data" / f"{split}.h5") as file:
                for place, row in enumerate(rows):
                    assert list(row) == expected
                    assert row["case_id"] == file.texts("case_id")[place]
                    pixels = next(name for name in expected if file.is_pixels(name))
                    stored = file.pixels(pixels, place)
                    np.testing.assert_array_equal(np.array(row[pixels]), stored)
                    count += 1
            assert count == COUNTS[split]


def test_load_dataset_takes_the_labelled_splits_by_default(datasets, built):
    assert MASK in datasets.load_dataset(str(built), split="train").column_names
    with pytest.raises(ValueError, match=r'Unknown split "test"'):
        datasets.load_dataset(str(built), "fusion", split="test")


def test_load_dataset_knows_no_masks_where_all_are_withheld(datasets, raw, tmp_path):
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    build(
        form,
        cases,
        TOY_RECIPE,
        tmp_path / "release",
        read=read_case,
        withhold=tuple(COUNTS),
    )
    for config in CONFIGS:
        loaded = datasets.load_dataset(str(tmp_path / "release"), config)
        assert {split: len(rows) for split, rows in loaded.items()} == COUNTS
        assert MASK not in loaded["train"].column_names


@pytest.mark.parametrize("in_memory", [True, False])
def test_samples_of_a_withheld_split_have_no_mask(built, in_memory):
    test = BraTSFuse(built, "test", in_memory=in_memory, columns=("grade",))
    assert not test.labelled
    assert set(test[0]) == {"image", "fused", "case_id", "slice_index", "grade"}
    with SplitFile(built / "data" / "test.h5") as file:
        stored = torch.from_numpy(file.pixels("flair", 1).copy()) / 255
    assert torch.equal(test[1]["image"][1], stored)
    (batch,) = torch.utils.data.DataLoader(test, batch_size=4)
    assert batch["image"].shape[:2] == (4, 2)
    train = BraTSFuse(built, "train", in_memory=in_memory, regions=("WT",))
    assert train.labelled
    assert {"mask", "regions"} <= set(train[0])
    with pytest.raises(InvalidInputError, match="regions WT: the release hides"):
        BraTSFuse(built, "test", regions=("WT",))


def test_the_export_holds_no_mask_either(datasets, built, tmp_path):
    target = tmp_path / "export"
    assert run("export", built, "-o", target).exit_code == 0
    for config in CONFIGS:
        names = [column.name for column in TABLE if config in column.configs]
        train = datasets.load_dataset(str(target), config, split="train")
        assert train.column_names == names
        test = datasets.load_dataset(str(target), f"{config}_unlabelled", split="test")
        assert test.column_names == [name for name in names if name != MASK]
        assert len(test) == COUNTS["test"]
    from pyarrow.parquet import read_schema

    assert MASK not in read_schema(target / "data" / "test.parquet").names


def test_croissant_reads_an_index_with_blanks(built):
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of what pandas is about to drop
        dataset = mlcroissant.Dataset(str(built / "croissant.json"))
        records = list(dataset.records("index"))
    assert not dataset.metadata.ctx.issues.errors
    for record in records:
        blank = record["index/area_et"] is None
        assert blank == (record["index/split"] == b"test")


def test_a_montage_without_masks_has_no_overlay(built, tmp_path):
    manifest, target = read_manifest(built), tmp_path / "montage.png"
    widths = {}
    for split in ("train", "test"):
        write_preview(built, manifest, target, split=split)
        with Image.open(target) as montage:
            widths[split] = montage.width
    assert widths["train"] - widths["test"] == montages.CELL_PIXELS + 6  # a gap
    target.unlink()
    assert run("preview", built, "-o", target, "--split", "test").exit_code == 0
    assert target.exists()
