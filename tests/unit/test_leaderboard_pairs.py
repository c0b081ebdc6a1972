"""Two entries case by case: what is loaded on choice; what the index must not hold."""

import json
import re

import boards
import pytest

from bratsfuse.leaderboard import pairs
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.pareto import best_of
from bratsfuse.leaderboard.render import render


def site_of(folder, names, **options):
    for place, name in enumerate(names):
        report = boards.write_scored(
            folder / f"r{place}", name, 0.9 - place / 20, **options
        )
        admit(report, folder / "board")
    render(folder / "board", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return site_of(tmp_path_factory.mktemp("pairs"), ["Alpha", "Beta", "</script>"])


def told(page):
    return json.loads(re.search(r'id="entries">(.*?)</script>', page)[1])


def test_an_entry_hands_over_its_cases(site):
    text = (site / "entries" / "alpha.js").read_text()
    handed = json.loads(re.fullmatch(r"taken\((.*)\);\n", text)[1])
    table = boards.table_of("Alpha", 0.9)
    for measure in table.of_track("segmentation"):
        if measure.key in ("dice", "hd95"):
            values = handed["values"][f"segmentation {measure}"]
            assert values == pytest.approx(table.column(measure).tolist(), rel=1e-6)
    assert len(handed["p"]["segmentation"]) == 2


def test_the_page_names_cases_and_entries_and_has_no_values(site):
    page = (site / "compare.html").read_text()
    data = told(page)
    assert len(data["cases"]) == 12
    assert [track[0] for track in data["tracks"]] == ["fusion", "segmentation"]
    assert {name for _, name in data["tracks"][0][3]} == {"Alpha", "Beta", "</script>"}
    assert '</script>"' not in page
    assert data["t"][0] == pytest.approx(12.7062, abs=1e-4)
    assert 'href="compare.html#fusion"' in (site / "index.html").read_text()


def test_values_of_cases_stay_with_who_keeps_the_labels(tmp_path):
    from dataclasses import replace

    data = replace(boards.DATA, labels="key", withheld_digest="9" * 64)
    site = site_of(tmp_path, ["Alpha", "Beta"], data=data)
    assert not (site / "compare.html").exists()
    assert not list(site.rglob("*.js"))
    assert "compare.html" not in (site / "index.html").read_text()


def test_many_entries_have_no_matrix(tmp_path, monkeypatch):
    monkeypatch.setattr("bratsfuse.leaderboard.render.MOST_IN_A_MATRIX", 2)
    page = (site_of(tmp_path, ["Alpha", "Beta", "Gamma"]) / "index.html").read_text()
    assert "The 3 entries have 3 pairs" in page
    assert "Corrected p of every pair" not in page
    assert pairs.MOST_IN_A_MATRIX == 20


def test_digests_are_short_and_still_there_in_full(site):
    page = (site / "index.html").read_text()
    assert "<summary><code>ffffffffffff...</code></summary>" in page
    assert "f" * 64 in page


def test_the_front_has_whom_nobody_beats():
    assert best_of([(1, 1)]) == [True]
    assert best_of([(1, 1), (1, 1)]) == [True, True]
    assert best_of([(2, 1), (1, 2), (1, 1), (0, 2)]) == [True, True, False, False]


def test_use_and_fusion_are_drawn_together(tmp_path):
    for place, name in enumerate(["Alpha", "Beta", "Gamma"]):
        evaluation = boards.evaluation_of(name, boards.table_of(name, 0.9 - place / 9))
        fidelity = dict.fromkeys(boards.FAITHFUL, 0.01) if place == 2 else None
        chosen = {"fidelity": fidelity} if fidelity else {}
        evaluation = boards.with_use(evaluation, 0.5 + place / 9, **chosen)
        admit(boards.write(tmp_path / name, evaluation), tmp_path / "board")
    render(tmp_path / "board", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert page.count('<circle class="best"') == 4 * 2
    assert page.count('<circle class="unranked"') == 4
