"""What is imported when: the command line stays light, scoring never meets torch."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "datasets", "h5py", "numpy", "nibabel", "matplotlib", "scipy")


def loaded_after(code):
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_command_line_loads_nothing_heavy():
    code = (
        "from bratsfuse.cli import main\n"
        "[main.get_command(None, name) for name in main.list_commands(None)]"
    )
    assert not loaded_after(code) & set(HEAVY)


@pytest.mark.parametrize(
    "code",
    [
        "main(['--help'], standalone_mode=False)",
        "main.shell_complete(click.Context(main), '')",
    ],
)
def test_the_list_of_commands_imports_none(code):
    loaded = loaded_after(f"import click\nfrom bratsfuse.cli import main\n{code}")
    files = {name.removeprefix("bratsfuse.cli.") for name in loaded if ".cli." in name}
    assert files
    assert all(name.startswith("_") for name in files)


def test_a_glance_at_a_release_imports_no_reader_of_records(built_toy_release):
    code = (
        "from pathlib import Path\nfrom bratsfuse.release.glance import glance\n"
        f"assert glance(Path({str(built_toy_release)!r}))"
    )
    assert not loaded_after(code) & {*HEAVY, "pydantic"}


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_after("import bratsfuse") & set(HEAVY)


@pytest.mark.parametrize(
    "module",
    [
        "builders",
        "building.pipeline",
        "building.inspection",
        "phantom.head",
        "raw.find",
        "release.parquet",
        "release.verify.release",
    ],
)
def test_building_and_checking_never_load_torch_or_datasets(module):
    loaded = loaded_after(f"import bratsfuse.{module}")
    assert not loaded & {"torch", "datasets"}


@pytest.mark.parametrize("chapter", ["fusion", "segmentation"])
def test_a_chapter_of_metrics_is_imported_without_its_machinery(chapter):
    """They are needed only when a metric runs; the records are read more often."""
    code = (
        f"from bratsfuse.metrics import {chapter}\n"
        f"{chapter}.METRICS, bratsfuse.metrics.METRICS"
    )
    loaded = loaded_after(f"import bratsfuse.metrics\n{code}")
    assert not loaded & {"numba", "scipy", "skimage", "torch", "datasets", "h5py"}


def test_the_metrics_package_itself_imports_nothing():
    assert not loaded_after("import bratsfuse.metrics") & {*HEAVY, "numba"}


@pytest.mark.parametrize(
    "module", ["folder_scores.score", "folder_scores.table", "selftest"]
)
def test_scoring_never_loads_torch_or_datasets(module):
    loaded = loaded_after(f"import bratsfuse.{module}")
    assert not loaded & {"torch", "datasets"}


def test_the_metrics_package_names_its_chapters():
    from bratsfuse import metrics

    for name in metrics.__all__:
        assert getattr(metrics, name) is not None
    assert metrics.METRICS["fusion"] is metrics.fusion.METRICS
    assert metrics.METRICS["segmentation"] is metrics.segmentation.METRICS
    fusion_keys, segmentation_keys = (set(keys) for keys in metrics.METRICS.values())
    assert not fusion_keys & segmentation_keys
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        _ = metrics.magic


def test_every_public_name_resolves():
    import bratsfuse

    for name in bratsfuse.__all__:
        assert getattr(bratsfuse, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        _ = bratsfuse.magic


def test_the_bare_names_are_never_loaded():
    code = "import bratsfuse.builders, bratsfuse.baselines, bratsfuse.leaderboard"
    assert not loaded_after(code) & {"builders", "baselines", "leaderboard"}
