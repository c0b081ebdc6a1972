"""Text that users read says the words of the field, as `docs/glossary.md` lists them.

Read are all documents, all pages, and every text of the code that has a blank in it:
error messages, help, captions and docstrings. Code in backticks, options and names are
not text.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A replaced word or phrase -> what to write instead.
REPLACED = {
    r"\bmends?\b|\bcures?\b": "fix",
    r"\bstands? (?:here|under the name|whole)\b|\bis taken or\b|\bname is taken\b": (
        "already exists"
    ),
    r"\btold\b|\btells?\b": "reported, lists, prints, says",
    r"\bgiv(?:e|es|ing) (?:\w+ ){0,2}away\b": "leaks",
    r"\bholds? (?!the (?:lock|target)\b)(?:an?|the|no|every|each|its|what|more|one|per"
    r"|characters|values|\d+|several|labels|all|them|it)\b": "contains",
    r"\blies? in\b|\bbears? out\b": "is in; support",
    r"\bstrangers?\b": "untrusted input",
    r"\binvented\b|\bmissed\b": "false-positive, false-negative",
    r"\b(?:an?|the|of|all|each|every|no|and|or|its|learned|classical) fusers?\b": (
        "fusion method"
    ),
    r"\b(?:the|of|four|its|these|their|and|different|writing|sees|draw) originals\b"
    r"|\bevery original is\b": "modalities, source modalities",
    r"\b(?:share a|share their|decides? (?:the|their)|intervals? of) places?\b"
    r"|\bplace by\b|\bby means\b|\bPlace, 95\b|\bPlaces (?:are|in)\b": "rank",
    r"\b[Rr]aw layouts?\b": "dataset layout",
    r"(?<![-_`\w\"])with(?:held|holds?|holding)\b": "hidden labels",
    r"\borganiser's key\b|\b(?:a|the) label key\b"
    r"|(?<![Aa]nswer )\bkey (?:file|with the|with them)\b": "answer key",
    r"\b[Ss]urveys?\b": "case statistics",
    r"\bshr(?:i|a|u)nk(?:s|ing)?\b(?!=)": "downsample",
    r"\b(?:is|it|they|are) whole\b|\bwhole or not\b|\bnot wholly\b|\bdealt out\b"
    r"|\bthe whole story\b|\bappears whole\b": "complete; assigned",
}
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"``[^`]*``|`[^`]*`|--\w[-\w]*")
NAMES = re.compile(r"^( *)\w+(?:, \w+)*$(?=\n\1 {4}\S)", re.MULTILINE)
"""Names of parameters in a docstring."""


def documents() -> Iterator[tuple[str, str]]:
    """Yield path and prose of every document of the repository."""
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("base*/*/*.md"),
    ):
        # The glossary also lists words that we do not use.
        if path.name != "glossary.md":
            yield path.name, FENCED.sub("", path.read_text("utf-8"))


def pages() -> Iterator[tuple[str, str]]:
    """Yield path and text of every template of a page, its comments left out."""
    for folder in ("bratsfuse", "leaderboard"):
        for path in (ROOT / folder).rglob("*.html"):
            text = path.read_text("utf-8")
            yield path.name, re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


def modules() -> Iterator[tuple[str, str]]:
    """Yield place and text of every string of the code that has a blank in it."""
    for folder in ("bratsfuse", "leaderboard", "baselines", "builders"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
            filled = [node for node in nodes if isinstance(node, ast.JoinedStr)]
            parts = {id(part) for node in filled for part in node.values}
            name = str(path.relative_to(ROOT))
            for node in nodes:
                text = "" if id(node) in parts else _text(node)
                if " " in text.strip():
                    yield f"{name}:{node.lineno}", text


def _text(node: ast.AST) -> str:
    """Return the text of a string, with ``{}`` for what an f-string fills in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def replaced(text: str) -> Iterator[str]:
    """Yield every replaced word of a text, with what to write instead."""
    prose = " ".join(NAMES.sub("", CODE.sub("` `", text)).split())
    for pattern, better in REPLACED.items():
        for found in re.finditer(pattern, prose):
            around = prose[max(0, found.start() - 40) : found.end() + 40]
            yield f"{found[0]!r} in {around!r}: write {better!r}"


@pytest.mark.parametrize("texts", [documents, pages, modules])
def test_text_that_users_read_says_the_words_of_the_field(texts):
    found = [f"{place}: {word}" for place, text in texts() for word in replaced(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "3 cases cannot be used; mend or remove them",
        "a release stands\n here",
        "all problems are told at once",
        "that gives the masks away",
        "release holds no labels",
        "reports come from strangers",
        "lesions that were invented",
        "the originals of a slice",
        "Place, 95 %",
        "the organiser's key",
        "withheld masks",
        "it appears when it is whole",
    ],
)
def test_a_replaced_word_is_found(text):
    assert list(replaced(text))


@pytest.mark.parametrize(
    "text",
    [
        "build with --withhold-labels test",
        "the configs `originals` and `fusion`",
        "``told`` is called with each line",
        "the whole tumour, in the whole image",
        "the script puts an image in its place",
    ],
)
def test_names_options_and_plain_english_are_left_alone(text):
    assert not list(replaced(text))
