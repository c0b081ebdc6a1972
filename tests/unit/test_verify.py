"""Whatever is done to a release, verify finds it."""

import contextlib
import csv
import json
import shutil

import h5py
import numpy as np
import pytest

from bratsfuse import __version__
from bratsfuse.errors import ReleaseError
from bratsfuse.release import MANIFEST_NAME, SplitFile, file_digest
from bratsfuse.release.verify import verify


def codes(release):
    return {issue.code for issue in verify(release)}


def resign(release):
    """Renew the file digests, as an attacker or a careless tool would."""
    path = release / MANIFEST_NAME
    content = json.loads(path.read_text())
    content["files"] = {name: file_digest(release / name) for name in content["files"]}
    path.write_text(json.dumps(content))


def edited(release, edit):
    """Change the manifest and nothing else."""
    path = release / MANIFEST_NAME
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


@contextlib.contextmanager
def opened(release, split="train"):
    with h5py.File(release / "data" / f"{split}.h5", "r+") as file:
        yield file


def test_a_whole_release_has_no_issues(toy_release):
    assert verify(toy_release) == []


def test_every_flipped_byte_is_found(toy_release):
    path = toy_release / "data" / "validation.h5"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    places = rng.integers(0, len(whole), 25).tolist()  # hundreds in `make faults`
    for place in (0, *places, len(whole) - 1):
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        assert "file-changed" in codes(toy_release)
    path.write_bytes(whole)
    assert verify(toy_release) == []


def test_a_flipped_pixel_is_found_where_it_is(toy_release):
    with opened(toy_release) as file:
        file["t1"][3, 10, 12] ^= 1
        name, z = file["case_id"][3].decode(), file["slice_index"][3]
    resign(toy_release)
    found = [issue for issue in verify(toy_release) if issue.code == "row-differs"]
    assert [issue.where for issue in found] == [f"data/train.h5 > {name}_z{z:03d}"]


@pytest.mark.parametrize(
    "name", ["mask", "fusion_average", "intensity_low", "slice_index", "patient_id"]
)
def test_a_change_of_any_column_is_found(toy_release, name):
    with opened(toy_release) as file:
        value = file[name][0]
        file[name][0] = value + b"x" if isinstance(value, bytes) else value + 1
    resign(toy_release)
    assert {"row-differs", "content-differs"} <= codes(toy_release)


def test_a_change_of_a_digest_is_found(toy_release):
    with opened(toy_release) as file:
        file["row_sha256"][0] = "0" * 64
    resign(toy_release)
    assert "row-differs" in codes(toy_release)


def shortened(release, rows):
    with opened(release) as file:
        for name in list(file):
            data = file[name][()]
            kept = data[rows]
            dtype = file[name].dtype
            del file[name]
            file.create_dataset(name, data=kept, dtype=dtype)
    resign(release)


def test_a_missing_row_is_named(toy_release):
    with SplitFile(toy_release / "data" / "train.h5") as file:
        lost = f"{file.texts('case_id')[2]}_z{file.array('slice_index')[2]:03d}"
    shortened(toy_release, [0, 1, *range(3, 14)])
    issues = verify(toy_release)
    assert {"row-count", "missing-row"} <= {issue.code for issue in issues}
    assert any(lost in issue.message for issue in issues)


def test_rows_in_another_order_are_found(toy_release):
    shortened(toy_release, [1, 0, *range(2, 14)])
    assert {"row-order", "content-differs"} <= codes(toy_release)


def test_a_doubled_row_is_found(toy_release):
    shortened(toy_release, [0, 0, *range(2, 14)])
    assert {"row-order", "missing-row"} <= codes(toy_release)


def test_swapped_files_are_found(toy_release):
    data = toy_release / "data"
    (data / "train.h5").rename(data / "other")
    (data / "test.h5").rename(data / "train.h5")
    (data / "other").rename(data / "test.h5")
    resign(toy_release)
    found = {i.where for i in verify(toy_release) if i.code == "swapped-file"}
    assert found == {"data/train.h5", "data/test.h5"}


def test_a_file_of_another_release_is_found(toy_release, phantom_release):
    shutil.copy(phantom_release / "data" / "test.h5", toy_release / "data" / "test.h5")
    resign(toy_release)
    assert "swapped-file" in codes(toy_release)


@pytest.mark.parametrize("name", ["data/test.h5", "index.csv", "previews/train.png"])
def test_a_missing_file_is_found(toy_release, name):
    (toy_release / name).unlink()
    assert "file-missing" in codes(toy_release)


def test_a_stale_card_is_found(toy_release):
    card = toy_release / "README.md"
    text = card.read_text()
    card.write_text(text.replace("sha256:", "sha256:0"))
    resign(toy_release)
    assert codes(toy_release) == {"stale-card"}
    card.write_text(text.replace("num_examples: 14", "num_examples: 13"))
    resign(toy_release)
    assert codes(toy_release) == {"stale-card"}
    card.write_text("# no YAML\n")
    resign(toy_release)
    assert codes(toy_release) == {"stale-card"}
    card.write_text(text)
    resign(toy_release)
    assert codes(toy_release) == set()


def test_a_stale_index_is_found(toy_release):
    index = toy_release / "index.csv"
    index.write_text(index.read_text().replace("train", "test", 1))
    resign(toy_release)
    assert codes(toy_release) == {"stale-index"}


def test_stale_splits_are_found(toy_release):
    splits = json.loads((toy_release / "splits.json").read_text())
    splits["test"] |= splits["train"]
    (toy_release / "splits.json").write_text(json.dumps(splits))
    resign(toy_release)
    assert codes(toy_release) == {"stale-splits"}


def test_a_patient_in_two_splits_is_found(toy_release):
    with opened(toy_release, "train") as file:
        patient = file["patient_id"][0]
    with opened(toy_release, "test") as file:
        file["patient_id"][0] = patient
    resign(toy_release)
    found = [i for i in verify(toy_release) if i.code == "patient-in-two-splits"]
    assert [issue.where for issue in found] == [patient.decode()]
    assert "test and train" in found[0].message


def test_a_case_in_two_splits_is_found(toy_release):
    with opened(toy_release, "train") as file:
        case = file["case_id"][0]
    with opened(toy_release, "test") as file:
        file["case_id"][0] = case
    resign(toy_release)
    assert "case-in-two-splits" in codes(toy_release)


def test_an_unknown_label_is_found(toy_release):
    with opened(toy_release) as file:
        file["mask"][0, 5, 5] = 9
    resign(toy_release)
    assert "unknown-labels" in codes(toy_release)


def test_light_in_the_background_of_a_fusion_image_is_found(toy_release):
    with opened(toy_release) as file:
        file["fusion_laplacian"][0, 0, 0] = 1
    resign(toy_release)
    assert "background-not-zero" in codes(toy_release)


def test_a_split_without_its_complete_flag_is_found(toy_release):
    with opened(toy_release) as file:
        del file.attrs["complete"]
    resign(toy_release)
    assert "broken-file" in codes(toy_release)


def test_a_truncated_split_is_found(toy_release):
    path = toy_release / "data" / "train.h5"
    path.write_bytes(path.read_bytes()[:-5000])
    resign(toy_release)
    assert "broken-file" in codes(toy_release)


def test_a_broken_chunk_is_found(toy_release):
    with opened(toy_release) as file:
        place = file["t2"].id.get_chunk_info(0).byte_offset + 40
    path = toy_release / "data" / "train.h5"
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)
    resign(toy_release)
    assert codes(toy_release) & {"broken-file", "row-differs"}


def test_an_unfinished_build_says_how_to_go_on(toy_release):
    building = toy_release.with_name("release.building")
    toy_release.rename(building)
    with pytest.raises(ReleaseError, match="unfinished build"):
        verify(toy_release)


def test_an_extra_column_is_found(toy_release):
    with opened(toy_release) as file:
        file["extra"] = np.zeros(14)
    resign(toy_release)
    assert "columns-differ" in codes(toy_release)


def test_a_missing_column_is_found(toy_release):
    with opened(toy_release) as file:
        del file["t2"]
    resign(toy_release)
    assert codes(toy_release) & {"columns-differ", "broken-file"}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": 99}', '{"schema": 1}'])
def test_a_broken_manifest_is_one_line(toy_release, text):
    (toy_release / MANIFEST_NAME).write_text(text)
    with pytest.raises(ReleaseError, match=r"manifest\.json"):
        verify(toy_release)


def test_a_flipped_byte_of_the_index_is_found(toy_release):
    path = toy_release / "index.csv"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] = 0xFF
    path.write_bytes(content)
    assert codes(toy_release) == {"file-changed", "stale-index"}


def replaced(file, name, data, **options):
    del file[name]
    file.create_dataset(name, data=data, **options)


def one_row_less(file):
    replaced(file, "grade", file["grade"][:-1])


def a_group(file):
    del file["t1"]
    file.create_group("t1")


def numeric_case_ids(file):
    replaced(file, "case_id", np.arange(14))


def one_slice_index(file):
    replaced(file, "slice_index", np.int16(3))


def an_empty_column(file):
    replaced(file, "slice_index", h5py.Empty("i2"))


def wide_pixels(file):
    replaced(file, "mask", file["mask"][()].astype("u2"))


def narrow_images(file):
    replaced(file, "t2", file["t2"][:, :, 1:])


@pytest.mark.parametrize(
    "damage",
    [
        one_row_less,
        a_group,
        numeric_case_ids,
        one_slice_index,
        an_empty_column,
        wide_pixels,
        narrow_images,
    ],
)
def test_a_column_of_another_form_is_found_and_the_rest_verified(toy_release, damage):
    with opened(toy_release) as file:
        damage(file)
    with opened(toy_release, "test") as file:
        file["t1"][0, 10, 12] ^= 1
    resign(toy_release)
    found = {(issue.where.split(" ")[0], issue.code) for issue in verify(toy_release)}
    assert ("data/train.h5", "columns-differ") in found
    assert ("data/test.h5", "row-differs") in found


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("case_id", b"BraTS2021_77777", {"row-differs", "unexpected-row"}),
        ("case_id", b"../../name", {"broken-file"}),
        ("case_id", b"", {"broken-file"}),
        ("slice_index", -5, {"row-differs", "unexpected-row"}),
    ],
)
def test_an_impossible_slice_id_is_found(toy_release, name, value, found):
    with opened(toy_release) as file:
        file[name][0] = value
    resign(toy_release)
    assert found <= codes(toy_release)


def test_an_array_as_attribute_is_found(toy_release):
    with opened(toy_release) as file:
        file.attrs["format"] = [1, 2]
    with opened(toy_release, "test") as file:
        file.attrs["split"] = [1, 2]
    resign(toy_release)
    assert {"broken-file", "swapped-file"} <= codes(toy_release)


@pytest.mark.parametrize("name", ["t1", "slice_index"])
def test_a_group_for_a_column_is_one_line_to_the_reader(toy_release, name):
    with opened(toy_release) as file:
        del file[name]
        file.create_group(name)
    with (
        SplitFile(toy_release / "data" / "train.h5") as split,
        pytest.raises(ReleaseError, match=name),
    ):
        split.array(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recipe", '{"version": 1}'),
        ("layout", "brats2018"),
        ("labels", '{"BACKGROUND": 0}'),
    ],
)
def test_an_attribute_that_is_not_the_manifests_is_found(toy_release, name, value):
    with opened(toy_release) as file:
        file.attrs[name] = value
    resign(toy_release)
    issues = [i for i in verify(toy_release) if i.code == "attributes-differ"]
    assert [issue.where for issue in issues] == ["data/train.h5"]
    assert name in issues[0].message


def first(records):
    return next(iter(records.values()))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda m: m["recipe"].update(seed=99), "attributes-differ"),
        (lambda m: m["source"].update(layout="other"), "attributes-differ"),
        (lambda m: m["source"].update(licence="CC0"), "stale-index"),
        (lambda m: m["source"].update(label_map={"7": "ET"}), "stale-index"),
        (lambda m: m["source"].update(title="other"), "stale-card"),
        (lambda m: m["source"].update(title="other"), "stale-datasheet"),
        (lambda m: m["source"].update(title="other"), "stale-croissant"),
        (lambda m: m.update(image_shape=[1, 2]), "columns-differ"),
        (lambda m: first(m["cases"]).update(patient="other"), "case-differs"),
        (lambda m: first(m["cases"]).update(grade="LGG"), "case-differs"),
        (
            lambda m: m["cases"].update(more={**first(m["cases"]), "slices": []}),
            "case-differs",
        ),
        (
            lambda m: first(m["cases"])["slices"].append(
                first(m["cases"])["slices"][0]
            ),
            "case-differs",
        ),
        (lambda m: first(m["splits"]).update(cases=99), "count-differs"),
        (lambda m: first(m["splits"]).update(patients=99), "count-differs"),
        (
            lambda m: first(first(m["cases"])["sources"]).update(sha256="0" * 64),
            "stale-index",
        ),
        (lambda m: m["files"].pop("index.csv"), "unexpected-file"),
    ],
)
def test_an_edited_manifest_is_found(toy_release, edit, expected):
    edited(toy_release, edit)
    assert expected in codes(toy_release)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("README.md", "stale-card"),
        ("DATASHEET.md", "stale-datasheet"),
        ("croissant.json", "stale-croissant"),
    ],
)
def test_a_changed_or_missing_document_is_found(toy_release, name, code):
    path = toy_release / name
    text = path.read_text()
    path.write_text(text.replace("slice sets", "images", 1))
    resign(toy_release)
    assert codes(toy_release) == {code}
    path.write_bytes(b"\xff" + text.encode())
    resign(toy_release)
    assert codes(toy_release) == {code}
    path.unlink()
    assert codes(toy_release) == {code, "file-missing"}


@pytest.mark.parametrize(
    ("column", "new"),
    [("licence", "CC0"), ("layout", "x"), ("label_map", "x"), ("source_sha256", "0")],
)
def test_a_changed_cell_of_the_index_is_found(toy_release, column, new):
    path = toy_release / "index.csv"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    lines[0][column] = new
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    resign(toy_release)
    assert codes(toy_release) == {"stale-index"}


@pytest.mark.parametrize(
    "name", ["V.py", "data/train2.h5", ".hidden", "previews/manifest.json"]
)
def test_an_unlisted_file_is_found(toy_release, name):
    (toy_release / name).write_text("print()")
    found = [(issue.where, issue.code) for issue in verify(toy_release)]
    assert found == [(name, "unexpected-file")]


def test_an_unlisted_link_is_found(toy_release):
    (toy_release / "more").symlink_to(toy_release / "data")
    assert codes(toy_release) == {"unexpected-file"}


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: first(m["cases"]).update(slices=["a"]),
        lambda m: first(m["cases"]).update(sources={"t1": None}),
        lambda m: first(m["splits"]).update(slice_sets="14"),
        lambda m: first(m["splits"]).update(cases=True),
        lambda m: m.update(files=None),
        lambda m: m.update(files={"index.csv": 1}),
        lambda m: m.update(image_shape=[1, 2, 3]),
        lambda m: m.update(fingerprint=None),
        lambda m: m.update(issues={}),
        lambda m: m.update(issues=["text"]),
        lambda m: m["source"].update(citation="one"),
        lambda m: m["source"].update(synthetic="no"),
        lambda m: m["recipe"].update(seed="0"),
        lambda m: m["recipe"].update(fusers=["unheard-of"]),
    ],
)
def test_a_wrong_type_in_the_manifest_is_one_line(toy_release, edit):
    edited(toy_release, edit)
    with pytest.raises(ReleaseError, match=r"manifest\.json: broken") as caught:
        verify(toy_release)
    assert "\n" not in str(caught.value)


def test_documents_of_another_version_may_be_worded_otherwise(toy_release):
    path = toy_release / MANIFEST_NAME
    path.write_text(path.read_text().replace('"bratsfuse": "', '"bratsfuse": "0.'))
    card = toy_release / "README.md"  # it names the version that built the release
    card.write_text(card.read_text().replace(f" {__version__}", f" 0.{__version__}"))
    sheet = toy_release / "DATASHEET.md"
    sheet.write_text(sheet.read_text().replace("Motivation", "Why"))
    resign(toy_release)
    assert codes(toy_release) == {"edited"}  # the version, not the words
