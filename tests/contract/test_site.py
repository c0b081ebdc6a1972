"""The documentation site: what is made for it is complete, nothing is loaded."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from bratsfuse.cli import main
from bratsfuse.metrics import METRICS
from bratsfuse.submission.codes import CODES

ROOT = Path(__file__).parents[2]
PARTS = ("baselines", "builders", "leaderboard")


@pytest.fixture(scope="module")
def made():
    sys.path.insert(0, str(ROOT / "documentation"))
    try:
        import made_pages

        yield made_pages.all_pages(ROOT)
    finally:
        sys.path.pop(0)


def commands():
    context = click.Context(main, info_name="bratsfuse")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        inner = click.Context(command, info_name=name, parent=context)
        yield command, inner
        if isinstance(command, click.Group):
            for sub in command.list_commands(inner):
                one = command.get_command(inner, sub)
                yield one, click.Context(one, info_name=sub, parent=inner)


def test_every_command_and_option_is_on_the_page_of_commands(made):
    text = made["commands.md"]
    for command, context in commands():
        part = text.split(f"\n## {context.command_path}\n", 1)
        assert len(part) == 2, context.command_path
        part = part[1].split("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert all(name in part for name in option.opts), option.opts


def test_every_metric_is_in_the_table(made):
    text = made["metric_table.md"]
    for metrics in METRICS.values():
        for key in metrics:
            assert f"| `{key}` |" in text


def test_every_code_of_a_submission_is_on_the_page_of_codes(made):
    text = made["problem_codes.md"]
    for code in CODES:
        assert f"| `{code}` |" in text
    links = set(re.findall(r"\]\(([a-z_]+\.md)", text))
    assert links >= {"submitting.md", "leaderboard.md", "scoring_folders.md"}
    assert all((ROOT / "docs" / name).is_file() for name in links)


def test_the_navigation_names_pages_that_exist(made):
    class Loader(yaml.SafeLoader):
        """Reads the file though it has tags of mkdocs in it."""

    content = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)  # noqa: S506
    pages = [
        page
        for entry in content["nav"]
        for part in entry.values()
        for page in ([part] if isinstance(part, str) else part)
    ]
    assert len(pages) == len(set(pages))
    beside = {"CONTRIBUTING.md", "DATASHEET.md", "CHANGELOG.md", "MODEL_CARD.md"}
    planned = {"quick_start.md"}
    for page in set(pages) - set(made) - beside - planned:
        assert (ROOT / "docs" / page).is_file(), page


def test_a_formula_that_cannot_be_drawn_stops_the_build():
    pytest.importorskip("latex2mathml", reason="make docs installs it")
    sys.path.insert(0, str(ROOT / "documentation"))
    try:
        import formulas
    finally:
        sys.path.pop(0)
    drawn = formulas.drawn(r'<span class="arithmatex">\(\frac{a}{b}\)</span>', "x")
    assert "<mfrac>" in drawn
    with pytest.raises(ValueError, match="x: a formula is left"):
        formulas.drawn('<span class="arithmatex">?</span>', "x")


@pytest.mark.slow  # builds all pages
def test_the_site_builds_with_warnings_as_errors_and_loads_nothing(tmp_path):
    pytest.importorskip("mkdocs", reason="make docs installs it")
    build = [sys.executable, "-m", "mkdocs", "build", "-d", str(tmp_path / "s")]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "s").rglob("*.html"))
    assert len(pages) > 20
    loads = re.compile(r'<(script|img|iframe)[^>]*src="(https?:)?//|<link[^>]*"http')
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not loads.search(text.replace('rel="canonical"', "")), page
        assert "unpkg" not in text
        assert "fonts.googleapis" not in text
    assert "<math" in (tmp_path / "s" / "metrics.html").read_text()
    assert (tmp_path / "s" / "search" / "search_index.json").stat().st_size > 100_000


@pytest.mark.slow
def test_a_broken_link_stops_the_build(tmp_path):
    pytest.importorskip("mkdocs", reason="make docs installs it")
    for name in ("docs", "documentation", "bratsfuse", *PARTS):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True)
    for name in ("mkdocs.yml", "CONTRIBUTING.md", "DATASHEET.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    with (tmp_path / "docs" / "fusers.md").open("a") as file:
        file.write("\n[nowhere](evaluating.md#no-such-part)\n")
    build = [sys.executable, "-m", "mkdocs", "build", "-d", str(tmp_path / "s")]
    done = subprocess.run(
        build, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert "no-such-part" in done.stderr
