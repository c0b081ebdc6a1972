"""Text from elsewhere is printable before a terminal, a table or a page shows it."""
# ruff: noqa: RUF001  (letters that look like others are what this is about)

import csv
import io
import json

import pytest
from click.testing import CliRunner
from manifests import edit_and_prove
from markupsafe import Markup

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.exports import FORMATS
from bratsfuse.pages import environment
from bratsfuse.records import SliceId
from bratsfuse.submission.ids import slice_key
from bratsfuse.wording import csv_rows, csv_text, printable

EXPORTED = [name for name in FORMATS if name != "torch"]  # which is of a run
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202egnp.exe\u200b\x00\udcff"


def is_printable(text):
    return all(
        c in "\n\t" or c.isprintable() or c == "\N{NO-BREAK SPACE}" for c in text
    )


@pytest.mark.parametrize("letter", HOSTILE)
def test_no_letter_that_a_terminal_obeys_is_left(letter):
    text = printable(f"a{letter}b")
    assert is_printable(text)
    assert letter.isprintable() or json.loads(f'"{text}"') == f"a{letter}b"


def test_letters_of_all_languages_are_left_as_they_are():
    text = "Grüße, 脳腫瘍, Größe 1 mm\N{NO-BREAK SPACE}³\n\tζ 🧠"
    assert printable(text) == text


def test_a_letter_beyond_the_first_plane_is_spelled_as_in_json():
    assert json.loads(f'"{printable(chr(0xE0001))}"') == chr(0xE0001)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1+1", "＋1", "－1", "＠a"],
)
def test_a_formula_is_led_by_an_apostrophe_and_comes_back(cell):
    text = csv_text([["name"], [cell], [f"'{cell.strip()}"]])
    cells = [row[0] for row in csv.reader(io.StringIO(text))]
    assert all(one[0] == "'" for one in cells[1:])
    back = [row[0].strip() for row in csv_rows(text)]
    assert back == ["name", cell.strip(), f"'{cell.strip()}"]


@pytest.mark.parametrize("cell", ["-0.5", "+1e-9", "-inf", "nan", "-", "", "a=b", 0.5])
def test_numbers_and_dashes_are_no_formulas(cell):
    assert csv_text([[cell]]).strip('\n"') == str(cell)


def test_cells_are_one_line_of_printable_text():
    text = csv_text([["a\nb", HOSTILE]])
    assert is_printable(text)
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["case_z٠٧٧", "case_z０７７", "case_z0077", "case_z7", "case_z077\n"]
)
def test_ids_are_matched_letter_by_letter(text):
    assert slice_key(text) is None
    with pytest.raises(InvalidInputError):
        SliceId.parse(text)


def test_a_page_shows_printable_text_only():
    page = environment().from_string("{{ text }} {{ markup }}")
    shown = page.render(
        text=f"<b>{HOSTILE}", markup=Markup("<i>{}</i>").format(HOSTILE)
    )
    assert is_printable(shown)
    assert "&lt;b&gt;" in shown
    assert "<i>" in shown


@pytest.fixture
def hostile_release(toy_release):
    def change(content):
        content["source"]["title"] = f"BraTS {HOSTILE[:-1]}"
        content["source"]["licence"] = HOSTILE[:-1]
        content["source"]["layout"] = HOSTILE[:-1]
        content["bratsfuse"] = HOSTILE[:-1]

    edit_and_prove(toy_release, change)
    (toy_release / f"odd{HOSTILE.replace(chr(0), '')}").write_bytes(b"")
    return toy_release


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "{release}"),
        ("info", "{release}", "--json"),
        ("verify", "{release}"),
        ("verify", "{release}", "--json"),
        ("preview", "{release}", "-o", "{out}/x.png", "--split", HOSTILE[:9]),
        ("export", "{release}", "-o", "{out}/" + HOSTILE[:9] + "/x"),
        ("check", "{out}/" + HOSTILE[:9], "--release", "{release}"),
        ("leaderboard", "add", "{out}/" + HOSTILE[:9], "--to", "{out}/board"),
        ("inspect", "{release}", "--layout", HOSTILE[:9]),
        (HOSTILE[:9],),
    ],
)
def test_no_command_lets_a_terminal_obey(arguments, hostile_release, tmp_path):
    words = [word.format(release=hostile_release, out=tmp_path) for word in arguments]
    ran = CliRunner().invoke(main, words)
    assert ran.output.strip()
    assert is_printable(ran.output)
    if "--json" in words:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("fuse", "average", "{release}", "-o", "{out}", "--name", "again"),
        *(("export", "{release}", "-o", "{out}", "--format", one) for one in EXPORTED),
    ],
    ids=lambda words: words[-1],
)
def test_no_text_of_a_release_is_written_on_as_it_is(words, hostile_release, tmp_path):
    words = [one.format(release=hostile_release, out=tmp_path / "out") for one in words]
    ran = CliRunner().invoke(main, words)
    assert ran.exit_code == 0, ran.output
    texts = [
        path
        for path in (tmp_path / "out").rglob("*")
        if path.suffix in (".csv", ".html", ".json", ".md")
    ]
    assert "\\u001b[2J" in "".join(path.read_text() for path in texts)
    for path in texts:
        assert is_printable(path.read_text()), path


def test_a_bar_may_move_the_cursor(capsys):
    import sys

    from bratsfuse.terminal.streams import bar_stream, printable_streams

    with printable_streams():
        sys.stderr.write("\r\x1b[A")
        bar_stream().write("\r")
        sys.stdout.writelines(["a\x07", "b\n"])
    read = capsys.readouterr()
    assert read.err == "\\u000d\\u001b[A\r"
    assert read.out == "a\\u0007b\n"
