"""The page of a release: every slice set, all images, and no hidden label."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from toys import TOY_RECIPE, small, write_toys

from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.raw import read_case, scan
from bratsfuse.release import SplitFile, read_manifest


def run(*words, code=0):
    result = CliRunner().invoke(main, ["browse", *map(str, words)])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="module")
def look(built_toy_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browse") / "look"
    run(built_toy_release, "-o", folder)
    return folder


def data_of(folder):
    page = (folder / "index.html").read_text()
    start = page.index('id="slices">') + len('id="slices">')
    return json.loads(page[start : page.index("</script>", start)])


def test_every_slice_set_is_there_with_all_its_images(built_toy_release, look):
    manifest, data = read_manifest(built_toy_release), data_of(look)
    assert len(data["slices"]) == manifest.slice_sets
    groups = dict(data["groups"])
    assert list(groups) == ["split", "case", "grade"]
    assert set(groups["split"]) == set(manifest.splits)
    told = json.loads((look / "slices.json").read_text())
    names = [image["name"] for image in told["images"]]
    assert names[:4] == ["t1", "t1ce", "t2", "flair"]
    assert len(names) == 4 + len(manifest.products)
    row = groups["split"].index("test")
    crop = told["slices"][row]
    left, top, width, height = crop["box"]
    with SplitFile(built_toy_release / manifest.splits["test"].file) as file:
        for name in names:
            found = np.asarray(Image.open(look / crop["slice_id"] / f"{name}.png"))
            whole = file.pixels(name, 0)
            assert np.array_equal(found, whole[top : top + height, left : left + width])
        assert data["values"][0][row] == (file.pixels("mask", 0) > 0).sum()


def test_one_split_alone(built_toy_release, tmp_path):
    run(built_toy_release, "-o", tmp_path / "look", "--split", "test")
    assert set(dict(data_of(tmp_path / "look")["groups"])["split"]) == {"test"}
    told = run(built_toy_release, "-o", tmp_path / "b", "--split", "tset", code=1)
    assert "no split 'tset'" in told.output


def test_nothing_is_replaced_unasked(built_toy_release, look):
    assert "already exists" in run(built_toy_release, "-o", look, code=1).output
    inside = built_toy_release / "look"
    assert "is in" in run(built_toy_release, "-o", inside, code=1).output


def test_hidden_labels_have_no_outline_and_no_area(tmp_path):
    form = small("brats2021")
    raw = write_toys(tmp_path / "raw", cases=4)
    cases = form.arrangement.find(form, scan(raw))
    release = tmp_path / "release"
    build(form, cases, TOY_RECIPE, release, read=read_case, withhold=("test",))
    run(release, "-o", tmp_path / "look")
    data = data_of(tmp_path / "look")
    for place, split in enumerate(dict(data["groups"])["split"]):
        slice_id, _, lesion, _ = data["slices"][place]
        outline = tmp_path / "look" / slice_id / "mask.svg"
        assert outline.exists() == (split != "test")
        assert (lesion is None) == (data["values"][0][place] is None)
        assert (lesion is None) == (split == "test")
