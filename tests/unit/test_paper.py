"""Reports in a paper: the marks of a table, its text forms, its works, its figure."""

import csv
import io
import shutil
import subprocess
from dataclasses import replace

import boards
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from bratsfuse import records
from bratsfuse.cli import main
from bratsfuse.leaderboard.bibtex import to_bibtex
from bratsfuse.leaderboard.paper import to_csv, to_latex, to_markdown
from bratsfuse.leaderboard.paper_reports import entries_of, papers_of
from bratsfuse.pages.viewer import Crop, Crops, Shown
from bratsfuse.results import Measure

HOSTILE = r"A_1 & \b {50%} #$^~"
DICE = Measure("segmentation", "WT", "dice")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    names = {"Alpha": 0.9, "Beta": 0.7, HOSTILE: 0.5}
    made = [
        boards.write_scored(folder / f"r{place}", name, quality)
        for place, (name, quality) in enumerate(names.items())
    ]
    made.append(boards.write_scored(folder / "half", "Half", 0.95, missing=3))
    return made


@pytest.fixture(scope="module")
def papers(reports):
    return papers_of(entries_of(reports))


def run(*words, code=0):
    result = CliRunner().invoke(main, ["table", *map(str, words)])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_the_best_is_bold_and_the_second_underlined(papers):
    (paper,) = [one for one in papers if one.track == "segmentation"]
    marks = paper.marks(DICE)
    assert (marks["alpha"], marks["beta"]) == ("best", "second")
    assert "half" not in marks  # incomplete: never best, however good
    text = to_latex(papers)
    mean = {entry.name: entry.score(DICE).mean for entry in paper.entries}
    assert rf"\textbf{{{mean['Alpha']:.3f}}}" in text
    assert rf"\underline{{{mean['Beta']:.3f}}}" in text
    assert f"**{mean['Alpha']:.3f}**" in to_markdown(papers)
    assert r"Half$^\dagger$" in text


def test_equal_means_share_a_mark_and_two_methods_have_no_second(papers):
    (paper,) = [one for one in papers if one.track == "segmentation"]
    first, second = paper.entries[:2]
    two = replace(paper, entries=(first, second))
    assert set(two.marks(DICE).values()) == {"best", ""}
    twins = replace(paper, entries=(first, first, second))
    assert twins.marks(DICE)["alpha"] == "best"


def test_latex_is_balanced_and_names_are_text(papers):
    text = to_latex(papers)
    assert r"A\_1 \& \textbackslash{}b \{50\%\} \#\$\textasciicircum{}" in text
    for line in text.splitlines():
        plain = line.replace(r"\{", "").replace(r"\}", "")
        assert plain.count("{") == plain.count("}"), line
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    columns = {line.replace(r"\&", "").count("&") for line in rows}
    assert max(columns) <= 5
    panels = text.count(r"\toprule")
    assert panels == text.count(r"\bottomrule") == text.count(r"\end{tabular}") > 2
    heads = text.count(r"\uparrow") + text.count(r"\downarrow")
    assert heads == sum(len(paper.measures) for paper in papers)
    for stamp in ("ffffffffffff", "Protocol 1", "brats2023-gli", "t1ce + flair"):
        assert stamp in text


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex on the PATH")
def test_latex_is_set_within_a_page_of_article(papers, tmp_path):
    (tmp_path / "tables.tex").write_text(to_latex(papers))
    (tmp_path / "works.bib").write_text(to_bibtex(papers))
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{tables}"
        r"\nocite{*}\bibliographystyle{plain}\bibliography{works}\end{document}"
    )
    for words in (["pdflatex", "-halt-on-error"], ["bibtex"], ["pdflatex"]):
        done = subprocess.run(
            [*words, "paper"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:]
        assert "Overfull" not in done.stdout
        assert "Warning--" not in done.stdout


def test_csv_has_full_digits(papers):
    rows = list(csv.DictReader(io.StringIO(to_csv(papers))))
    (row,) = [
        one
        for one in rows
        if (one["method"], one["region"], one["metric"]) == ("Alpha", "WT", "dice")
    ]
    entry = papers[0].entries[0]
    assert float(row["mean"]) == entry.score(DICE).mean
    assert row["mark"] == "best"


def test_every_shown_metric_is_cited_once(papers):
    text = to_bibtex(papers, ["Menze BH. Benchmark, 2015. doi:10.1109/TMI.2014.1"])
    keys = [line for line in text.splitlines() if line.startswith("@")]
    assert len(keys) == len(set(keys)) > 10
    assert "L. R. Dice, Ecology 26, 1945" in text
    assert "doi = {10.1109/TMI.2014.1}" in text
    assert text.count("{") == text.count("}")


def test_the_command_prints_chosen_columns(reports, tmp_path):
    words = (*reports[:2], "--format", "markdown", "--track", "fusion")
    told = run(*words, "--metrics", "vif,en").output
    assert told.index("VIF") < told.index("EN")
    assert "SSIM" not in told
    run(*reports[:2], "-o", tmp_path / "table.tex")
    assert r"\toprule" in (tmp_path / "table.tex").read_text()
    assert "did you mean" in run(*reports[:2], "--metrics", "vief", code=1).output
    assert run(*reports[:2], "--slice", "a", code=2)
    assert (
        "evaluate --slices"
        in run(*reports[:2], "--figure", tmp_path / "a.pdf", code=1).output
    )


def test_reports_of_other_data_are_refused(reports, tmp_path):
    data = replace(boards.DATA, fingerprint="e" * 64)
    other = boards.write_scored(tmp_path / "other", "Other", 0.5, data=data)
    assert "not comparable" in run(reports[0], other, code=1).output
    assert "second report" in run(reports[0], reports[0], code=1).output


def test_the_figure_is_drawn_from_crops(reports, tmp_path):
    made = []
    for grey, report in zip((40, 200), reports, strict=False):
        copy = shutil.copytree(report, tmp_path / report.name)
        room = copy / "figures" / "slices" / "case_000_z001"
        room.mkdir(parents=True)
        for name, value in {"t1ce": 100, "flair": 10, "fused": grey}.items():
            Image.fromarray(np.full((60, 50), value, np.uint8)).save(
                room / f"{name}.png"
            )
        crop = Crop(
            slice_id="case_000_z001",
            case="case_000",
            box=(3, 4, 50, 60),
            lesion=(1, 2, 40, 40),
        )
        roles = {"t1ce": "source", "flair": "source", "fused": "fused"}
        images = tuple(Shown(name=n, title=n, role=r) for n, r in roles.items())
        crops = Crops(images=images, outlines=(), slices=(crop,))
        (room.parent / "slices.json").write_text(records.to_json(crops))
        made.append(copy)
    target = tmp_path / "slices.png"
    told = run(*made, "--figure", target, "--differences").output
    assert "case_000_z001" in told
    picture = np.asarray(Image.open(target).convert("L"))
    # t1ce, flair, both methods, and |F - source| twice.
    assert {100, 10, 40, 200, 120, 60} <= set(np.unique(picture).tolist())
    run(*made, "--figure", tmp_path / "slices.svg")
    run(*made, "--figure", tmp_path / "slices.pdf")
    assert (tmp_path / "slices.pdf").read_bytes().startswith(b"%PDF")
    assert "no slice" in run(*made, "--figure", target, "--slice", "x", code=1).output
    assert "ends in" in run(*made, "--figure", tmp_path / "a.gif", code=1).output
    # The longest id of a case makes a slice id that is longer than a name.
    longest = replace(crop, slice_id=f"{'n' * 200}_z001")
    assert Crops(images=images, outlines=(), slices=(longest,)).slices == (longest,)
    # A report from elsewhere has no picture read from another folder.
    record = made[0] / "figures" / "slices" / "slices.json"
    for name in ("case_000_z001", "t1ce"):
        before = record.read_text()
        record.write_text(before.replace(f'"{name}"', f'"../../{name}"'))
        told = run(*made, "--figure", target, code=1).output
        assert "becomes a file name" in told
        record.write_text(before)
