"""One further column of every kind, through everything that reads a release.

What the columns hold is what went wrong before: negative and fractional numbers, text
that is not ASCII, values that do not fit a byte, and labels that are not the mask.
"""

import json
import shutil
import warnings

import h5py
import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner
from PIL import Image
from torch.utils.data import DataLoader
from toys import TOY_RECIPE, small, write_toys

import bratsfuse
import bratsfuse.release.columns as table
from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.raw import read_case, scan
from bratsfuse.release import (
    CONFIGS,
    Column,
    SplitFile,
    export_parquet,
    key_path,
    montage,
    open_key,
    read_manifest,
    write_preview,
)
from bratsfuse.release.cells import DTYPES, checked_cell
from bratsfuse.release.columns import columns
from bratsfuse.release.verify import verify

FORM = small("brats2021")
SPLITS = {"train": 14, "validation": 2, "test": 4}


def inverse(row):
    return 255 - row.images["t1"]


def core(row):
    return np.where(row.mask == 2, 0, row.mask).astype(np.uint8)


def site(row):
    return f"Köln, 東京 {row.z}"


def offset(row):
    return -100_000 * row.z


def share(row):
    return -row.z / 7


def centre(row):
    return [-0.5 * row.z, 0.25, 1e6]


def tumour(row):
    return int((row.mask > 0).sum())


EXTRA = (
    Column("inverse", "image", "uint8", "t1, white for black", make=inverse),
    Column("core", "mask", "uint8", "labels but oedema", make=core, labels=True),
    Column("site", "text", "str", "where, in any script", make=site),
    Column("offset", "integer", "int32", "below 0", make=offset),
    Column("share", "float", "float64", "a fraction below 0", make=share),
    Column("centre", "vector", "float32", "three numbers", make=centre, length=3),
    Column("tumour", "integer", "uint16", "pixels", make=tumour, labels=True),
)
NAMES = tuple(column.name for column in EXTRA)
EVERY = pytest.mark.parametrize("column", EXTRA, ids=lambda column: column.name)


def expected(column, row):
    """What a column holds, worked out from the columns that were always there."""
    z = int(row["slice_index"])
    return {
        "inverse": 255 - row["t1"],
        "core": row["mask"] * (row["mask"] != 2),
        "site": f"Köln, 東京 {z}",
        "offset": -100_000 * z,
        "share": -z / 7,
        "centre": np.array([-0.5 * z, 0.25, 1e6], np.float32),
        "tumour": np.count_nonzero(row["mask"]),
    }[column.name]


def same(column, found, row):
    """Assert that a value is the right one, and of the right type."""
    right = expected(column, row)
    if column.kind == "text":
        assert found == right
    else:
        np.testing.assert_array_equal(np.asarray(found), right)


@pytest.fixture(scope="module", autouse=True)
def with_extra():
    """The table of columns, as one more declaration of every kind makes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "COMMON", (*table.COMMON[:-1], *EXTRA, table.COMMON[-1]))
        yield


def made(raw, release, **options):
    cases = FORM.arrangement.find(FORM, scan(raw))
    return build(FORM, cases, TOY_RECIPE, release, read=read_case, **options)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_toys(tmp_path_factory.mktemp("columns") / "raw", cases=4)


@pytest.fixture(scope="module")
def release(raw, with_extra):
    made(raw, raw.with_name("release"))
    return raw.with_name("release")


@pytest.fixture(scope="module")
def withheld(raw, with_extra):
    made(raw, raw.with_name("withheld"), withhold=("test",))
    return raw.with_name("withheld")


@pytest.fixture(scope="module")
def stored(release):
    """The rows of the test split, read by nothing of ours."""
    with h5py.File(release / "data/test.h5") as file:
        values = {name: file[name][()] for name in file}
    return [{name: values[name][row] for name in values} for row in range(4)]


def test_there_is_a_column_of_every_kind():
    assert {column.kind for column in EXTRA} == set(DTYPES)


@EVERY
def test_a_release_stores_what_its_column_makes(release, stored, column):
    with h5py.File(release / "data/test.h5") as file:
        stored_as = file[column.name].dtype
    if column.kind != "text":
        assert stored_as == np.dtype(column.dtype)
    for row in stored:
        value = row[column.name]
        same(column, value.decode() if column.kind == "text" else value, row)


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_torch_dataset_gives_them_as_they_are(release, stored, in_memory):
    data = bratsfuse.BraTSFuse(
        release, "test", columns=NAMES, in_memory=in_memory, fusion=None
    )
    kinds = {"text": str, "integer": int, "float": float}
    for row, sample in zip(stored, data, strict=True):
        for column in EXTRA:
            assert isinstance(sample[column.name], kinds.get(column.kind, torch.Tensor))
            same(column, sample[column.name], row)


def test_data_loader_workers_give_the_same(release, stored):
    data = bratsfuse.BraTSFuse(release, "test", columns=NAMES, in_memory=False)
    (batch,) = DataLoader(data, batch_size=4, num_workers=1)
    for place, row in enumerate(stored):
        for column in EXTRA:
            same(column, batch[column.name][place], row)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("cache")
    return datasets


@pytest.fixture(scope="module")
def export(release):
    export_parquet(release, release.with_name("export"))
    return release.with_name("export")


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("form", ["release", "export"])
def test_load_dataset_gives_them_as_they_are(
    datasets, request, stored, form, streaming
):
    folder = request.getfixturevalue(form)
    for config in CONFIGS:
        loaded = datasets.load_dataset(
            str(folder), config, split="test", streaming=streaming
        )
        for row, found in zip(stored, loaded, strict=True):
            for column in EXTRA:
                same(column, found[column.name], row)
        for column in EXTRA:
            if column.kind in ("integer", "float"):
                assert loaded.features[column.name].dtype == column.dtype


def test_the_way_to_read_pixels_as_bytes_keeps_the_numbers(datasets, release, stored):
    """The lines of the card are run; `dtype` alone would cast every column."""
    text = (release / "README.md").read_text()
    lines = text.split("```python\n")[1].split("```")[0]
    names = {}
    exec(lines.replace("path/to/this/folder", str(release)), names)  # noqa: S102
    with SplitFile(release / "data/train.h5") as file:
        for place, row in enumerate(names["train"]):
            for column in EXTRA:
                if column.pixels:
                    assert row[column.name].dtype == np.uint8
                right = (
                    file.pixels(column.name, place)
                    if column.pixels
                    else file.texts(column.name)[place]
                    if column.kind == "text"
                    else file.array(column.name)[place]
                )
                np.testing.assert_array_equal(row[column.name], right)


def test_a_release_with_them_is_whole(release):
    assert verify(release) == []


@EVERY
def test_verify_finds_an_edit(release, tmp_path, column):
    copy = shutil.copytree(release, tmp_path / "copy")
    with h5py.File(copy / "data/test.h5", "r+") as file:
        values = file[column.name]
        if column.kind == "text":
            values[1] = "anywhere"
        else:
            row = np.array(values[1])
            row.flat[0] = 77 if row.flat[0] != 77 else 78
            values[1] = row
    codes = {(issue.code, issue.where.split(" > ")[-1]) for issue in verify(copy)}
    assert "row-differs" in {code for code, _ in codes}
    if column.kind == "mask":  # whoever renews the digests is found, too
        assert ("unknown-labels", column.name) in codes


def type_in_the_card(column):
    text = column.dtype.replace("str", "string")
    return {
        "image": {"array2_d": {"shape": [20, 24], "dtype": "uint8"}},
        "mask": {"array2_d": {"shape": [20, 24], "dtype": "uint8"}},
    }.get(column.kind, text)


@EVERY
def test_every_document_tells_of_it(release, export, column):
    words = {
        "text": "string",
        "image": "uint8 (H, W)",
        "mask": "uint8 (H, W)",
        "vector": "float32 (3)",
    }.get(column.kind, column.dtype)
    configs = "all, originals, fusion, pairs"
    line = f"| `{column.name}` | {words} | {configs} | {column.meaning} |"
    for document in (release / "README.md", release / "DATASHEET.md"):
        assert line in document.read_text().splitlines()
    assert line in (export / "README.md").read_text().splitlines()
    front = next(yaml.safe_load_all((release / "README.md").read_text()))
    for info in front["dataset_info"]:
        (feature,) = [f for f in info["features"] if f["name"] == column.name]
        if column.kind == "vector":
            assert feature == {"name": "centre", "list": "float32", "length": 3}
        else:
            assert feature["dtype"] == type_in_the_card(column)
    croissant = json.loads((release / "croissant.json").read_text())
    for file in croissant["distribution"]:
        if file["@id"].endswith(".h5"):
            text = f"{column.name} ({words}): {column.meaning}"
            assert text in file["description"]


def test_the_croissant_description_is_valid(release):
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of what pandas is about to drop
        dataset = mlcroissant.Dataset(str(release / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors


def test_a_preview_shows_images_and_masks(release, tmp_path):
    def cells():
        manifest = read_manifest(release)
        write_preview(release, manifest, tmp_path / "preview.png", split="test")
        with Image.open(tmp_path / "preview.png") as picture:
            cell = montage.CELL_PIXELS + montage.GAP_PIXELS
            return round((picture.width - montage.SIDE_PIXELS) / cell)

    with pytest.MonkeyPatch.context() as patch:
        usual = tuple(column for column in table.COMMON if column not in EXTRA)
        patch.setattr(table, "COMMON", usual)
        before = cells()
    assert before == 4 + 3 + 1
    assert cells() == before + 2


def test_fuse_copies_them(release, stored, tmp_path):
    words = ["fuse", "weighted", str(release), "-o", str(tmp_path / "fused")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert verify(tmp_path / "fused") == []
    with SplitFile(tmp_path / "fused/data/test.h5") as file:
        assert "fusion_weighted" in file.names
        for column in EXTRA:
            if column.kind == "text":
                found = file.texts(column.name)
            else:
                found = file.array(column.name)
            for row, value in zip(stored, found, strict=True):
                same(column, value, row)


# Hidden labels.


def test_what_tells_of_labels_goes_into_the_key(withheld, stored, datasets):
    manifest = read_manifest(withheld)
    hidden = {column.name for column in EXTRA if column.labels}
    assert verify(withheld) == []
    with SplitFile(withheld / "data/test.h5") as file:
        assert set(file.names) & {"mask", *NAMES} == set(NAMES) - hidden
    with h5py.File(key_path(withheld)) as file:
        assert hidden < set(file)
        for column in EXTRA:
            if column.labels:
                for row, value in zip(stored, file[column.name][()], strict=True):
                    same(column, value, row)
    key = open_key(key_path(withheld), withheld, manifest, "test")
    np.testing.assert_array_equal(key.mask(0), stored[0]["mask"])
    loaded = datasets.load_dataset(str(withheld), "all_unlabelled", split="test")
    assert set(loaded.column_names) & set(NAMES) == set(NAMES) - hidden
    loaded = datasets.load_dataset(str(withheld), "all", split="train")
    assert set(NAMES) < set(loaded.column_names)


def test_verify_finds_a_label_column_where_labels_are_withheld(withheld, tmp_path):
    copy = shutil.copytree(withheld, tmp_path / "copy")
    with h5py.File(copy / "data/test.h5", "r+") as file:
        file["tumour"] = np.zeros(4, np.uint16)
    issues = {issue.code: issue.message for issue in verify(copy)}
    assert "contains tumour" in issues["labels-exposed"]


def test_an_edited_key_is_refused(withheld, tmp_path):
    key = shutil.copy(key_path(withheld), tmp_path / "edited.key.h5")
    with h5py.File(key, "r+") as file:
        file["tumour"][0] += 1
    with pytest.raises(bratsfuse.errors.ReleaseError, match="do not give the digest"):
        open_key(key, withheld, read_manifest(withheld), "test")


def test_labels_cannot_leak_through_a_column_that_does_not_declare_them(raw, tmp_path):
    silent = Column("tumour", "integer", "uint16", "pixels", make=tumour)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "COMMON", (silent, *table.COMMON[-1:]))
        with pytest.raises(InvalidInputError, match=r"column tumour: .* labels=True"):
            made(raw, tmp_path / "release")
    assert list(tmp_path.iterdir()) == []


def roles(row):
    return " ".join(sorted(row.volume.sources)) + f" {row.case.mask}"


def test_a_column_that_does_not_declare_labels_is_told_no_file_of_them(raw, tmp_path):
    told = Column("told", "text", "str", "roles", make=roles)
    with pytest.MonkeyPatch.context() as patch:
        usual = [column for column in table.COMMON if column not in EXTRA]
        patch.setattr(table, "COMMON", (*usual[:-1], told, usual[-1]))
        made(raw, tmp_path / "release")
    with SplitFile(tmp_path / "release/data/train.h5") as file:
        assert set(file.texts("told")) == {"flair t1 t1ce t2 None"}


# What cannot be stored is refused.


@pytest.mark.parametrize(
    ("kind", "dtype", "shape", "value", "message"),
    [
        ("integer", "uint8", (), 256, "expected the range of uint8"),
        ("integer", "uint8", (), -1, "expected the range of uint8"),
        ("integer", "int16", (), 0.5, "0.5; expected int16"),
        ("integer", "int16", (), "7", "'7'; expected int16"),
        ("integer", "int16", (), None, "None; expected int16"),
        ("integer", "int16", (), True, "True; expected int16"),
        ("integer", "int64", (), 2**70, "expected int64"),
        ("integer", "int16", (), [1], "shape (1,); expected ()"),
        ("float", "float32", (), 1e300, "expected the range of float32"),
        ("float", "float64", (), "0.5", "'0.5'; expected float64"),
        ("vector", "float32", (3,), [1, 2], "shape (2,); expected (3,)"),
        ("vector", "int8", (2,), [1, 1000], "expected the range of int8"),
        ("image", "uint8", (2, 2), np.zeros((2, 3), np.uint8), "shape (2, 3)"),
        ("image", "uint8", (2, 2), np.zeros((2, 2)), "pixels of type float64"),
        ("mask", "uint8", (2, 2), np.zeros((2, 2), bool), "pixels of type bool"),
        ("text", "str", (), b"bytes", "b'bytes'; expected a text"),
        ("text", "str", (), "a\0b", "without zero characters"),
        ("text", "str", (), "\ud800", "expected Unicode text"),
    ],
)
def test_a_value_that_cannot_be_stored_is_refused(kind, dtype, shape, value, message):
    with pytest.raises(InvalidInputError) as caught:
        checked_cell(kind, dtype, shape, value)
    assert message in str(caught.value)


def test_what_a_float_column_holds_may_be_undefined():
    assert np.isnan(checked_cell("float", "float32", (), float("nan")))
    assert checked_cell("float", "float32", (), 3) == 3


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("image", "float32"), ("text", "S16"), ("float", "int8"), ("pixels", "uint8")],
)
def test_a_column_that_cannot_be_read_back_is_refused(kind, dtype):
    with pytest.raises(InvalidInputError, match="column extra: kind"):
        Column("extra", kind, dtype, "")


@pytest.mark.parametrize("name", ["a/b", "", "ä", "1st"])
def test_a_name_that_cannot_name_a_column_is_refused(name):
    with pytest.raises(InvalidInputError, match="cannot name a column"):
        Column(name, "text", "str", "")


def test_two_columns_of_one_name_are_refused():
    with pytest.MonkeyPatch.context() as patch:
        twice = Column("t1", "text", "str", "", make=site)
        patch.setattr(table, "COMMON", (*table.COMMON, twice))
        with pytest.raises(InvalidInputError, match="two columns are called 't1'"):
            columns(("average",), ("t1", "t2"))
