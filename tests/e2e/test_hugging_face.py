"""``datasets.load_dataset`` on a release, with nothing of ours imported."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

from bratsfuse.release import CONFIGS, Recipe, SplitFile, read_manifest
from bratsfuse.release.columns import columns

TABLE = columns(Recipe().fusers, Recipe().sources)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("cache")
    return datasets


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_holds_its_columns(datasets, built_toy_release, config):
    loaded = datasets.load_dataset(str(built_toy_release), config)
    expected = [column.name for column in TABLE if config in column.configs]
    for split, count in (("train", 14), ("validation", 2), ("test", 4)):
        assert loaded[split].column_names == expected
        assert len(loaded[split]) == count
        assert loaded[split].features["grade"].names == ["unknown", "LGG", "HGG"]


@pytest.mark.parametrize("streaming", [False, True])
def test_pixels_are_those_that_are_stored(datasets, built_toy_release, streaming):
    loaded = datasets.load_dataset(
        str(built_toy_release), "all", split="test", streaming=streaming
    )
    with SplitFile(built_toy_release / "data" / "test.h5") as file:
        for place, row in enumerate(loaded):
            for column in TABLE:
                if column.pixels:
                    stored = file.pixels(column.name, place)
                    np.testing.assert_array_equal(np.array(row[column.name]), stored)
                elif column.kind == "text":
                    assert row[column.name] == file.texts(column.name)[place]
                else:
                    stored = file.array(column.name)[place]
                    np.testing.assert_allclose(row[column.name], stored)
    assert place == 3


def test_numpy_format_keeps_uint8(datasets, built_toy_release):
    loaded = datasets.load_dataset(str(built_toy_release), "fusion", split="train")
    row = loaded.with_format("numpy", dtype=np.uint8)[0]
    assert row["mask"].dtype == np.uint8
    assert row["mask"].ndim == 2


def test_a_rebuilt_release_is_not_served_from_the_cache(datasets, tmp_path):
    import dataclasses

    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import build
    from bratsfuse.raw import read_case, scan

    raw = write_toys(tmp_path / "raw", cases=4)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    release = tmp_path / "release"
    build(form, cases, TOY_RECIPE, release, read=read_case)
    first = datasets.load_dataset(str(release), "fusion", split="train")
    other = dataclasses.replace(TOY_RECIPE, seed=4)
    build(form, cases, other, release, read=read_case, overwrite=True)
    second = datasets.load_dataset(str(release), "fusion", split="train")
    with SplitFile(release / "data" / "train.h5") as file:
        assert second["case_id"] == file.texts("case_id")
        assert first["case_id"] != second["case_id"]


def test_it_needs_no_code_of_ours(built_toy_release, tmp_path):
    script = (
        "import sys, json, datasets\n"
        f"ds = datasets.load_dataset({str(built_toy_release)!r}, 'fusion', "
        f"split='train', cache_dir={str(tmp_path / 'cache')!r})\n"
        "ours = [name for name in sys.modules if name.startswith('bratsfuse')]\n"
        "print(json.dumps([len(ds), ours]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [14, []]


def test_the_export_loads_as_images(datasets, built_toy_release, tmp_path):
    from bratsfuse.release import export_parquet

    target = tmp_path / "export"
    export_parquet(built_toy_release, target)
    assert sorted(path.name for path in target.iterdir()) == [
        "DATASHEET.md",
        "README.md",
        "TERMS.md",
        "data",
    ]
    for config in CONFIGS:
        loaded = datasets.load_dataset(str(target), config, split="test")
        names = [column.name for column in TABLE if config in column.configs]
        assert loaded.column_names == names
        with SplitFile(built_toy_release / "data" / "test.h5") as file:
            for place, row in enumerate(loaded):
                for name in names:
                    if file.is_pixels(name):
                        assert row[name].mode == "L"
                        stored = file.pixels(name, place)
                        np.testing.assert_array_equal(np.asarray(row[name]), stored)
    fingerprint = read_manifest(built_toy_release).fingerprint
    assert fingerprint in (target / "README.md").read_text()


def test_croissant_is_valid_and_its_records_are_the_index(built_toy_release):
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of what pandas is about to drop
        dataset = mlcroissant.Dataset(str(built_toy_release / "croissant.json"))
        records = list(dataset.records("index"))
    assert not dataset.metadata.ctx.issues.errors
    # A date would make two builds of the same release differ.
    assert all("datePublished" in text for text in dataset.metadata.ctx.issues.warnings)
    assert len(records) == 20
    assert records[0]["index/slice_index"] >= 0
