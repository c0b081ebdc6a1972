"""`bratsfuse score` and `bratsfuse selftest`: what they print, write and refuse."""

import csv
import json
import re
from importlib.metadata import version

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from bratsfuse import selftest as module
from bratsfuse.cli import main
from bratsfuse.metrics import colour, fusion

RNG = np.random.default_rng(11)
GREY = RNG.integers(0, 256, (48, 52), np.uint8)
FOLDERS = ("fused", "t1ce", "flair")
SCORE = ("score", "fused", "--source", "t1ce", "--source", "flair")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command beside three folders of two images each."""
    monkeypatch.chdir(tmp_path)
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
        for name in ("case_z010", "case_z011"):
            grey = RNG.integers(0, 256, GREY.shape, np.uint8)
            Image.fromarray(grey).save(tmp_path / folder / f"{name}.png")

    def call(*arguments):
        result = CliRunner().invoke(main, [str(word) for word in arguments])
        bug = result.exception
        assert bug is None or isinstance(bug, SystemExit), result.output
        return result

    return call


def refused(result):
    """Return the lines on stderr but the last, which tells the number of problems."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    *lines, last = result.stderr.strip().splitlines()
    assert last.startswith("error: ")
    assert "nothing was scored" in last
    return lines


def test_scores_are_shown_and_written(run, tmp_path):
    result = run(*SCORE, "-o", "scores.csv")
    assert result.exit_code == 0
    assert "scoring images: 2 of 2" in result.stderr
    head, *rows, written = result.stdout.splitlines()
    names = ["metric", "mean", "95 % interval", "SD", "unit", "better", "n"]
    assert re.split("  +", head) == [*names, "undefined"]
    assert [row.split()[0] for row in rows] == list(fusion.DEFAULT)
    assert written == "scores.csv"
    with (tmp_path / "scores.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [row["image"] for row in table] == ["case_z010", "case_z011"]
    fused, *sources = (
        np.asarray(Image.open(tmp_path / folder / "case_z011.png"))
        for folder in FOLDERS
    )
    expected = fusion.evaluate(np.stack(sources), fused)
    found = {key: float(table[1][key]) for key in expected}
    assert found == pytest.approx(expected, rel=1e-15, nan_ok=True)


def test_options_reach_the_scores(run, tmp_path):
    (tmp_path / "masks").mkdir()
    for name in ("case_z010", "case_z011"):
        Image.fromarray(GREY // 128).save(tmp_path / "masks" / f"{name}.png")
    options = ("--reference", "masks", "--metrics", "en, mi", "--brain")
    result = run(*SCORE, *options, "--convention", "cddfuse", "-o", "scores.json")
    assert result.exit_code == 0
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["convention"] == "cddfuse"
    assert scores["metrics"]["mi"]["unit"] == "nat"
    assert list(scores["summary"]) == [
        key + place for place in ("", "_brain", "_reference") for key in ("en", "mi")
    ]
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert "nat" in rows["mi_brain"]
    assert "bit" in rows["en"]
    assert scores["sources"] == ["t1ce", "flair"]  # in the order of the metrics
    assert scores["reference"] == "masks"


def test_all_metrics_can_be_asked_for(run):
    rows = run(*SCORE, "--metrics", "all").stdout.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(fusion.METRICS)


def test_values_of_single_sources_are_columns(run, tmp_path):
    options = ("--metrics", "mi,scd,en", "--per-source", "--brain")
    result = run(*SCORE, *options, "-o", "scores.json", "--report", "report")
    assert result.exit_code == 0, result.output
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["per_source"] == ["t1ce", "flair"]
    fused, *sources = (
        np.asarray(Image.open(tmp_path / folder / "case_z010.png"))
        for folder in FOLDERS
    )
    expected = fusion.evaluate(
        np.stack(sources),
        fused,
        ["mi", "scd", "en"],
        brain=True,
        per_source=("t1ce", "flair"),
    )
    assert scores["images"][0] == {"image": "case_z010", **expected}
    assert expected["mi_t1ce"] + expected["mi_flair"] == pytest.approx(expected["mi"])
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert "bit" in rows["mi_brain_flair"]
    assert "en_t1ce" not in rows  # it looks at the fused image alone
    page = (tmp_path / "report" / "report.html").read_text()
    assert "MI, brain, flair" in page
    assert "t1ce, flair" in page


def test_sources_whose_names_would_clash_are_numbered(run, tmp_path):
    (tmp_path / "t1ce").rename(tmp_path / "brain")
    sources = ("--source", "brain", "--source", "flair", "--metrics", "mi", "--brain")
    result = run("score", "fused", *sources, "--per-source", "-o", "scores.csv")
    assert result.exit_code == 0, result.output
    assert "[numbered] sources" in result.stderr
    head = (tmp_path / "scores.csv").read_text().splitlines()[0]
    assert head == "image,mi,mi_1,mi_2,mi_brain,mi_brain_1,mi_brain_2"


@pytest.fixture
def coloured(run, tmp_path):
    """Make the fused images and the first source colour images."""
    for folder in ("fused", "t1ce"):
        for path in (tmp_path / folder).iterdir():
            rgb = RNG.integers(0, 256, (*GREY.shape, 3), np.uint8)
            Image.fromarray(rgb).save(path)
    return run


def test_colours_are_columns(coloured, tmp_path):
    options = ("--metrics", "en", "--colour", "t1ce", "--brain", "-o", "scores.json")
    result = coloured(*SCORE, *options)
    assert result.exit_code == 0, result.output
    scores = json.loads((tmp_path / "scores.json").read_text())
    source, fused = (
        np.asarray(Image.open(tmp_path / folder / "case_z010.png"))
        for folder in ("t1ce", "fused")
    )
    row = scores["images"][0]
    expected = colour.evaluate(source, fused)
    assert {key: row[key] for key in expected} == expected
    assert {f"{key}_brain" for key in expected} < set(row)
    assert scores["colour"] == "t1ce"
    assert scores["metrics"]["sam"]["unit"] == "degree"
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert {"degree", "lower"} <= set(rows["sam_brain"])
    several = ("score", "--fused", "max=t1ce", "--fused", "mine=fused")
    compared = coloured(*several, *SCORE[2:], "--metrics", "en", "--colour", "t1ce")
    fewer = "max less mine +delta_e_chroma +[-\N{MINUS SIGN}]"
    assert re.search(fewer, compared.stdout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--colour", "flair"), r"\[grey\] flair.*save it in colour"),
        (("--colour", "fused"), "colour: found fused; expected one of the sources"),
        (("--colour", "t1ce", "--convention", "vifb"), "prints no colour metrics"),
        (("--per-source", "--convention", "vifb"), "no values of single sources"),
    ],
)
def test_columns_that_cannot_be_are_refused(coloured, options, message):
    result = coloured(*SCORE, *options)
    assert result.exit_code != 0
    assert re.search(message, result.stderr), result.stderr


SEVERAL = ("score", "--fused", "max=t1ce", "--fused", "mine=fused")
SOURCES = ("--source", "t1ce", "--source", "flair", "--metrics", "en,mi,ssim")


def test_several_methods_are_compared_on_the_same_images(run, tmp_path):
    for name in ("case2_z010", "case3_z010"):
        for folder in FOLDERS:
            grey = RNG.integers(0, 256, GREY.shape, np.uint8)
            Image.fromarray(grey).save(tmp_path / folder / f"{name}.png")
    result = run(*SEVERAL, *SOURCES, "-o", "scores.json", "--report", "report")
    assert result.exit_code == 0, result.output
    assert "max less mine" in result.stdout
    scores = json.loads((tmp_path / "scores.json").read_text())
    alone = run("score", "fused", *SOURCES, "-o", "alone.json")
    assert alone.exit_code == 0
    mine = json.loads((tmp_path / "alone.json").read_text())
    assert scores["methods"]["mine"]["summary"] == mine["summary"]
    assert scores["methods"]["mine"]["fused"] == "fused"
    record = json.loads((tmp_path / "report" / "scores.json").read_text())
    assert record["sources"] == ["t1ce", "flair"]
    assert (record["images"], record["patients"]) == (4, 3)  # two slices of one case
    score = record["methods"]["mine"]["scores"]["mi"]
    assert score["mean"] == pytest.approx(mine["summary"]["mi"]["mean"], abs=1e-12)
    assert score["low"] < score["mean"] < score["high"]
    (pair,) = [one for one in record["differences"] if one["metric"] == "mi"]
    means = [
        record["methods"][name]["scores"]["mi"]["mean"] for name in ("max", "mine")
    ]
    assert pair["difference"] == pytest.approx(means[0] - means[1])
    assert pair["better"] == "max"  # it copies a source
    with (tmp_path / "report" / "per_image.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["max"] * 4 + ["mine"] * 4
    page = (tmp_path / "report" / "report.html").read_text()
    assert "1. t1ce; 2. flair" in page
    assert "not comparable" not in page


def test_an_image_that_one_method_lacks_is_left_out_of_all(run, tmp_path):
    (tmp_path / "more").mkdir()
    grey = RNG.integers(0, 256, GREY.shape, np.uint8)
    Image.fromarray(grey).save(tmp_path / "more" / "case_z011.png")
    methods = ("score", "--fused", "a=fused", "--fused", "b=more", *SOURCES)
    assert "no-partner" in run(*methods).stderr
    result = run(*methods, "--allow-missing", "-o", "scores.csv")
    assert result.exit_code == 0
    assert "[not-of-all-methods] case_z010" in result.stderr
    with (tmp_path / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["method"], r["image"]) for r in rows] == [
        ("a", "case_z011"),
        ("b", "case_z011"),
    ]


def test_methods_need_names_of_their_own(run):
    for words in (("--fused", "fused"), ("fused", "--fused", "fused=t1ce"), ()):
        assert run("score", *words, *SOURCES).exit_code == 2


def test_a_file_is_replaced_only_on_request(run, tmp_path):
    (tmp_path / "scores.csv").write_text("precious")
    result = run(*SCORE, "-o", "scores.csv")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1  # nothing was scored for it
    assert "--overwrite" in result.stderr
    assert (tmp_path / "scores.csv").read_text() == "precious"
    assert run(*SCORE, "-o", "scores.csv", "--overwrite").exit_code == 0


def test_colour_and_jpeg_are_scored_and_said(run, tmp_path):
    for name in ("case_z010", "case_z011"):
        (tmp_path / "t1ce" / f"{name}.png").unlink()
        Image.fromarray(np.dstack([GREY] * 3)).save(tmp_path / "t1ce" / f"{name}.jpg")
    result = run(*SCORE)
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert any("warning [lossy] in 2 places" in line for line in lines)
    assert any("note [colour]" in line and "luminance" in line for line in lines)


def test_unequal_sizes_are_one_line(run, tmp_path):
    Image.fromarray(GREY[:40]).save(tmp_path / "flair" / "case_z010.png")
    (line,) = refused(run(*SCORE))
    assert line.startswith("error [unequal-sizes] case_z010: ")
    assert "48 x 52" in line
    assert "40 x 52" in line


def test_a_missing_partner_is_one_line(run, tmp_path):
    (tmp_path / "t1ce" / "case_z011.png").unlink()
    (line,) = refused(run(*SCORE))
    assert line.startswith("error [no-partner] case_z011: has no partner in t1ce")
    allowed = run(*SCORE, "--allow-missing")
    assert allowed.exit_code == 0
    assert "warning [no-partner] case_z011" in allowed.stderr


@pytest.mark.parametrize(
    ("image", "suffix", "code"),
    [
        (GREY.astype(np.uint16) * 256, "png", "deep"),
        (GREY.astype(np.float32) / 255, "tif", "float"),
        (np.dstack([GREY] * 4), "png", "alpha"),
    ],
)
def test_what_is_no_8_bit_grey_image_is_one_line(run, tmp_path, image, suffix, code):
    (tmp_path / "fused" / "case_z010.png").unlink()
    Image.fromarray(image).save(tmp_path / "fused" / f"case_z010.{suffix}")
    (line,) = refused(run(*SCORE))
    assert line.startswith(f"error [{code}] fused/case_z010.{suffix}: ")


def test_every_problem_is_told_at_once(run, tmp_path):
    Image.fromarray(GREY[:40]).save(tmp_path / "flair" / "case_z010.png")
    (tmp_path / "t1ce" / "case_z011.png").unlink()
    assert len(refused(run(*SCORE, "--reference", "nowhere"))) >= 1
    assert len(refused(run(*SCORE))) == 2


def test_wrong_usage_ends_with_2(run):
    one = run("score", "fused", "--source", "t1ce")
    assert one.exit_code == 2
    assert "two or more" in one.stderr
    assert run(*SCORE, "--convention", "mine").exit_code == 2


def test_colour_is_scored_by_the_luminance_of_the_toolbox_asked_for(run, tmp_path):
    for folder in FOLDERS:
        for path in (tmp_path / folder).glob("*.png"):
            colour = RNG.integers(0, 256, (*GREY.shape, 3), np.uint8)
            Image.fromarray(colour).save(path)
    found = {}
    for rule in ("pillow", "matlab-ycbcr"):
        result = run(*SCORE, "--luminance", rule, "-o", f"{rule}.json")
        assert result.exit_code == 0
        found[rule] = json.loads((tmp_path / f"{rule}.json").read_text())
        assert found[rule]["luminance"] == rule
    means = [one["summary"]["sd"]["mean"] for one in found.values()]
    assert means[1] == pytest.approx(means[0] * 219 / 255, rel=0.02)
    assert run(*SCORE, "--luminance", "rec709").exit_code == 2


def test_an_unknown_metric_is_one_line_with_a_suggestion(run):
    result = run(*SCORE, "--metrics", "en,vlf")
    assert result.exit_code == 2
    assert "unknown fusion metric 'vlf'; did you mean 'vif'?\n" in result.stderr


def test_selftest_passes_and_names_the_libraries():
    result = CliRunner().invoke(main, ["selftest"])
    assert result.exit_code == 0
    *metrics, versions, verdict = result.stdout.splitlines()
    assert len(metrics) == len(fusion.METRICS) + 21
    assert f"numpy {version('numpy')}" in versions
    assert "numba" in versions
    assert verdict.startswith("all ")


def test_selftest_fails_when_a_value_differs(monkeypatch):
    right = fusion.evaluate
    monkeypatch.setattr(
        fusion, "evaluate", lambda *args: right(*args) | {"ssim": 1.7115}
    )
    monkeypatch.setattr(module, "CHAPTERS", (module.fusion_checks,))
    result = CliRunner().invoke(main, ["selftest"])
    assert result.exit_code == 1
    assert "DIFFERS" in result.stdout
