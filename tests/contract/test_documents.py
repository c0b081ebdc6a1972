"""Documents that are generated are fresh; the README's commands are real."""

import re
from pathlib import Path

import yaml

from bratsfuse import __version__
from bratsfuse.cli import main
from bratsfuse.release.datasheet import general_datasheet

ROOT = Path(__file__).parents[2]


def test_the_datasheet_is_fresh():
    assert (ROOT / "DATASHEET.md").read_text(encoding="utf-8") == general_datasheet()


def test_every_command_that_the_documents_show_exists():
    commands = set(main.list_commands(None))
    shown = set()
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            shown |= set(re.findall(r"^bratsfuse ([a-z-]+)", block, re.MULTILINE))
        shown |= set(re.findall(r"`bratsfuse ([a-z-]+)", text))
    assert shown
    assert shown <= commands


def test_every_file_that_the_documents_link_to_exists():
    for name in ("README.md", "CONTRIBUTING.md", "DATASHEET.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            if "://" not in target:
                assert (ROOT / target).exists(), (name, target)


def test_the_changelog_says_nothing_twice():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for release in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.*)$", release, re.MULTILINE)
        assert len(headings) == len(set(headings))
        entries = re.split(r"^- ", release, flags=re.MULTILINE)[1:]
        begins = [" ".join(entry.split())[:40] for entry in entries]
        assert len(begins) == len(set(begins))


def test_the_citation_is_of_this_version_and_can_be_read():
    content = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert content["cff-version"] == "1.2.0"
    assert content["version"] == __version__
    assert {"title", "message", "authors", "type", "license"} <= set(content)
    for work in content["references"]:
        assert work["authors"]
        assert work["title"]
        assert work["year"] > 2000


def test_public_checks_cover_the_systems_and_pythons_that_are_promised():
    path = ROOT / ".github" / "workflows" / "tests.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    pythons = ["3.11", "3.12", "3.13"]
    assert jobs["suite"]["strategy"]["matrix"]["python"] == pythons
    assert set(jobs["suite"]["strategy"]["matrix"]["os"]) == {
        "macos-latest",
        "ubuntu-latest",
    }
    assert jobs["windows"]["strategy"]["matrix"]["python"] == pythons
