"""Predicting: the right images under the right ids, of originals alone."""

import sys

import h5py
import numpy as np
import pytest

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError, ReleaseError, UnknownNameError
from bratsfuse.fusers import FUSERS, fuser
from bratsfuse.methods import Method, add_product, listings, method, predict
from bratsfuse.release import SplitFile, read_manifest

T1CE_FLAIR = (Modality.T1CE, Modality.FLAIR)


def predicted(submission, column="fused"):
    """Slice id -> image, as the submission holds them."""
    with h5py.File(submission / "predictions.h5") as file:
        cases = [case.decode() for case in file["case_id"]]
        ids = zip(cases, file["slice_index"][()].tolist(), strict=True)
        return dict(zip(ids, file[column][()], strict=True))


def stored(release, split, columns):
    """Slice id -> images of these columns, as the release holds them."""
    with SplitFile(release / read_manifest(release).splits[split].file) as file:
        cases, indices = file.texts("case_id"), file.array("slice_index").tolist()
        return {
            identifier: np.stack([file.pixels(name, row) for name in columns])
            for row, identifier in enumerate(zip(cases, indices, strict=True))
        }


def without(path, *columns):
    """Take columns out of a split file."""
    with h5py.File(path, "r+") as file:
        for name in columns:
            del file[name]


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """Baselines of another distribution, one of each kind."""
    info = tmp_path / "others" / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: theirs\nVersion: 1.0\n")
    names = ("both", "untrained", "lying", "segmenter")
    points = "".join(f"{name} = their_baselines:{name.upper()}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[bratsfuse.baselines]\n{points}")
    (info.parent / "their_baselines.py").write_text(
        "from bratsfuse.anatomy import Modality\n"
        "from bratsfuse.baselines import Baseline\n"
        "FLAIR = (Modality.FLAIR,)\n"
        "BOTH = Baseline(summary='both', tracks=('fusion', 'segmentation'),\n"
        "    sources=FLAIR, predict=lambda images: {\n"
        "        'fusion': 255 - images[FLAIR[0]],\n"
        "        'segmentation': (images[FLAIR[0]] > 200).astype('uint8')})\n"
        "UNTRAINED = Baseline(summary='a network', tracks=('segmentation',))\n"
        "LYING = Baseline(summary='lies', tracks=('fusion',),\n"
        "    predict=lambda images: {'segmentation': images[Modality.FLAIR]})\n"
        "SEGMENTER = Baseline(summary='segments', tracks=('segmentation',),\n"
        "    predict=lambda images: {'segmentation': 0 * images[Modality.FLAIR]})\n"
    )
    monkeypatch.syspath_prepend(info.parent)
    yield
    sys.modules.pop("their_baselines", None)


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_slice_set_of_the_split_is_predicted(toy_release, tmp_path, split):
    record = predict("laplacian", toy_release, tmp_path / "submission", split=split)
    assert record.name == "laplacian"
    assert record.tracks == ("fusion",)
    assert "t1ce + flair" in record.method
    expected = stored(toy_release, split, ["fusion_laplacian"])
    found = predicted(tmp_path / "submission")
    assert list(found) == list(expected)
    for identifier, (image,) in expected.items():
        np.testing.assert_array_equal(found[identifier], image)


def test_the_sources_may_be_chosen_and_their_order_counts(toy_release, tmp_path):
    sources = (Modality.T2, Modality.T1)
    predict("weighted:4,1", toy_release, tmp_path / "submission", sources=sources)
    found = predicted(tmp_path / "submission")
    for identifier, images in stored(toy_release, "test", ["t2", "t1"]).items():
        expected = fuser("weighted:4,1")(images)
        np.testing.assert_array_equal(found[identifier], expected)


def test_the_number_of_workers_changes_nothing(toy_release, tmp_path):
    told = []
    predict(
        "pca",
        toy_release,
        tmp_path / "two",
        split="train",
        workers=2,
        progress=lambda *step: told.append(step),
    )
    predict("pca", toy_release, tmp_path / "one", split="train")
    one, two = predicted(tmp_path / "one"), predicted(tmp_path / "two")
    assert list(one) == list(two)
    assert all((one[name] == two[name]).all() for name in one)
    assert told == [("predict", done, len(one)) for done in range(1, len(one) + 1)]


def test_masks_and_fusion_images_are_never_read(toy_release, tmp_path):
    path = toy_release / "data/test.h5"
    predict("average", toy_release, tmp_path / "before")
    without(path, "mask", "fusion_average", "t1", "t2")
    predict("average", toy_release, tmp_path / "after")
    before, after = predicted(tmp_path / "before"), predicted(tmp_path / "after")
    assert all((before[name] == after[name]).all() for name in before)


@pytest.mark.usefixtures("third_party")
def test_a_baseline_may_predict_both_tracks(toy_release, tmp_path):
    record = predict("both", toy_release, tmp_path / "submission")
    assert record.tracks == ("fusion", "segmentation")
    fused = predicted(tmp_path / "submission")
    masks = predicted(tmp_path / "submission", "mask")
    for identifier, (flair,) in stored(toy_release, "test", ["flair"]).items():
        expected = np.where(flair > 0, 255 - flair, 0)  # background stays 0
        np.testing.assert_array_equal(fused[identifier], expected)
        np.testing.assert_array_equal(masks[identifier], flair > 200)


@pytest.mark.usefixtures("third_party")
def test_baselines_are_listed_with_what_they_need():
    found = {one.name: one for one in listings()}
    assert set(FUSERS) | {"both", "untrained"} <= set(found)
    assert found["both"].tracks == ("fusion", "segmentation")
    assert (found["both"].inputs, found["both"].needs) == ("flair", "nothing")
    assert (found["untrained"].kind, found["untrained"].needs) == (
        "baseline",
        "training",
    )
    assert (found["swt"].kind, found["swt"].needs) == ("fuser", "bratsfuse[wavelets]")


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("name", "options", "error", "match"),
    [
        ("laplacain", {}, UnknownNameError, "did you mean 'laplacian'"),
        ("segmentr", {}, UnknownNameError, "did you mean 'segmenter'"),
        ("runs/of/mine", {}, UnknownNameError, "no fusion method or baseline"),
        ("untrained", {}, InvalidInputError, "bratsfuse train untrained"),
        ("both", {"sources": T1CE_FLAIR}, InvalidInputError, "it takes flair"),
        ("average", {"sources": T1CE_FLAIR[:1]}, InvalidInputError, "two to four"),
        ("average", {"sources": T1CE_FLAIR[:1] * 2}, InvalidInputError, "different"),
        ("average", {"split": "tset"}, ReleaseError, "no split 'tset'"),
        ("lying", {}, InvalidInputError, "lying predicted"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    toy_release, tmp_path, name, options, error, match
):
    target = tmp_path / "submission"
    with pytest.raises(error, match=match) as caught:
        predict(name, toy_release, target, **options)
    assert "\n" not in str(caught.value)
    assert not target.exists()


def test_a_method_is_given_its_sources_only():
    seen = []
    images = {name: np.zeros((2, 3), dtype=np.uint8) for name in Modality}

    def see(given):
        seen.append(tuple(given))
        return {"fusion": given[Modality.T2]}

    given = Method(
        name="see",
        summary="",
        tracks=("fusion",),
        sources=(Modality.T2, Modality.T1),
        predict=see,
    )
    given(images)
    assert seen == [(Modality.T2, Modality.T1)]


def test_hyphens_may_be_written_for_underscores():
    assert method("laplacian-max", T1CE_FLAIR).name == "laplacian_max"
    weighted = method("weighted:1,2", T1CE_FLAIR)
    assert weighted.name == "weighted:1,2"
    assert weighted.summary == "mean under the weights 1,2"


def test_a_release_without_a_label_is_given_none(tmp_path):
    """The labels of 2012 have no enhancing tumour; a segmenter's becomes core."""
    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import build
    from bratsfuse.raw import read_case, scan

    raw = write_toys(tmp_path / "raw", "brats2012", cases=4)
    form = small("brats2012")
    cases = form.arrangement.find(form, scan(raw))
    build(form, cases, TOY_RECIPE, tmp_path / "release", read=read_case)
    predict("threshold", tmp_path / "release", tmp_path / "submission")
    masks = np.stack(list(predicted(tmp_path / "submission", "mask").values()))
    assert masks.any()
    assert set(np.unique(masks)) <= {0, 1, 2}


def test_predict_and_fuse_give_the_same_images_of_a_method(
    third_party, toy_release, tmp_path
):
    """Of a method that paints the background, 0 where what it was given is 0."""
    predict("both", toy_release, tmp_path / "submission")
    add_product("both", toy_release, tmp_path / "release2")
    found = predicted(tmp_path / "submission")
    added = stored(tmp_path / "release2", "test", ["fusion_both", "flair"])
    for identifier, (image, flair) in added.items():
        np.testing.assert_array_equal(found[identifier], image)
        assert (flair == 0).any()
        assert not image[flair == 0].any()
