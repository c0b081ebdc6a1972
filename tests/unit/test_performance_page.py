"""The pages of `make bench` are those of its JSON; goals are judged as they say."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import performance_page as page  # noqa: E402
import turns  # noqa: E402


def results():
    return json.loads((ROOT / "benchmarks" / "results.json").read_bytes())


def test_the_documents_are_those_of_the_results():
    content = results()
    performance, scaling = page.pages(content)
    docs = ROOT / "docs"
    assert (docs / "performance.md").read_text(encoding="utf-8") == performance
    assert (docs / "scaling.md").read_text(encoding="utf-8") == scaling
    assert (docs / "performance.svg").is_file()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert page.with_numbers(content, readme) == readme
    for job in content["jobs"].values():
        assert f"## {job['title']}\n" in performance


def test_a_readme_without_the_place_of_a_number_is_an_error():
    with pytest.raises(ValueError, match="0 blocks <!-- measured: loading -->"):
        page.with_numbers(results(), "no markers")


@pytest.mark.parametrize(
    ("found", "bound", "met", "distance"),
    [
        (2.0, {"at_most": 1.0}, False, 2.0),
        (0.5, {"at_most": 1.0}, True, 0.5),
        (2.0, {"at_least": 4.0}, False, 2.0),
        (4.0, {"at_least": 4.0}, True, 1.0),
    ],
)
def test_a_goal_is_met_or_so_far_away(found, bound, met, distance):
    one = turns.goal("text", found, **bound)
    assert page.is_met(one) is met
    assert page.distance(one) == distance


def test_the_least_disturbed_round_counts():
    row = {turns.CPU: [3.0, 2.0, 2.5], turns.WALL: [9.0, 4.0, 5.0]}
    assert turns.least(row) == 2.0
    assert turns.spread(row) == 0.25
    rows = {"a": row, "b": {turns.CPU: [1.0], turns.WALL: [8.0]}}
    assert turns.ratio(rows, "a", "b") == 2.0
    assert turns.ratio(rows, "a", "b", turns.WALL) == 0.5


def test_contestants_take_turns_after_a_first_call(monkeypatch):
    clock = iter(range(1000))  # a second from each look at it to the next
    monkeypatch.setattr(turns.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(turns, "SHORT", 3)
    calls = []
    names = {name: lambda n=name: calls.append(n) for name in "ab"}
    rows = turns.in_turns(names, rounds=2, items=2)
    # What is short is called until it has taken long enough, and their mean is taken.
    assert calls == [*"ab", *("aaaa" + "bbbb") * 2]
    assert rows["a"][turns.WALL] == [1 / 3 / 2] * 2
    calls.clear()
    monkeypatch.setattr(turns, "SHORT", 1)
    long = turns.in_turns(names, rounds=1, first=lambda: calls.append("first"))
    assert calls == ["first", "a", "b"]
    assert long["b"][turns.WALL] == [1]
    assert all(len(row[turns.CPU]) == 2 for row in rows.values())
