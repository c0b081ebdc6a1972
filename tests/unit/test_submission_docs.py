"""``docs/submitting.md`` shows every code, and its examples do what they say."""

import re
from pathlib import Path

import numpy as np

from bratsfuse.records import SliceId
from bratsfuse.submission import CODES, Expected, read_submission

DOCUMENT = Path(__file__).parents[2] / "docs" / "submitting.md"
SOURCES = Path(__file__).parents[2] / "bratsfuse"
IDS = (SliceId("BraTS2021_00000", 77), SliceId("BraTS2021_00000", 78))
EXPECTED = Expected(
    split="test",
    fingerprint="0" * 64,
    ids=IDS,
    patients=("0", "0"),
    image_shape=(8, 6),
    labels=frozenset({0, 1, 2, 3}),
)


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


def test_the_examples_write_valid_submissions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = [np.full((8, 6), row + 1, np.uint8) for row in range(2)]
    blocks = re.findall(r"```python\n(.+?)```", text(), re.S)
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        names = {
            "cases": [one.case for one in IDS],
            "slices": [one.z for one in IDS],
            "fused": np.stack(images),
            "masks": np.stack(images),
        }
        exec(block, names)  # noqa: S102  (the document's own example)
        with read_submission(tmp_path / "submission", EXPECTED) as reading:
            assert {i.severity for i in reading.issues} <= {"warning"}, number
            assert set(reading.staged) == {"fusion", "segmentation"}
        (tmp_path / "submission").rename(tmp_path / f"done{number}")


def text():
    return DOCUMENT.read_text(encoding="utf-8")
