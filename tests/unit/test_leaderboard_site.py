"""The files of a site: what they say, whole, the same each time, harmless."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import boards
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard import render as module
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import read_board
from bratsfuse.leaderboard.render import render, site_files

SEGMENTATION = ("segmentation",)
HOSTILE = "<script>alert(1)</script> | `x`"


def make_board(folder):
    board = folder / "board"
    for place, (name, quality, options) in enumerate(
        (
            ("Alpha", 0.9, {"training_data": "BraTS 2021", "url": "https://a.example"}),
            ("Beta", 0.7, {"url": "javascript:alert(1)", "authors": ("B. & Co",)}),
            (HOSTILE, 0.5, {"training_data": "=cmd()|x", "method": "</title><b>"}),
            ("Half", 0.8, {"missing": 7}),
        )
    ):
        admit(
            boards.write_scored(folder / f"r{place}", name, quality, **options), board
        )
    admit(boards.write_scored(folder / "m", "@masks", 0.6, SEGMENTATION), board)
    admit(boards.write_refused(folder / "f", "Broken"), board)
    return board


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    return make_board(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def site(board, tmp_path_factory):
    site = tmp_path_factory.mktemp("rendered") / "site"
    render(board, site)
    return site


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_site_is_pages_and_tables(site):
    slugs = {"alpha", "beta", "half", "broken"}
    names = set(contents(site))
    assert {"index.html", "leaderboard.csv", "LEADERBOARD.md"} <= names
    assert {f"entries/{slug}.html" for slug in slugs} <= names
    assert {"compare.html", "entries/alpha.js"} <= names
    assert len(names) == 5 + 6 + 1 + 5  # a refusal has no values


def test_the_same_entries_give_the_same_bytes(board, site, tmp_path):
    again = make_board(tmp_path)
    render(again, tmp_path / "site")
    assert contents(tmp_path / "site") == contents(site)


def test_no_page_asks_for_anything(site):
    for name, content in contents(site).items():
        text = content.decode()
        assert 'http-equiv="Content-Security-Policy"' in text or ".html" not in name
        assert not re.search(r'(src|srcset|action)="', text)
        links = set(re.findall(r'href="([^"]*)"', text))
        outside = {link for link in links if ":" in link} - {"data:,"}
        assert outside <= {"https://a.example"}


def test_strangers_words_are_text(site):
    for name, content in contents(site).items():
        if name.endswith(".html"):
            text = content.decode()
            assert "<script>alert" not in text
            assert "</title><b>" not in text
    page = (site / "index.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; | `x`" in page


def rows_of(site, track="segmentation"):
    text = (site / "leaderboard.csv").read_text()
    return [row for row in csv.DictReader(io.StringIO(text)) if row["track"] == track]


def test_the_csv_has_every_entry_in_order_and_full_digits(site, board):
    rows = rows_of(site)
    assert [row["name"] for row in rows] == [
        "Alpha",
        "Beta",
        "'@masks",
        HOSTILE,
        "Half",
    ]
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", ""]
    assert [row["state"] for row in rows] == ["ranked"] * 4 + ["incomplete"]
    found = module.read_board(board)
    alpha = next(entry for entry in found.entries if entry.name == "Alpha")
    score = alpha.report.scores.segmentation["WT"]["dice"]
    assert float(rows[0]["wt_dice"]) == score.mean
    assert float(rows[0]["wt_dice_low"]) == score.low
    assert rows[0]["en"] == ""
    assert len(rows[0]["mean_rank"]) > 0
    assert rows_of(site, "fusion")[0]["ssim"] != ""
    assert [row["name"] for row in rows_of(site, "")] == ["Broken"]


def test_no_cell_of_the_csv_is_a_formula(site):
    text = (site / "leaderboard.csv").read_text()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=cmd()|x" in cells
    assert "'@masks" in cells
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@")):
            float(cell)


def test_the_markdown_is_one_table_a_track(site):
    text = (site / "LEADERBOARD.md").read_text()
    lines = text.splitlines()
    for line in lines:
        if line.startswith("| "):
            bars = len(re.findall(r"(?<!\\)\|", line))
            assert bars in (6 + 6 + 1, 6 + 14 + 1)
    assert r"\<script\>alert\(1\)\</script\> \| \`x\`" in text
    assert "- Half: incomplete, not ranked" in lines
    (broken,) = (line for line in lines if line.startswith("- Broken: "))
    assert r"mask/case\_001\_z077.png: label 4" in broken
    assert "odd, but no reason" not in text
    assert text.index("## Fusion") < text.index("## Segmentation")


def test_failed_and_incomplete_entries_stand_apart_with_reasons(site):
    page = (site / "index.html").read_text()
    tables = "".join(re.findall(r"<table.*?</table>", page, re.S))
    assert "Alpha" in tables
    assert "Half" not in tables
    assert "Broken" not in tables
    assert "7 of 36 slice sets missing" in page
    assert "label 4; expected 0 to 3" in page
    assert "odd, but no reason" not in page
    assert "odd, but no reason" in (site / "entries" / "broken.html").read_text()


def test_no_address_in_the_markdown_becomes_a_link(tmp_path):
    boards.adder(tmp_path)("see https://spam.example", tracks=SEGMENTATION)
    render(tmp_path / "board", tmp_path / "site")
    text = (tmp_path / "site" / "LEADERBOARD.md").read_text()
    assert "://" not in text
    assert r"see https:\//spam.example" in text


def test_an_empty_board_renders(tmp_path):
    (tmp_path / "board").mkdir()
    render(tmp_path / "board", tmp_path / "site")
    for name in ("index.html", "LEADERBOARD.md"):
        text = (tmp_path / "site" / name).read_text()
        assert "No entries yet: the board is empty" in text
        assert "bratsfuse leaderboard add REPORT --to BOARD" in text
    assert len((tmp_path / "site" / "leaderboard.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize("make", [boards.write_refused, boards.write_scored])
def test_a_board_of_one_renders(tmp_path, make):
    admit(make(tmp_path / "r", "Only", tracks=SEGMENTATION), tmp_path / "board")
    render(tmp_path / "board", tmp_path / "site")
    assert "Only" in (tmp_path / "site" / "index.html").read_text()


def test_a_board_of_one_patient_has_ranks_without_intervals(tmp_path):
    data = replace(boards.DATA, patients=1)
    for name, quality in (("a", 0.9), ("b", 0.2)):
        folder = boards.write_scored(
            tmp_path / name, name, quality, SEGMENTATION, data=data
        )
        admit(folder, tmp_path / "board")
    render(tmp_path / "board", tmp_path / "site")
    assert [row["rank_low"] for row in rows_of(tmp_path / "site")] == ["", ""]


def test_what_limits_a_ranking_stands_above_it(tmp_path):
    data = replace(boards.DATA, cases=4, patients=4)
    add = boards.adder(tmp_path)
    for name, quality in (("a", 0.9), ("b", 0.2)):
        add(name, quality, SEGMENTATION, data=data)
    render(tmp_path / "board", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "<strong>Too few patients.</strong> Found 4 patients" in page
    assert page.index("Too few patients") < page.index("<table")
    assert page.count('<span class="hint">too few patients</span>') == 2
    assert "have no width at all, although the rank is not sure" in page


def test_enough_patients_need_no_hint(site):
    assert "too few patients" not in (site / "index.html").read_text().lower()


def test_one_is_no_plural(tmp_path):
    data = replace(boards.DATA, slice_sets=1, cases=1, patients=1)
    boards.adder(tmp_path)("x", 0.9, SEGMENTATION, data=data)
    render(tmp_path / "board", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "1 slice set of 1 case and 1 patient." in page
    markdown = (tmp_path / "site" / "LEADERBOARD.md").read_text()
    assert "1 slice set of 1 patient, " in markdown


def test_titles_of_metrics_are_set_as_in_their_papers(site):
    for path in ("index.html", "entries/alpha.html", "LEADERBOARD.md"):
        page = (site / path).read_text()
        assert "Q<sup>AB/F</sup>" in page
        assert "Q^AB/F" not in page


def test_labels_that_a_release_lacks_are_explained(site):
    page = (site / "index.html").read_text()
    assert "labels that this release does not use add nothing" in page


def test_the_fusion_table_warns_of_its_metrics(site):
    page = (site / "index.html").read_text()
    assert page.count("Fusion metrics disagree with each other") == 1


@pytest.mark.parametrize(("labels", "shown"), [("public", True), ("key", False)])
def test_values_per_case_are_shown_unless_labels_are_hidden(tmp_path, labels, shown):
    data = replace(boards.DATA, labels=labels)
    boards.adder(tmp_path)("x", tracks=SEGMENTATION, data=data)
    render(tmp_path / "board", tmp_path / "site")
    page = (tmp_path / "site" / "entries" / "x.html").read_text()
    assert ("case_007" in page) is shown


def test_an_existing_folder_is_left_alone(board, tmp_path):
    target = tmp_path / "home"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(InvalidInputError, match="no site of a board"):
            render(board, target, overwrite=overwrite)
    assert (target / "thesis.tex").exists()


def test_a_site_is_replaced_only_when_told(board, tmp_path):
    site = tmp_path / "site"
    render(board, site)
    (site / "entries" / "stale.html").write_text("old")
    with pytest.raises(InvalidInputError, match="--overwrite"):
        render(board, site)
    render(board, site, overwrite=True)
    assert not (site / "entries" / "stale.html").exists()
    assert list(tmp_path.iterdir()) == [site]


def test_a_site_that_cannot_be_finished_leaves_the_old_one(
    board, tmp_path, monkeypatch
):
    site = tmp_path / "site"
    render(board, site)
    before = contents(site)
    files = {"index.html": "new", "entries/a.html": None}
    monkeypatch.setattr(module, "site_files", lambda board: files)
    with pytest.raises(TypeError):
        render(board, site, overwrite=True)
    assert contents(site) == before
    assert list(tmp_path.iterdir()) == [site]


def test_a_site_that_cannot_take_its_place_leaves_the_old_one(
    board, tmp_path, monkeypatch
):
    site = tmp_path / "site"
    render(board, site)
    before = contents(site)
    rename = Path.rename

    def fail_to_publish(path, target):
        if path.parent.name == "new":
            raise PermissionError(13, "not now")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_to_publish)
    with pytest.raises(InvalidInputError, match="not now"):
        render(board, site, overwrite=True)
    assert contents(site) == before
    assert list(tmp_path.iterdir()) == [site]


def test_a_site_needs_a_folder_to_stand_in(board, tmp_path):
    with pytest.raises(InvalidInputError, match="create it first"):
        render(board, tmp_path / "none" / "site")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["leaderboard", *arguments])


def test_the_commands_tell_where_things_are(run):
    boards.write_scored(Path("report"), "U-Net", 0.8)
    added = run("add", "report", "--to", "board")
    assert (added.exit_code, added.stdout) == (0, "board/u-net.json\n")
    rendered = run("render", "board", "-o", "site")
    assert (rendered.exit_code, rendered.stdout) == (0, "site/index.html: 1 entry\n")


def test_the_commands_refuse_with_reasons_on_stderr(run):
    boards.write_scored(Path("report"), "U-Net", 0.8)
    run("add", "report", "--to", "board")
    again = run("add", "report", "--to", "board")
    assert again.exit_code == 1
    assert again.stdout == ""
    first, last = again.stderr.splitlines()
    assert first.startswith("error [name-taken] u-net: ")
    assert last == "error: report: not added, for 1 reason"
    assert run("add", "report", "--to", "board", "--replace").exit_code == 0
    assert run("render", "nowhere", "-o", "site").exit_code == 1
    assert run("render", "board").exit_code == 2


def test_the_command_says_that_an_entry_is_not_ranked(run):
    boards.write_scored(Path("half"), "Half", 0.8, missing=3)
    boards.write_refused(Path("broken"), "Broken")
    assert "segmentation is incomplete" in run("add", "half", "--to", "board").stderr
    assert "never ranked" in run("add", "broken", "--to", "board").stderr


def test_digests_are_cut_in_the_table_and_whole_on_the_page_of_the_entry(tmp_path):
    digest = "4f" * 32
    report = boards.write_scored(tmp_path / "x", "x", training_data=f"release {digest}")
    admit(report, tmp_path / "board")
    files = site_files(read_board(tmp_path / "board"))
    table, page = files["index.html"], files["entries/x.html"]
    assert "release 4f4f4f4f4f4f...<" in table
    assert f"release {digest}<" in page
