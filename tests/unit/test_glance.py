"""A glance at a release tells what the strict reader would, or nothing."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.errors import ReleaseError
from bratsfuse.records import json_values
from bratsfuse.release import MANIFEST_NAME, read_manifest
from bratsfuse.release.glance import glance, lines_about
from bratsfuse.release.manifest_parts import AddedProduct


def edited(release, change):
    path = release / MANIFEST_NAME
    values = json.loads(path.read_bytes())
    change(values)
    path.write_text(json.dumps(values))


def test_it_tells_what_the_whole_manifest_says(toy_release):
    manifest = read_manifest(toy_release)
    told = glance(toy_release)
    assert told == lines_about(json_values(manifest))
    assert told[-1] == f"fingerprint {manifest.content_fingerprint}"
    one = AddedProduct(
        made_by="pca",
        method="by components",
        sources=("t1", "t2"),
        training_data="",
        added_to="0" * 64,
    )
    replace(manifest, added={"pca_x": one}).proven().write(toy_release)
    assert "added       pca_x by pca of t1 + t2" in glance(toy_release)


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.update(fingerprint="0" * 64),
        lambda values: values.update(schema=1),
        lambda values: values["recipe"].pop("seed"),
        lambda values: values["source"].update(synthetic=0),
        lambda values: values["splits"]["test"].update(cases=[1]),
        lambda values: values.update(cases=[]),
        lambda values: next(iter(values["cases"].values())).update(spacing_mm=[2, 1]),
    ],
)
def test_what_is_not_plain_is_left_to_the_strict_reader(toy_release, change):
    edited(toy_release, change)
    assert glance(toy_release) is None
    told = CliRunner().invoke(main, ["info", str(toy_release)])
    assert told.exit_code == 1
    assert "manifest.json" in told.stderr


@pytest.mark.parametrize("content", ["", "[]", "7", "[" * 100_000, "\x00", '"x"'])
def test_other_files_are_left_to_it_too(toy_release, content):
    (toy_release / MANIFEST_NAME).write_text(content)
    assert glance(toy_release) is None


def test_no_manifest_is_followed_out_of_a_release(toy_release, tmp_path):
    (toy_release / MANIFEST_NAME).rename(tmp_path / "elsewhere.json")
    (toy_release / MANIFEST_NAME).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ReleaseError, match="links to a file outside"):
        glance(toy_release)
