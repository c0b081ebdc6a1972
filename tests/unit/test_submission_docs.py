"""``docs/submitting.md`` shows every code, and its examples do what they say."""

import re
from pathlib import Path

from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.submission import CODES

DOCUMENT = Path(__file__).parents[2] / "docs" / "submitting.md"
SOURCES = Path(__file__).parents[2] / "bratsfuse"


def test_the_table_lists_every_code_as_the_code_words_it():
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \| (.+) \| (.+) \|$", text(), re.M)
    told = {code: (severity, meaning, fix) for code, severity, meaning, fix in rows}
    assert told == {
        name: (str(code.severity), code.meaning, code.fix)
        for name, code in CODES.items()
    }


def test_every_code_is_told_somewhere_in_the_reader():
    sources = "".join(
        path.read_text()
        for wing in ("submission", "plausibility")
        for path in (SOURCES / wing).glob("*.py")
    )
    for name in CODES:
        assert sources.count(f'"{name}"') >= 2, f"{name} is never told"


def test_the_examples_write_valid_submissions(tmp_path, monkeypatch, built_toy_release):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release").symlink_to(built_toy_release, target_is_directory=True)
    blocks = re.findall(r"```python\n(.+?)```", text(), re.S)
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        exec(block, {})  # noqa: S102  (the document's own example)
        words = ["check", "submission", "--release", "release", "--json"]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (number, done.output)
        assert {"fusion", "segmentation"} <= set(re.findall(r"\w+", done.stdout))
        (tmp_path / "submission").rename(tmp_path / f"done{number}")


def text():
    return DOCUMENT.read_text(encoding="utf-8")
