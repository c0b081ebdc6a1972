"""A version that an advisory names is found, by list and by range."""

import json
import re

import pytest
from advisories import ROOT, Advisory, advisories, lowest, main, pinned


def write(folder, name="a.yaml", package="Pillow", versions=(), events=(), **more):
    affected = {
        "package": {"ecosystem": "PyPI", "name": package},
        "versions": list(versions),
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
    }
    whole = {"id": "PYSEC-1", "published": "2024-02-03T04:05:06Z"}
    whole |= {"affected": [affected], **more}
    (folder / name).write_text(json.dumps(whole))  # which is YAML, too


@pytest.mark.parametrize(
    ("version", "named"),
    [("1.9", False), ("2.9", True), ("2.10", True), ("2.11", False), ("4.1", True)],
)
def test_a_range_is_compared_by_version_and_not_by_letter(tmp_path, version, named):
    # 2.10 is later than 2.9; the events need not be in order.
    events = [{"fixed": "2.11"}, {"introduced": "2.0"}, {"introduced": "4"}]
    write(tmp_path, events=[*events, {"last_affected": "4.1"}])
    (found,) = advisories(tmp_path)
    assert found.package == "pillow"
    assert found.names(version) is named


def test_a_listed_version_is_named_also_without_a_range(tmp_path):
    write(
        tmp_path, "b.json", versions=["1.5"], events=[{"introduced": "not a version"}]
    )
    (found,) = advisories(tmp_path)
    assert found.names("1.5")
    assert not found.names("1.6")


def test_what_was_withdrawn_or_is_of_others_is_passed_over(tmp_path):
    write(tmp_path, withdrawn="2024-03-01T00:00:00Z")
    (tmp_path / "config.yaml").write_text("- just: a list")
    assert list(advisories(tmp_path)) == []


def test_pins_and_lower_bounds_are_those_of_the_project():
    versions = pinned((ROOT / "constraints.txt").read_text())
    assert versions["torch"] == "2.13.0"
    bounds = lowest((ROOT / "pyproject.toml").read_text())
    assert set(bounds) < set(versions)
    assert len(bounds) > 20


def test_the_program_ends_with_1_where_a_pin_is_named(tmp_path, capsys):
    version = pinned((ROOT / "constraints.txt").read_text())["pillow"]
    write(tmp_path, versions=["0.1"])
    assert main([str(tmp_path)]) == 0
    assert "newest of 2024-02-03" in capsys.readouterr().out
    write(tmp_path, versions=[version])
    assert main([str(tmp_path)]) == 1
    assert re.search(rf"pillow {re.escape(version)}: PYSEC-1", capsys.readouterr().out)


def test_a_folder_without_advisories_is_said(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "no advisory" in capsys.readouterr().err


def test_an_advisory_without_ranges_names_nothing_else():
    assert not Advisory("P", "torch", "", frozenset({"1"}), ()).names("2")
