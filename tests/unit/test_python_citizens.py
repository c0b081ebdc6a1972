"""What a script asks of `bratsfuse` besides samples: names, tables, folds, pictures."""

import dataclasses
import inspect
import json
import subprocess
import sys
import types

import numpy as np
import pandas
import pytest
import torch
from torch.utils.data import Subset
from toys import TOY_RECIPE, small, write_toys

import bratsfuse
from bratsfuse.building import build
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.raw import read_case, scan
from bratsfuse.release import SplitFile, read_manifest


def load(release, **options):
    return bratsfuse.BraTSFuse(release, **options)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    raw = write_toys(tmp_path_factory.mktemp("citizens") / "raw", cases=4)
    form = small("brats2021")
    return raw, form, form.arrangement.find(form, scan(raw))


def test_tab_completion_shows_public_names_and_loads_nothing():
    script = (
        "import sys, bratsfuse, json\n"
        "print(json.dumps([dir(bratsfuse), [m for m in ('torch', 'numpy') "
        "if m in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    names, loaded = json.loads(done.stdout)
    assert set(bratsfuse.__all__) <= set(names)
    assert loaded == []


def test_every_public_name_is_there_after_import_bratsfuse():
    for name in bratsfuse.__all__:
        assert getattr(bratsfuse, name) is not None
    assert inspect.ismodule(bratsfuse.metrics.fusion)
    assert {"fusion", "segmentation"} <= set(dir(bratsfuse.metrics))
    with pytest.raises(AttributeError, match="no attribute 'BratsFuse'"):
        bratsfuse.BratsFuse  # noqa: B018


@pytest.mark.parametrize("in_memory", [True, False])
def test_all_serves_every_split_in_order(built_toy_release, in_memory):
    every = load(built_toy_release, split="all", in_memory=in_memory)
    places = [
        (split, sample)
        for split in ("train", "validation", "test")
        for sample in load(built_toy_release, split=split)
    ]
    assert len(every) == len(places) == 20
    assert every.index["split"] == [split for split, _ in places]
    for served, (_, sample) in zip(every, places, strict=True):
        assert served["case_id"] == sample["case_id"]
        for name in ("image", "fused", "mask"):
            assert torch.equal(served[name], sample[name])
    assert repr(every).startswith("BraTSFuse(all, 20 slice sets")


def test_all_has_no_masks_where_some_are_hidden(cases, tmp_path):
    _, form, found = cases
    build(
        form, found, TOY_RECIPE, tmp_path / "r", read=read_case, withhold=("test",)
    )  # fmt: skip
    data = load(tmp_path / "r", split="all")
    assert not data.labelled
    assert "mask" not in data[0]
    assert None in data.index["area_et"]
    with pytest.raises(InvalidInputError, match="hides the labels of the all split"):
        data.class_weights()
    with pytest.raises(InvalidInputError, match="labels of the test split; ask for no"):
        load(tmp_path / "r", split="all", regions=("WT",))


def test_a_misspelt_split_is_named(built_toy_release):
    with pytest.raises(InvalidInputError, match="did you mean 'validation'"):
        load(built_toy_release, split="valid")


@pytest.mark.parametrize("in_memory", [True, False])
def test_several_fusion_products_are_channels(built_toy_release, in_memory):
    names = ("maximum", "average")
    both = load(built_toy_release, fusion=names, in_memory=in_memory)
    assert both[3]["fused"].shape[0] == 2
    for channel, name in enumerate(names):
        alone = load(built_toy_release, fusion=name)
        assert torch.equal(both[3]["fused"][channel], alone[3]["fused"][0])
    assert "fused maximum + average" in repr(both)
    assert "fused" not in load(built_toy_release, fusion=())[0]
    with pytest.raises(InvalidInputError, match="did you mean 'average'"):
        load(built_toy_release, fusion=("maximum", "averag"))


def test_a_mask_can_have_a_channel(built_toy_release):
    plain = load(built_toy_release, regions=("WT",))[2]
    channels = load(built_toy_release, regions=("WT",), mask_channels=True)[2]
    assert torch.equal(channels["mask"][0], plain["mask"])
    assert torch.equal(channels["regions"], plain["regions"])


def test_the_index_says_what_is_served(built_toy_release):
    data = load(built_toy_release)
    table = pandas.DataFrame(data.index)
    assert len(table) == len(data)
    for row, sample in zip(table.to_dict("records"), data, strict=True):
        assert row["case_id"] == sample["case_id"]
        assert row["slice_index"] == sample["slice_index"]
        assert row["slice_id"] == f"{row['case_id']}_z{row['slice_index']:03d}"
        assert row["area_et"] == int((sample["mask"] == 3).sum())
    patient = data.patient_ids[0]
    some = load(built_toy_release, patients=[patient])
    assert set(some.index["patient_id"]) == {patient}
    assert some.index["slice_id"] == [
        one
        for one, owner in zip(
            data.index["slice_id"], data.index["patient_id"], strict=True
        )
        if owner == patient
    ]
    assert load(built_toy_release, patients=[]).index["case_id"] == []


def test_an_index_without_a_row_is_refused(toy_release):
    data = load(toy_release)
    lines = (toy_release / "index.csv").read_text().splitlines()
    (toy_release / "index.csv").write_text("\n".join(lines[:4]))
    with pytest.raises(ReleaseError, match=r"index\.csv: does not list every"):
        data.index  # noqa: B018


def test_info_and_citation_are_those_of_the_release(built_toy_release):
    manifest = read_manifest(built_toy_release)
    data = load(built_toy_release)
    assert data.citation == "\n".join(manifest.source.citation)
    assert data.info["citation"] == data.citation
    assert data.info["fingerprint"] == manifest.fingerprint
    assert data.info["labels"] == {0: "BACKGROUND", 1: "NCR", 2: "ED", 3: "ET"}
    assert data.info["products"]["laplacian"] == ("t1ce", "flair")
    json.dumps(data.info)


def test_class_weights_make_every_label_count_alike(built_toy_release):
    data = load(built_toy_release)
    weights = data.class_weights()
    assert weights.dtype == torch.float32
    assert weights.shape == (4,)
    masks = torch.stack([sample["mask"] for sample in data])
    counts = torch.bincount(masks.ravel(), minlength=4).double()
    shares = counts * weights / counts.sum()
    torch.testing.assert_close(shares, torch.full((4,), 0.25).double())
    torch.nn.CrossEntropyLoss(weight=weights)(
        torch.zeros(1, 4, *masks.shape[1:]), masks[:1]
    )


def test_a_label_that_does_not_occur_weighs_nothing(built_toy_release, monkeypatch):
    import bratsfuse.release.chosen_rows as rows

    one = np.zeros((20, 24), np.uint8)
    one[3, 3] = 2
    monkeypatch.setattr(rows, "read_pixels", lambda *_: one)
    weights = load(built_toy_release, in_memory=False).class_weights().tolist()
    assert weights[1] == weights[3] == 0
    assert weights[2] == pytest.approx(one.size / 2)


def test_folds_test_every_patient_once(built_toy_release):
    data = load(built_toy_release, split="all")
    owners = data.index["patient_id"]
    folds = data.patient_folds(4, validation=0.25)
    tested = [row for fold in folds for row in fold["test"]]
    assert sorted(tested) == list(range(len(data)))
    for fold in folds:
        groups = [{owners[row] for row in fold[split]} for split in fold]
        assert [len(group) for group in groups] == [2, 1, 1]
        assert len(set.union(*groups)) == 4
        assert len(Subset(data, fold["train"])) == len(fold["train"])
    assert not data.patient_folds(2)[0]["validation"]


def test_folds_are_those_of_build(cases, built_toy_release, tmp_path):
    _, form, found = cases
    recipe = dataclasses.replace(TOY_RECIPE, folds=4, fold=2)
    build(form, found, recipe, tmp_path / "fold", read=read_case)
    data = load(built_toy_release, split="all")
    fold = data.patient_folds(4, validation=0.1)[2]
    for split, rows in fold.items():
        with SplitFile(tmp_path / "fold" / "data" / f"{split}.h5") as file:
            expected = set(file.texts("patient_id"))
        assert {data.index["patient_id"][row] for row in rows} == expected


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"folds": 1}, "1 folds; expected a whole number of at least 2"),
        ({"folds": 2.0}, "2.0 folds"),
        ({"folds": 5}, "4 patients .* in 5 folds"),
        ({"folds": 2, "validation": 1}, "validation=1; expected a share"),
        ({"folds": 2, "validation": float("nan")}, "validation=nan"),
    ],
)
def test_folds_that_cannot_be_are_refused(built_toy_release, options, told):
    with pytest.raises(InvalidInputError, match=told):
        load(built_toy_release, split="all").patient_folds(**options)


def test_a_montage_is_a_picture_of_what_is_served(built_toy_release, tmp_path):
    from bratsfuse.release.preview import write_preview

    data = load(built_toy_release)
    picture = data.montage(rows=2)
    assert data.montage(rows=3).height > picture.height
    manifest = read_manifest(built_toy_release)
    write_preview(built_toy_release, manifest, tmp_path / "p.png", rows=2)
    from PIL import Image

    with Image.open(tmp_path / "p.png") as preview:
        np.testing.assert_array_equal(np.asarray(preview), np.asarray(picture))
    one = load(built_toy_release, patients=data.patient_ids[:1]).montage(rows=2)
    assert not np.array_equal(np.asarray(one), np.asarray(picture))
    with pytest.raises(InvalidInputError, match="0 rows of 14 slice sets"):
        data.montage(rows=0)


# Transforms of other packages.


def flip_of_keys(sample, keys):
    """As MONAI's dictionary transforms are: a dictionary in, a new one out."""
    flipped = {key: sample[key].flip(dims=(2,)) for key in keys}
    return {**sample, **flipped}


def test_transforms_of_dictionaries_work_as_they_are(built_toy_release):
    keys = ["image", "fused", "mask"]

    def transform(sample):
        return flip_of_keys(sample, keys)

    plain = load(built_toy_release, mask_channels=True)[0]
    flipped = load(built_toy_release, mask_channels=True, transform=transform)[0]
    for key in keys:
        assert torch.equal(flipped[key], plain[key].flip(dims=(2,)))
    assert flipped["case_id"] == plain["case_id"]


def test_those_of_monai_do(built_toy_release):
    transforms = pytest.importorskip("monai.transforms", reason="MONAI is in dev")
    keys = ["image", "fused", "mask"]
    transform = transforms.Compose(
        [
            transforms.Flipd(keys=keys, spatial_axis=1),
            transforms.ScaleIntensityRanged("image", 0, 1, -1, 1),
        ]
    )
    plain = load(built_toy_release, mask_channels=True)[0]
    moved = load(built_toy_release, mask_channels=True, transform=transform)[0]
    assert torch.equal(torch.as_tensor(moved["mask"]), plain["mask"].flip(dims=(2,)))
    torch.testing.assert_close(
        torch.as_tensor(moved["image"]), plain["image"].flip(dims=(2,)) * 2 - 1
    )


# One mistake.


def test_sources_one_by_one_are_refused_with_the_right_call():
    from bratsfuse.metrics import fusion

    image = np.zeros((32, 32), np.uint8)
    for third in (image, torch.from_numpy(image)):
        with pytest.raises(InvalidInputError, match=r"evaluate\(\(a, b\), fused\)"):
            fusion.evaluate(image, image, third)
    assert fusion.evaluate((image, image), image, ["en"]) == {"en": 0}


class Compose:
    """As albumentations': named images, channels last, one flip for all of them."""

    def __init__(self, _steps, additional_targets):
        self.targets = {"image", "mask", *additional_targets}

    def __call__(self, **images):
        assert set(images) <= self.targets
        assert images["image"].ndim == images["fused"].ndim == 3
        assert images["image"].shape[2] == 2
        return {
            name: np.ascontiguousarray(one[:, ::-1]) for name, one in images.items()
        }


def test_the_recipe_for_albumentations(built_toy_release, tmp_path, monkeypatch):
    from snippets import ROOT, snippets

    stand_in = types.ModuleType("albumentations")
    stand_in.Compose = Compose
    stand_in.HorizontalFlip = stand_in.Rotate = lambda **_: None
    monkeypatch.setitem(sys.modules, "albumentations", stand_in)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release").symlink_to(built_toy_release, target_is_directory=True)
    (recipe,) = [
        one.code
        for one in snippets(ROOT / "docs/loading.md")
        if "import albumentations" in one.code
    ]
    names = {}
    exec(recipe, names)  # noqa: S102  (the document's own example)
    plain = load(built_toy_release)[1]
    flipped = names["train"][1]
    for key in ("image", "fused", "mask"):
        assert flipped[key].dtype == plain[key].dtype
        assert torch.equal(flipped[key], plain[key].flip(dims=(-1,))), key
