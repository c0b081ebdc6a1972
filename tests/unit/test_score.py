"""Scoring folders of images: what is read, what is told, what is written."""

import csv
import json
import math

import numpy as np
import pytest
from PIL import Image

from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.folder_scores import (
    ScoreTable,
    Summary,
    UnscorableError,
    score_folders,
    write_scores,
)
from bratsfuse.folder_scores.table import to_csv, to_json, to_text, warnings_in
from bratsfuse.image_files import read_grey, read_mask
from bratsfuse.metrics import fusion

RNG = np.random.default_rng(5)
GREY = RNG.integers(0, 256, (48, 52), np.uint8)


@pytest.fixture
def folders(tmp_path):
    """Three folders of two images each; z10 sorts before z9."""
    paths = [tmp_path / name for name in ("fused", "t1ce", "flair")]
    for path in paths:
        path.mkdir()
        for name in ("case_z9", "case_z10"):
            grey = RNG.integers(0, 256, (48, 52), np.uint8)
            Image.fromarray(grey).save(path / f"{name}.png")
    return paths


def problems(folders, **options):
    with pytest.raises(UnscorableError) as caught:
        score_folders(folders[0], folders[1:], **options)
    return [str(issue) for issue in caught.value.issues]


def test_scores_are_those_of_evaluate_by_name(folders):
    table = score_folders(folders[0], folders[1:], metrics=["en", "mi"], brain=True)
    assert list(table.rows) == ["case_z10", "case_z9"]
    assert table.keys == ("en", "mi", "en_brain", "mi_brain")
    fused, *sources = (
        np.asarray(Image.open(folder / "case_z9.png")) for folder in folders
    )
    expected = fusion.evaluate(np.stack(sources), fused, ["en", "mi"], brain=True)
    assert table.rows["case_z9"] == expected
    assert table.issues == ()


def test_reference_masks_give_further_columns(folders, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    label = np.zeros((48, 52), np.uint8)
    label[10:20, 10:30] = 3
    Image.fromarray(label).save(masks / "case_z9.png")
    Image.fromarray(np.zeros_like(label)).save(masks / "case_z10.png")
    table = score_folders(folders[0], folders[1:], masks, metrics=["sd"])
    assert table.keys == ("sd", "sd_reference")
    fused = np.asarray(Image.open(folders[0] / "case_z9.png"))
    inside = table.rows["case_z9"]["sd_reference"]
    assert inside == pytest.approx(fused[10:20, 10:30].std())
    assert math.isnan(table.rows["case_z10"]["sd_reference"])
    assert table.summary()["sd_reference"] == Summary(inside, 1, 1)


def test_progress_and_workers(folders):
    for folder in folders:
        Image.fromarray(GREY).save(folder / "case_z11.png")
    told = []
    table = score_folders(
        folders[0],
        folders[1:],
        metrics=["en"],
        workers=2,
        progress=lambda *step: told.append(step),
    )
    assert told == [("score", 1, 3), ("score", 2, 3), ("score", 3, 3)]
    assert list(table.rows) == ["case_z10", "case_z11", "case_z9"]


def test_convention_is_passed_on(folders):
    ours = score_folders(folders[0], folders[1:], metrics=["mi"])
    theirs = score_folders(
        folders[0], folders[1:], metrics=["mi"], convention="cddfuse"
    )
    ratio = theirs.summary()["mi"].mean / ours.summary()["mi"].mean
    assert ratio == pytest.approx(math.log(2))
    assert theirs.convention == "cddfuse"


# What is refused: one clear line each, all of them at once


def test_all_problems_are_told_at_once(folders):
    Image.fromarray(GREY[1:]).save(folders[1] / "case_z9.png")
    (folders[2] / "case_z10.png").unlink()
    lines = problems(folders)
    assert len(lines) == 2
    assert "case_z10: has no partner in" in lines[0]
    assert "flair" in lines[0]
    assert "case_z9: found unequal sizes" in lines[1]
    assert "47 x 52" in lines[1]


@pytest.mark.parametrize("folder", [0, 1])
def test_missing_partners_count_in_every_folder(folders, folder):
    Image.fromarray(GREY).save(folders[folder] / "alone.png")
    (line,) = problems(folders)
    assert line.startswith("error [no-partner] alone: has no partner in")


def test_missing_partners_can_be_allowed(folders):
    Image.fromarray(GREY).save(folders[1] / "alone.png")
    table = score_folders(folders[0], folders[1:], metrics=["en"], allow_missing=True)
    assert len(table.rows) == 2
    (line,) = warnings_in(table.issues)
    assert line.startswith("warning [no-partner] alone")


def test_what_all_names_have_around_them_is_named_with_the_command(tmp_path):
    """Of the fused images alone, or of every folder its own."""
    for forms in (("{}", "{}", "{}_fused"), ("{}_a", "{}_b", "f_{}")):
        folders = []
        for place, form in enumerate(forms):
            folder = tmp_path / f"{forms[0]}{place}"
            folder.mkdir()
            folders.insert(0, folder)
            for n in range(60):
                Image.fromarray(GREY).save(folder / f"{form.format(n)}.png")
        lines = [line for line in problems(folders) if "[common-affix]" in line]
        affixed = [form for form in forms if form != "{}"]
        assert len(lines) == len(affixed)
        for form, line in zip(affixed[::-1], lines, strict=True):
            assert "the names of 60 of 60 images" in line
            assert f"for f in {form.format('*')}.png; do mv" in line


def test_a_hundred_misnamed_images_are_a_few_lines(folders):
    from bratsfuse.issues import lines_of

    for path in list(folders[0].iterdir()):
        path.unlink()
    for n in range(100):
        Image.fromarray(GREY).save(folders[0] / f"{n}_fused.png")
    with pytest.raises(UnscorableError) as caught:
        score_folders(folders[0], folders[1:])
    assert len(caught.value.issues) > 100
    assert len(lines_of(caught.value.issues)) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda image: image[:, ::-1], "fused-flipped"),
        (lambda image: np.rint(image / 255).astype(np.uint8), "not-scaled"),
        (lambda image: 255 - image, "inverted"),
        (np.zeros_like, "constant-prediction"),
        (lambda image: image, "same-as-source"),
        (lambda image: RNG.integers(0, 256, image.shape, np.uint8), None),
    ],
)
def test_what_is_not_plausible_is_warned_of_and_scored(tmp_path, change, code):
    for n in range(3):
        image = RNG.integers(0, 256, (48, 52), np.uint8)
        other = RNG.integers(0, 256, (48, 52), np.uint8)
        for name, one in (("f", change(image)), ("a", image), ("b", other)):
            (tmp_path / name).mkdir(exist_ok=True)
            picture = Image.fromarray(np.ascontiguousarray(one))
            picture.save(tmp_path / name / f"{n}.png")
    sources = [tmp_path / "a", tmp_path / "b"]
    table = score_folders(tmp_path / "f", sources, metrics=["en"])
    assert len(table.rows) == 3
    lines = warnings_in(table.issues)
    assert [line.split()[1] for line in lines] == ([f"[{code}]"] if code else [])


def test_of_large_images_the_middle_is_compared(tmp_path):
    image = RNG.integers(0, 256, (600, 1400), np.uint8)
    other = image.T.reshape(600, -1)
    for name, one in (("f", image[::-1]), ("a", image), ("b", other)):
        (tmp_path / name).mkdir()
        Image.fromarray(np.ascontiguousarray(one)).save(tmp_path / name / "x.png")
    sources = [tmp_path / "a", tmp_path / "b"]
    (line,) = warnings_in(score_folders(tmp_path / "f", sources, metrics=["en"]).issues)
    assert "1.00 flipped up-down" in line


def test_nothing_in_common_is_refused(folders):
    for path in list(folders[0].iterdir()):
        path.rename(folders[0] / f"fused_{path.name}")
    lines = problems(folders, allow_missing=True)
    assert any("nothing-in-common" in line for line in lines)


@pytest.mark.parametrize(
    ("image", "suffix", "code", "words"),
    [
        (GREY.astype(np.uint16) * 200, "png", "deep", "16 or more bits"),
        (GREY.astype(np.uint16) * 200, "tif", "deep", "16 or more bits"),
        (GREY.astype(np.int32), "tif", "deep", "16 or more bits"),
        (GREY.astype(np.float32) / 255, "tif", "float", "declared range"),
        (np.dstack([GREY] * 4), "png", "alpha", "flatten it"),
        (np.dstack([GREY] * 2), "png", "alpha", "flatten it"),
    ],
)
def test_unsuitable_pixels_are_refused(folders, image, suffix, code, words):
    (folders[0] / "case_z9.png").unlink()
    Image.fromarray(image).save(folders[0] / f"case_z9.{suffix}")
    (line,) = problems(folders)
    assert line.startswith(f"error [{code}] ")
    assert f"case_z9.{suffix}" in line
    assert words in line


def test_colours_of_sixteen_bits_are_refused(folders):
    """Pillow would read them as eight bits without a word."""
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 52, 48, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(52 * 6) for _ in range(48))
    (folders[0] / "case_z9.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    (line,) = problems(folders)
    assert line.startswith("error [deep]")


def test_layers_and_other_colour_spaces_are_refused(folders):
    (folders[0] / "case_z9.png").unlink()
    first = Image.fromarray(GREY)
    first.save(folders[0] / "case_z9.tif", save_all=True, append_images=[first])
    (line,) = problems(folders)
    assert "contains 2 layers" in line
    Image.fromarray(np.dstack([GREY] * 4), mode=None).convert("CMYK").save(
        folders[0] / "case_z9.tif"
    )
    (line,) = problems(folders)
    assert "colour space CMYK" in line


def test_transparent_palette_is_refused(folders):
    image = Image.fromarray(GREY).convert("P")
    image.save(folders[0] / "case_z9.png", transparency=0)
    assert problems(folders)[0].startswith("error [alpha]")


def test_broken_files_are_refused(folders):
    (folders[0] / "case_z9.png").write_bytes(b"no image at all")
    (line,) = problems(folders)
    assert line.startswith("error [unreadable]")


def test_files_that_break_off_are_refused(folders):
    path = folders[0] / "case_z9.png"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(
        InvalidInputError, match=r"case_z9.png: cannot be read as an image"
    ):
        score_folders(folders[0], folders[1:])


def test_two_images_of_one_name_are_refused(folders):
    Image.fromarray(GREY).save(folders[0] / "case_z9.bmp")
    (line,) = problems(folders)
    assert "has the name of case_z9.bmp" in line


def test_missing_and_empty_folders_are_refused(folders, tmp_path):
    (tmp_path / "empty").mkdir()
    lines = problems([folders[0], tmp_path / "none", tmp_path / "empty"])
    assert lines[0].startswith("error [no-folder]")
    assert lines[1].startswith("error [no-images]")


def test_wrong_questions_are_refused_before_any_file_is_read(tmp_path):
    none = tmp_path / "none"
    with pytest.raises(InvalidInputError, match="expected two or more"):
        score_folders(none, [none])
    with pytest.raises(InvalidInputError, match="none is given twice"):
        score_folders(none, [none, none / ".." / "none"])
    two = [none, tmp_path / "other"]
    with pytest.raises(UnknownNameError, match="did you mean 'ssim'"):
        score_folders(none, two, metrics=["ssimm"])
    with pytest.raises(InvalidInputError, match="'cddfuse' has no 'nabf'"):
        score_folders(none, two, metrics=["nabf"], convention="cddfuse")


# What is read and said


def test_colour_is_scored_by_its_luminance_and_said_so(folders):
    colour = RNG.integers(0, 256, (48, 52, 3), np.uint8)
    Image.fromarray(colour).save(folders[0] / "case_z9.png")
    table = score_folders(folders[0], folders[1:], metrics=["en"])
    (line,) = warnings_in(table.issues)
    assert line.startswith("note [colour]")
    expected = np.rint(colour @ [0.299, 0.587, 0.114])
    found = read_grey(folders[0] / "case_z9.png").astype(float)
    assert np.abs(found - expected).max() <= 1


def test_grey_stored_as_colour_or_palette_stays_what_it_was(tmp_path):
    Image.fromarray(np.dstack([GREY] * 3)).save(tmp_path / "rgb.png")
    Image.fromarray(GREY).convert("P").save(tmp_path / "palette.png")
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(read_grey(path), GREY)


def test_jpeg_is_read_with_one_warning_for_all(folders):
    for path in list(folders[0].iterdir()):
        Image.open(path).save(path.with_suffix(".jpg"))
        path.unlink()
    table = score_folders(folders[0], folders[1:], metrics=["en"])
    (line,) = warnings_in(table.issues)
    assert line.startswith("warning [lossy]")
    assert "in 2 places, for example " in line


def test_what_pillow_doubts_is_one_warning_and_nothing_on_stderr(folders, capfd):
    for path in list(folders[0].iterdir()):
        Image.open(path).save(path.with_suffix(".tif"), description="d" * 20)
        path.unlink()
    damaged = next(folders[0].iterdir())
    content = bytearray(damaged.read_bytes())
    described = content.index((270).to_bytes(2, "little") + b"\x02\x00")
    content[described + 4 : described + 8] = b"\xff\xff\xff\x0f"  # so many letters
    damaged.write_bytes(content)
    table = score_folders(folders[0], folders[1:], metrics=["en"])
    (line,) = warnings_in(table.issues)
    assert line.startswith("warning [doubtful]")
    assert "Skipping tag 270" in line
    assert capfd.readouterr().err == ""


def test_a_very_large_image_is_a_warning_too(folders, monkeypatch, capfd):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", GREY.size - 1)
    table = score_folders(folders[0], folders[1:], metrics=["en"])
    (line,) = warnings_in(table.issues)
    assert line.startswith("warning [doubtful]")
    assert "exceeds limit" in line
    assert capfd.readouterr().err == ""


def test_other_files_are_left_out_with_a_note(folders):
    (folders[0] / "readme.txt").write_text("hello")
    (folders[0] / ".hidden").write_text("hello")
    (folders[0] / "folder").mkdir()
    table = score_folders(folders[0], folders[1:], metrics=["en"])
    (line,) = warnings_in(table.issues)
    assert line.startswith("note [not-an-image]")


def test_masks_of_any_kind_are_true_where_not_zero(tmp_path):
    inside = GREY > 200
    images = {
        "labels": inside.astype(np.uint8) * 3,
        "deep": inside.astype(np.uint16) * 1000,
        "bits": inside,
        "colour": np.dstack([np.zeros_like(GREY), inside * np.uint8(9), inside * 0]),
    }
    for name, values in images.items():
        path = tmp_path / f"{name}.png"
        Image.fromarray(values.astype(np.uint8) if name == "colour" else values).save(
            path
        )
        np.testing.assert_array_equal(read_mask(path), inside)


# What is written

TABLE = ScoreTable(
    "bratsfuse",
    {
        "a": {"en": 7.123456789012345, "scd": math.nan, "psnr": math.inf},
        "b,c": {"en": 1.0, "scd": 0.5, "psnr": 20.0},
    },
    (),
)


def test_csv_keeps_every_digit():
    rows = list(csv.DictReader(to_csv(TABLE).splitlines()))
    assert [row["image"] for row in rows] == ["a", "b,c"]
    assert float(rows[0]["en"]) == 7.123456789012345
    assert rows[0]["scd"] == "nan"
    assert rows[0]["psnr"] == "inf"


def test_json_is_strict_and_tells_means_with_their_counts():
    def refuse(name):
        raise AssertionError(name)

    content = json.loads(to_json(TABLE), parse_constant=refuse)
    assert content["convention"] == "bratsfuse"
    assert content["images"][0] == {
        "image": "a",
        "en": 7.123456789012345,
        "scd": None,
        "psnr": "inf",
    }
    scd = content["summary"]["scd"]
    assert (scd["mean"], scd["n"], scd["n_undefined"]) == (0.5, 1, 1)
    assert (scd["low"], scd["high"], scd["sd"]) == (None, None, None)
    en = content["summary"]["en"]
    assert en["sd"] == pytest.approx(6.123456789012345 / math.sqrt(2))
    assert en["low"] <= en["mean"] <= en["high"]
    assert content["summary"]["psnr"]["mean"] == "inf"
    assert content["metrics"]["psnr"]["unit"] == "dB"


def test_text_shows_each_mean_with_its_counts():
    lines = to_text(TABLE).splitlines()
    assert lines[0].split()[-4:] == ["unit", "better", "n", "undefined"]
    assert lines[2].split() == ["scd", "0.5", "-", "-", "higher", "1", "1"]


def test_text_names_a_mean_of_nothing_undefined():
    table = ScoreTable("bratsfuse", {"a": {"ms_ssim_brain": math.nan}}, ())
    assert to_text(table).splitlines()[1].split()[:2] == ["ms_ssim_brain", "undefined"]


def test_files_appear_whole_and_are_not_overwritten(tmp_path):
    write_scores(TABLE, tmp_path / "scores.csv")
    write_scores(TABLE, tmp_path / "scores.json")
    assert (tmp_path / "scores.csv").read_text() == to_csv(TABLE)
    assert json.loads((tmp_path / "scores.json").read_text())["schema"] == 1
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(InvalidInputError, match="exists"):
        write_scores(TABLE, tmp_path / "scores.csv")
    write_scores(TABLE, tmp_path / "scores.csv", overwrite=True)
    with pytest.raises(InvalidInputError, match="no such folder"):
        write_scores(TABLE, tmp_path / "none" / "scores.csv")
