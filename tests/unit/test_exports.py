"""Every export, read back by the library that it is for, equal to the release."""

import csv
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from manifests import edit_and_prove
from PIL import Image
from toys import TOY_RECIPE, small

from bratsfuse.anatomy import Modality
from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.exports import FORMATS, ExportFormat, Wish
from bratsfuse.exports.nnunet import describe, label_values, splits_final
from bratsfuse.raw import read_case, scan
from bratsfuse.records import SliceId
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.card import read_front_matter
from bratsfuse.release.columns import MASK
from bratsfuse.release.folds import patient_folds

CHANNELS = [str(modality) for modality in Modality]
SHORT = {"train": "train", "validation": "val", "test": "test"}
OF_RELEASE = sorted(set(FORMATS.own()) - {"torch"})


def run(*words):
    return CliRunner().invoke(main, [*map(str, words)])


def export(release, target, name, *more):
    done = run("export", release, "-o", target, "--format", name, *more)
    assert done.exit_code == 0, done.output
    return done.output


def stored(release, split):
    """Slice id -> column -> pixels, as the release has them."""
    found = {}
    with SplitFile(release / "data" / f"{split}.h5") as rows:
        names = [name for name in rows.names if rows.is_pixels(name)]
        cases, zs = rows.texts("case_id"), rows.array("slice_index")
        for row, (case, z) in enumerate(zip(cases, zs, strict=True)):
            pixels = {name: rows.pixels(name, row) for name in names}
            found[str(SliceId(case, int(z)))] = pixels
    return found


@pytest.fixture(scope="module")
def true(built_toy_release):
    return {
        split: stored(built_toy_release, split)
        for split in ("train", "validation", "test")
    }


@pytest.fixture(scope="module")
def exported(built_toy_release, tmp_path_factory):
    """Each format once; tests must not change them."""
    folder = tmp_path_factory.mktemp("exports")
    made = {}

    def get(name):
        if name not in made:
            export(built_toy_release, folder / name, name)
            made[name] = folder / name
        return made[name]

    return get


def test_every_format_is_one_file_that_the_help_lists():
    shown = run("export", "--help").output
    for name, one in FORMATS.usable():
        assert isinstance(one, ExportFormat)
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", OF_RELEASE)
def test_terms_and_datasheet_lie_beside_every_copy(name, exported, built_toy_release):
    folder = exported(name)
    if name == "nnunet":
        folder /= "Dataset501_BraTSFuse"
    manifest = read_manifest(built_toy_release)
    terms = (folder / "TERMS.md").read_text()
    assert manifest.fingerprint in terms
    assert manifest.source.licence in terms
    assert "do not upload" in terms
    original = (built_toy_release / "DATASHEET.md").read_bytes()
    assert (folder / "DATASHEET.md").read_bytes() == original


def test_copies_of_phantoms_may_be_passed_on(toy_release, tmp_path):
    edit_and_prove(
        toy_release, lambda content: content["source"].update(synthetic=True)
    )
    export(toy_release, tmp_path / "v", "nifti", "--column", "mask")
    terms = (tmp_path / "v" / "TERMS.md").read_text()
    assert "no patient's data" in terms
    assert "do not upload" not in terms
    export(toy_release, tmp_path / "h", "parquet")
    front = read_front_matter(tmp_path / "h" / "README.md")
    assert front["annotations_creators"] == ["machine-generated"]
    assert not [key for key in front if "gated" in key]


def test_the_card_for_a_hub_asks_before_it_gives_access(exported):
    front = read_front_matter(exported("parquet") / "README.md")
    assert "registered" in front["extra_gated_prompt"]
    kinds = set(front["extra_gated_fields"].values())
    assert kinds == {"text", "country", "checkbox"}
    assert front["annotations_creators"] == ["expert-generated"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # of datasets
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_datasets_reads_the_pictures(exported, true, tmp_path):
    import datasets

    datasets.disable_progress_bars()
    folder = exported("png")
    for split, sets in true.items():
        loaded = datasets.load_dataset(
            "imagefolder", data_dir=str(folder), split=split, cache_dir=str(tmp_path)
        )
        assert loaded["slice_id"] == list(sets)
        for row in loaded:
            assert row["slice_index"] == SliceId.parse(row["slice_id"]).z
            for name, pixels in sets[row["slice_id"]].items():
                np.testing.assert_array_equal(np.asarray(row[name]), pixels)


def test_folders_of_pictures_are_sources_of_a_fusion(exported, true, tmp_path):
    test = exported("png") / "test"
    sources = ["--source", f"t1ce={test}/t1ce", "--source", f"flair={test}/flair"]
    done = run("fuse", "average", *sources, "-o", tmp_path / "fused")
    assert done.exit_code == 0, done.output
    made = {path.stem: path for path in (tmp_path / "fused").glob("*.png")}
    for name, sets in true["test"].items():
        # What all names have in common is taken off: here they are of one case.
        (path,) = [path for end, path in made.items() if name.endswith(end)]
        pixels = np.asarray(Image.open(path))
        np.testing.assert_array_equal(pixels, sets["fusion_average"])


def test_numpy_reads_the_archive_as_those_of_medmnist(exported, true):
    with np.load(exported("npz") / "bratsfuse.npz", allow_pickle=False) as archive:
        assert archive["channels"].tolist() == CHANNELS
        for split, short in (
            ("train", "train"),
            ("validation", "val"),
            ("test", "test"),
        ):
            images, labels = archive[f"{short}_images"], archive[f"{short}_labels"]
            assert images.dtype == labels.dtype == np.uint8
            assert archive[f"{short}_ids"].tolist() == list(true[split])
            assert len(archive[f"{short}_patients"]) == len(images)
            for place, sets in enumerate(true[split].values()):
                expected = np.stack([sets[name] for name in CHANNELS], axis=-1)
                np.testing.assert_array_equal(images[place], expected)
                np.testing.assert_array_equal(labels[place], sets[MASK])


def test_the_archive_is_the_same_again(exported, built_toy_release, tmp_path):
    export(built_toy_release, tmp_path / "again", "npz")
    first = (exported("npz") / "bratsfuse.npz").read_bytes()
    assert (tmp_path / "again" / "bratsfuse.npz").read_bytes() == first


def test_monai_reads_the_datalist(exported, true):
    from monai.data import load_decathlon_datalist
    from monai.transforms import LoadImaged

    folder = exported("monai")
    # Pillow gives rows first; MONAI turns that round unless told not to.
    load = LoadImaged(
        keys=["image", "label"], reader="PILReader", reverse_indexing=False
    )
    seen = 0
    for split, key in (
        ("train", "training"),
        ("validation", "validation"),
        ("test", "test"),
    ):
        rows = load_decathlon_datalist(folder / "datalist.json", data_list_key=key)
        assert [row["slice_id"] for row in rows] == list(true[split])
        for row in rows:
            sets = true[split][row["slice_id"]]
            read = load(row)
            expected = np.stack([sets[name] for name in CHANNELS])
            np.testing.assert_array_equal(np.asarray(read["image"]), expected)
            np.testing.assert_array_equal(np.asarray(read["label"]), sets[MASK])
            assert ("fold" in row) is (split != "test")
            seen += 1
    assert seen == 20


def test_channels_are_those_that_were_asked_for(built_toy_release, true, tmp_path):
    words = ["--column", "fusion_laplacian", "--column", "mask", "--column", "flair"]
    export(built_toy_release, tmp_path / "n", "nnunet", *words)
    folder = tmp_path / "n" / "Dataset501_BraTSFuse"
    content = json.loads((folder / "dataset.json").read_text())
    assert content["channel_names"] == {"0": "fusion_laplacian", "1": "FLAIR"}
    first = next(iter(true["train"]))
    for place, name in enumerate(("fusion_laplacian", "flair")):
        image = Image.open(folder / "imagesTr" / f"{first}_{place:04d}.png")
        np.testing.assert_array_equal(np.asarray(image), true["train"][first][name])
    done = run(
        "export",
        built_toy_release,
        "-o",
        tmp_path / "x",
        "--format",
        "monai",
        "--column",
        "mask",
    )
    assert done.exit_code == 1
    assert "at least one image, such as --column t1" in done.output
    assert not (tmp_path / "x").exists()


def test_nnunet_finds_what_it_documents(exported, true):
    """Its rules for raw data, checked here because it cannot be installed with pins."""
    folder = exported("nnunet") / "Dataset501_BraTSFuse"
    content = json.loads((folder / "dataset.json").read_text())
    training = true["train"] | true["validation"]
    assert content["numTraining"] == len(training)
    assert content["file_ending"] == ".png"
    assert content["overwrite_image_reader_writer"] == "NaturalImage2DIO"
    assert list(content["channel_names"]) == ["0", "1", "2", "3"]
    values = sorted({v for one in content["labels"].values() for v in np.ravel(one)})
    assert values == list(range(len(values)))  # no gap
    assert set(content["regions_class_order"]) == set(values) - {0}
    for end, sets in (("Tr", training), ("Ts", true["test"])):
        names = {path.name for path in (folder / f"images{end}").iterdir()}
        assert names == {f"{one}_{c:04d}.png" for one in sets for c in range(4)}
        for one, pixels in sets.items():
            for place, name in enumerate(CHANNELS):
                image = Image.open(folder / f"images{end}" / f"{one}_{place:04d}.png")
                assert image.mode == "L"
                np.testing.assert_array_equal(np.asarray(image), pixels[name])
            label = np.asarray(Image.open(folder / f"labels{end}" / f"{one}.png"))
            np.testing.assert_array_equal(label, pixels[MASK])


def test_nnunet_itself_reads_it(exported, true):
    pytest.importorskip("nnunetv2", reason="nnU-Net needs torchvision; see the docs")
    from nnunetv2.imageio.reader_writer_registry import (
        determine_reader_writer_from_dataset_json,
    )
    from nnunetv2.utilities.label_handling.label_handling import LabelManager
    from nnunetv2.utilities.utils import get_filenames_of_train_images_and_targets

    folder = exported("nnunet") / "Dataset501_BraTSFuse"
    content = json.loads((folder / "dataset.json").read_text())
    cases = get_filenames_of_train_images_and_targets(str(folder), content)
    training = true["train"] | true["validation"]
    assert set(cases) == set(training)
    reader = determine_reader_writer_from_dataset_json(content)()
    assert type(reader).__name__ == "NaturalImage2DIO"
    manager = LabelManager(content["labels"], content["regions_class_order"])
    assert manager.all_labels == [0, 1, 2, 3]
    for one, files in cases.items():
        images, _ = reader.read_images(files["images"])
        mask, _ = reader.read_seg(files["label"])
        expected = np.stack([training[one][name] for name in CHANNELS])
        np.testing.assert_array_equal(images[:, 0], expected)
        np.testing.assert_array_equal(mask[0, 0], training[one][MASK])


def test_masks_that_nnunet_predicts_are_a_submission(
    exported, built_toy_release, tmp_path
):
    """Its predictions have the names and values of labelsTs."""
    shutil.copytree(
        exported("nnunet") / "Dataset501_BraTSFuse" / "labelsTs",
        tmp_path / "s" / "mask",
    )
    assert run("template", built_toy_release, "-o", tmp_path / "t").exit_code == 0
    toml = (tmp_path / "t" / "submission.toml").read_text()
    toml = toml.replace('["fusion", "segmentation"]', '["segmentation"]')
    (tmp_path / "s" / "submission.toml").write_text(toml)
    done = run("check", tmp_path / "s", "--release", built_toy_release)
    assert done.exit_code == 0, done.output


def test_folds_go_by_patients_and_the_first_is_that_of_the_release(
    exported, true, built_toy_release
):
    folder = exported("nnunet") / "Dataset501_BraTSFuse"
    splits = json.loads((folder / "splits_final.json").read_text())
    cases = read_manifest(built_toy_release).cases
    patient = {
        one: cases[SliceId.parse(one).case].patient
        for split in true
        for one in true[split]
    }
    assert splits[0]["val"] == sorted(true["validation"])
    assert splits[0]["train"] == sorted(true["train"])
    validated = [one for split in splits for one in split["val"]]
    assert sorted(validated) == sorted(true["train"] | true["validation"])
    for split in splits:
        assert split["train"]
        assert split["val"]
        of_train, of_val = (
            {patient[one] for one in split[k]} for k in ("train", "val")
        )
        assert not of_train & of_val


@pytest.mark.parametrize(
    ("train", "validation", "folds"),
    [(20, 3, 5), (20, 0, 5), (2, 1, 3), (3, 0, 3), (1, 1, 2), (1, 0, 0)],
)
def test_folds_have_no_gap(train, validation, folds, toy_release):
    def change(content):
        (one,) = [c for c in content["cases"].values() if c["split"] == "test"][:1]
        named = {"train": train, "validation": validation, "test": 4}
        content["cases"] = {
            f"{split}{n}": {**one, "patient": f"{split}{n}", "split": split}
            for split, count in named.items()
            for n in range(count)
        }

    edit_and_prove(toy_release, change)
    found = patient_folds(read_manifest(toy_release))
    assert sorted(set(found.values())) == list(range(folds))
    if folds:
        assert len(found) == train + validation
        assert {p for p, f in found.items() if f == 0 and validation} == {
            f"validation{n}" for n in range(validation)
        }
        for split in splits_final({one: one for one in found}, found):
            assert split["train"]
            assert split["val"]


@pytest.mark.parametrize(
    ("coding", "labels", "order"),
    [
        (
            {"1": "NCR", "2": "ED", "3": "ET", "4": "RC"},
            {
                "whole tumor": [1, 2, 3],
                "tumor core": [1, 3],
                "enhancing tumor": [3],
                "resection cavity": [4],
            },
            [2, 1, 3, 4],
        ),
        (
            {"1": "ET", "2": "NCR", "3": "CC", "4": "ED"},
            {
                "whole tumor": [1, 2, 3, 4],
                "tumor core": [1, 3, 4],
                "enhancing tumor": [3],
                "cystic component": [4],
            },
            [2, 1, 3, 4],
        ),
    ],
)
def test_labels_have_no_gap_and_regions_hold_theirs(coding, labels, order, toy_release):
    edit_and_prove(toy_release, lambda c: c["source"].update(label_map=coding))
    manifest = read_manifest(toy_release)
    values = label_values(manifest)
    assert sorted(values.values()) == list(range(5))
    content = describe(manifest, CHANNELS, values, 3)
    assert content["labels"] == {"background": 0} | labels
    assert content["regions_class_order"] == order


def test_a_data_set_name_is_taken_as_it_is(built_toy_release, tmp_path):
    said = export(built_toy_release, tmp_path / "Dataset777_Mine", "nnunet")
    assert (tmp_path / "Dataset777_Mine" / "dataset.json").is_file()
    assert "$nnUNet_preprocessed/Dataset777_Mine/" in said


@pytest.fixture(scope="module")
def hidden(built_toy_release, tmp_path_factory):
    """The small release without the masks of test."""
    folder = tmp_path_factory.mktemp("hidden")
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(built_toy_release.parent / "raw"))
    choices = {"withhold": ["test"], "key": folder / "key.h5"}
    build(form, cases, TOY_RECIPE, folder / "release", read=read_case, **choices)
    return folder / "release"


@pytest.mark.parametrize("name", ["png", "npz", "monai", "nnunet"])
def test_hidden_masks_are_in_no_export(name, hidden, tmp_path):
    export(hidden, tmp_path / "x", name)
    files = {
        path.relative_to(tmp_path / "x").as_posix()
        for path in (tmp_path / "x").rglob("*")
    }
    shown = json.loads(
        (tmp_path / "x" / "datalist.json").read_text() if name == "monai" else "{}"
    )
    assert not any("test/mask" in one or "labelsTs" in one for one in files)
    assert all("label" not in row for row in shown.get("test", ()))
    if name == "npz":
        with np.load(tmp_path / "x" / "bratsfuse.npz") as archive:
            assert "train_labels" in archive
            assert "test_labels" not in archive
            assert "test_images" in archive


def test_nnunet_cannot_train_without_masks(toy_release, tmp_path):
    def change(content):
        content["withheld"] = {"train": "0" * 64}

    edit_and_prove(toy_release, change)
    done = run("export", toy_release, "-o", tmp_path / "x", "--format", "nnunet")
    assert done.exit_code == 1
    assert "the masks of train are hidden" in done.output


def test_wrong_asks_are_refused(built_toy_release, tmp_path):
    words = ["export", built_toy_release, "-o", tmp_path / "x"]
    done = run(*words, "--format", "nnunnet")
    assert done.exit_code == 2
    assert "did you mean 'nnunet'?" in done.output
    for more in (["--overwrite"], ["--release", tmp_path]):
        done = run(*words, "--format", "png", *more)
        assert done.exit_code == 2
        assert f"{more[0]} does not go with --format png" in done.output
    done = run(*words, "--format", "npz", "--column", "case_id")
    assert done.exit_code == 1
    assert not (tmp_path / "x").exists()


def test_an_export_into_the_release_is_refused(built_toy_release):
    for name in OF_RELEASE:
        done = run(
            "export", built_toy_release, "-o", built_toy_release / "x", "--format", name
        )
        assert done.exit_code == 1, name
        assert "choose a path outside it" in done.output


def test_a_format_gets_what_was_asked(built_toy_release, tmp_path, monkeypatch):
    asked = []
    form = ExportFormat(
        summary="",
        write=lambda wish: [asked.append(wish) or "done"],
        takes=frozenset({"columns", "release", "overwrite"}),
    )
    monkeypatch.setattr(FORMATS, "imported", lambda _: form)
    monkeypatch.setattr(type(FORMATS), "__getitem__", lambda *_: form)
    done = run(
        "export",
        "a",
        "-o",
        tmp_path / "b",
        "--format",
        "theirs",
        "--column",
        "c",
        "--release",
        "d",
        "--overwrite",
    )
    assert done.output == "done\n"
    (wish,) = asked
    assert isinstance(wish, Wish)
    assert (wish.source, wish.columns, wish.overwrite) == ("a", ("c",), True)


def test_the_index_of_a_split_names_every_picture(exported, true):
    folder = exported("png") / "validation"
    with (folder / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["slice_id"] for row in rows] == list(true["validation"])
    for row in rows:
        names = [value for key, value in row.items() if key.endswith("_file_name")]
        assert len(names) == 8
        assert all((folder / name).is_file() for name in names)
