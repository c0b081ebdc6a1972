"""``bratsfuse baselines``, ``fuse`` and ``predict`` as users run them."""

import csv
import dataclasses
import json
import shutil
import sys

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from toys import TOY_RECIPE, small, write_toys

from bratsfuse import BraTSFuse
from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.errors import ReleaseError, UnknownNameError
from bratsfuse.fusers import FUSERS, fuser
from bratsfuse.methods import add_product
from bratsfuse.place import new_result
from bratsfuse.raw import read_case, scan
from bratsfuse.release import MANIFEST_NAME, SplitFile, read_manifest
from bratsfuse.release.manifest import RELEASE
from bratsfuse.release.verify import verify


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def column(release, name, split="train"):
    with SplitFile(release / f"data/{split}.h5") as file:
        return file.array(name)


def width(path):
    with Image.open(path) as picture:
        return picture.width


def built(folder, fusers):
    raw = write_toys(folder / "raw", cases=4)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    recipe = dataclasses.replace(TOY_RECIPE, fusers=fusers)
    build(form, cases, recipe, folder / "release", read=read_case)
    return folder / "release"


@pytest.fixture
def fused(toy_release, tmp_path):
    """The toy release with the product `weighted` added."""
    done = run("fuse", "weighted", toy_release, "-o", tmp_path / "fused")
    assert done.exit_code == 0, done.output
    return tmp_path / "fused"


# What a release with one more product is.


def test_the_new_release_verifies_and_loads(fused):
    assert verify(fused) == []
    sample = BraTSFuse(fused, fusion="weighted")[0]
    stored = column(fused, "fusion_weighted")[0]
    np.testing.assert_allclose(sample["fused"][0].numpy(), stored / 255, atol=1e-7)
    told = run("info", fused).output
    assert "added       weighted by weighted of t1ce + flair" in told


def test_previews_show_the_new_product(toy_release, fused):
    for split in ("train", "test"):
        before, after = (
            width(folder / f"previews/{split}.png") for folder in (toy_release, fused)
        )
        # Four originals, three products and the mask; then one picture more.
        assert after - before == pytest.approx(before / 8, rel=0.1)


def test_adding_a_product_and_building_with_it_give_the_same_pixels(fused, tmp_path):
    (tmp_path / "other").mkdir()
    release = built(tmp_path / "other", ("weighted",))
    for split in read_manifest(release).splits:
        np.testing.assert_array_equal(
            column(fused, "fusion_weighted", split),
            column(release, "fusion_weighted", split),
        )


def test_everything_else_stays_as_it_was(toy_release, fused):
    before, after = read_manifest(toy_release), read_manifest(fused)
    for split, record in before.splits.items():
        with (
            h5py.File(toy_release / record.file) as old,
            h5py.File(fused / record.file) as new,
        ):
            assert set(new) == {*old, "fusion_weighted"}
            for name in set(old) - {"row_sha256"}:
                assert old[name].dtype == new[name].dtype
                np.testing.assert_array_equal(old[name][()], new[name][()])
                if old[name].ndim == 3:  # the very bytes, not compressed again
                    chunk = (0, 0, 0)
                    there, here = (
                        f[name].id.read_direct_chunk(chunk)[1] for f in (old, new)
                    )
                    assert there == here
            assert (old["row_sha256"][()] != new["row_sha256"][()]).all()
            assert set(new.attrs) == {*old.attrs, "added"}
        changed = {"sha256": after.splits[split].sha256}
        assert dataclasses.replace(record, **changed) == after.splits[split]
    assert after.recipe == before.recipe
    assert after.cases == before.cases
    assert after.fingerprint != before.fingerprint
    assert set(after.files) == set(before.files)
    name = "splits.json"
    assert (fused / name).read_bytes() == (toy_release / name).read_bytes()
    old_index, new_index = (
        list(csv.DictReader((folder / "index.csv").read_text().splitlines()))
        for folder in (toy_release, fused)
    )
    for old_line, new_line in zip(old_index, new_index, strict=True):
        assert old_line.pop("row_sha256") != new_line.pop("row_sha256")
        assert old_line == new_line


def test_the_manifest_tells_how_each_product_was_made(toy_release, fused, tmp_path):
    target = tmp_path / "twice"
    options = ["--sources", "t1,t2,flair", "--name", "w532", "--workers", "1"]
    done = run("fuse", "weighted:5,3,2", fused, "-o", target, *options)
    assert done.exit_code == 0, done.output
    assert verify(target) == []
    manifest = read_manifest(target)
    assert manifest.recipe.fusers == ("average", "maximum", "laplacian")
    assert manifest.products[3:] == ("weighted", "w532")
    made = manifest.added["w532"]
    assert (made.made_by, made.sources) == ("weighted:5,3,2", ("t1", "t2", "flair"))
    assert made.added_to == read_manifest(fused).fingerprint
    assert manifest.added["weighted"].added_to == read_manifest(toy_release).fingerprint
    (described,) = [c for c in manifest.columns if c.name == "fusion_w532"]
    assert described.meaning.startswith("t1 + t2 + flair fused by `weighted:5,3,2`")
    told = "Added to the built release: `w532`, made of t1 + t2 + flair by `weighted"
    assert told in (target / "DATASHEET.md").read_text()
    for document in ("README.md", "DATASHEET.md"):
        assert "fused by `weighted:5,3,2`" in (target / document).read_text()
    originals = np.stack([column(target, name) for name in ("t1", "t2", "flair")], 1)
    expected = np.stack([fuser("weighted:5,3,2")(images) for images in originals])
    np.testing.assert_array_equal(column(target, "fusion_w532"), expected)


def test_hugging_face_reads_the_new_product(fused, tmp_path):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(
        str(fused), "fusion", split="train", cache_dir=str(tmp_path / "cache")
    )
    images = np.array(loaded.with_format("numpy", dtype="uint8")["fusion_weighted"][:])
    np.testing.assert_array_equal(images, column(fused, "fusion_weighted"))


def test_the_number_of_workers_changes_no_byte(toy_release, tmp_path):
    for workers in (1, 2):
        add_product("pca", toy_release, tmp_path / f"by{workers}", workers=workers)
    one, two = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (tmp_path / "by1", tmp_path / "by2")
    )
    assert one == two


def test_what_a_method_gives_where_its_sources_are_0_is_set_to_0(
    toy_release, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "bratsfuse.fusers.Fuser.__call__",
        lambda self, images: np.full(images.shape[1:], 255, dtype=np.uint8),
    )
    add_product("maximum", toy_release, tmp_path / "fused", product="white")
    sources = [column(toy_release, name) for name in ("t1ce", "flair")]
    expected = np.where(np.any(sources, axis=0), 255, 0)
    np.testing.assert_array_equal(column(tmp_path / "fused", "fusion_white"), expected)
    assert verify(tmp_path / "fused") == []


def test_a_release_may_replace_itself(toy_release, tmp_path):
    words = ["fuse", "pca", toy_release, "-o", toy_release]
    assert run(*words).exit_code == 1
    assert "pca" not in read_manifest(toy_release).products
    assert run(*words, "--overwrite").exit_code == 0
    assert verify(toy_release) == []
    assert "pca" in read_manifest(toy_release).products
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release"]


# What is refused, and what is left behind: nothing.


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["average"], "has a product 'average' already"),
        (["pca", "--name", "laplacian"], "has a product 'laplacian' already"),
        (["pca", "--name", "no-product"], "'no-product' cannot name a fusion product"),
        (["pca", "--name", "2nd"], "cannot name a fusion product"),
        (["pca", "--name", "pca\n"], "cannot name a fusion product"),
        (["pca", "--name", "x" * 41], "cannot name a fusion product"),
        (["weighted:2,1"], "give the product a name with --name"),
        (["weighted:2,1,1", "--name", "w"], "3 weights for 2 images"),
        (["laplaican"], "did you mean 'laplacian'?"),
        (["pca", "--sources", "t1"], "expected two to four different modalities"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing(toy_release, tmp_path, words, told):
    target = tmp_path / "fused"
    done = run("fuse", words[0], toy_release, "-o", target, "--workers", 1, *words[1:])
    assert done.exit_code == (2 if "did you mean" in told else 1)
    (line,) = [line for line in done.output.splitlines() if line.startswith("error:")]
    assert told in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release"]


@pytest.mark.parametrize("damage", ["pixel", "data/train.h5", "splits.json"])
def test_a_damaged_release_is_not_given_new_digests(toy_release, tmp_path, damage):
    if damage == "pixel":
        with h5py.File(toy_release / "data/test.h5", "r+") as file:
            file["t2"][1, 0, 0] ^= 1
    else:
        (toy_release / damage).unlink()
    with pytest.raises(ReleaseError, match="not what was built"):
        add_product("pca", toy_release, tmp_path / "fused")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release"]


def test_of_two_at_once_the_second_is_refused_in_one_line(toy_release, tmp_path):
    with new_result(toy_release, RELEASE, overwrite=True) as first:
        shutil.copytree(toy_release, first, dirs_exist_ok=True)
        done = run("fuse", "pca", toy_release, "-o", toy_release, "--overwrite")
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    assert "another process is writing it" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release"]
    assert verify(toy_release) == []


def test_a_release_is_not_put_in_another(toy_release):
    done = run("fuse", "pca", toy_release, "-o", toy_release / "inside")
    assert done.exit_code == 1
    assert "choose a path outside" in done.output
    assert verify(toy_release) == []


def test_a_failure_on_the_way_leaves_nothing(toy_release, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    # The wing gives the function's name to the function, not to its module.
    module = sys.modules["bratsfuse.building.add_images"]
    monkeypatch.setattr(module, "write_previews", full)
    with pytest.raises(ReleaseError, match="No space"):
        add_product("pca", toy_release, toy_release, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release"]
    assert verify(toy_release) == []


def test_verify_sees_that_files_and_manifest_tell_of_other_methods(fused):
    path = fused / MANIFEST_NAME
    text = path.read_text()
    edited = text.replace('"made_by": "weighted"', '"made_by": "magic"')
    assert edited != text
    path.write_text(edited)
    assert {issue.code for issue in verify(fused)} >= {"attributes-differ"}


@pytest.mark.parametrize(
    "edit",
    [
        lambda added: added.update(average=added["weighted"]),
        lambda added: added.update({"no-product": added["weighted"]}),
        lambda added: added["weighted"].update(sources="t1"),
        lambda added: added["weighted"].update(more=1),
        lambda added: added["weighted"].pop("made_by"),
    ],
)
def test_a_manifest_with_impossible_products_is_broken(fused, edit):
    path = fused / MANIFEST_NAME
    content = json.loads(path.read_text())
    edit(content["added"])
    path.write_text(json.dumps(content))
    with pytest.raises(ReleaseError, match=r"manifest\.json: broken"):
        read_manifest(fused)


def test_a_release_of_a_fuser_that_is_not_installed_can_be_read(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    release = built(tmp_path / "a", ("average", "pca"))
    monkeypatch.setattr("bratsfuse.registry.Registry.own", lambda self: set())
    with pytest.raises(UnknownNameError):
        _ = FUSERS["pca"]
    assert read_manifest(release).products == ("average", "pca")
    assert verify(release) == []


def test_a_build_with_an_unknown_fuser_is_refused_before_any_work(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=4)
    done = run("build", raw, "-o", tmp_path / "release", "--fuser", "laplaican")
    assert done.exit_code == 2
    assert "did you mean 'laplacian'?" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


# The list, and predictions.


def test_baselines_lists_every_fuser():
    content = json.loads(run("baselines", "--json").output)
    assert {one["name"] for one in content} >= set(FUSERS)
    keys = {"name", "kind", "summary", "tracks", "inputs", "needs"}
    assert all(set(one) == keys for one in content)
    lines = run("baselines").output.splitlines()
    assert len(lines) == 1 + len(content)
    assert all(
        one["name"] in line for one, line in zip(content, lines[1:], strict=True)
    )


def test_predict_writes_a_submission(toy_release, tmp_path):
    target = tmp_path / "submission"
    done = run("predict", "laplacian", toy_release, "-o", target, "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "laplacian (fusion), test split" in done.output
    with h5py.File(target / "predictions.h5") as file:
        fused = file["fused"][()]
    np.testing.assert_array_equal(
        fused, column(toy_release, "fusion_laplacian", "test")
    )
    again = run("predict", "average", toy_release, "-o", target)
    assert again.exit_code == 1
    words = ["--overwrite", "--split", "train", "--workers", 1]
    assert run("predict", "average", toy_release, "-o", target, *words).exit_code == 0
    with h5py.File(target / "predictions.h5") as file:
        fused = file["fused"][()]
    np.testing.assert_array_equal(fused, column(toy_release, "fusion_average"))


def test_hidden_labels_stay_hidden_and_their_key_stays_valid(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=4)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    release, target = tmp_path / "public", tmp_path / "twice"
    key = tmp_path / "public.key.h5"
    build(form, cases, TOY_RECIPE, release, read=read_case, withhold=("test",))
    add_product("pca", release, tmp_path / "once")
    add_product("weighted", tmp_path / "once", target)
    assert verify(target) == []
    with SplitFile(target / "data/test.h5") as file:
        assert "mask" not in file.names
        assert {"fusion_pca", "fusion_weighted"} <= set(file.names)
    assert run("verify", target, "--key", key).exit_code == 0
    build(form, cases, TOY_RECIPE, tmp_path / "other", read=read_case)
    add_product("pca", tmp_path / "other", tmp_path / "other_fused")
    assert run("verify", tmp_path / "other_fused", "--key", key).exit_code == 1
    done = run("predict", "average", release, "-o", tmp_path / "sub", "--workers", 1)
    assert done.exit_code == 0, done.output
