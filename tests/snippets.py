"""The code of README and docs, block by block, as the tests run it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

PAGES = (
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/experiment/*.md")),
    *sorted(ROOT.glob("baselines/*/*.md")),
)

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^>\n]*) -->\n+)?^(?P<indent> *)```(?P<language>\w*)\n"
    r"(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_LANGUAGE = {"bash": "sh"}
_FILE = re.compile(r'(?:# |""")(?P<name>\w+\.py)\b')


@dataclass(frozen=True)
class Snippet:
    """A block of code of a page.

    Attributes
    ----------
    page, line
        Where it is.
    language
        ``python``, ``sh``, ``toml``, ``json`` or ``text``, which is what is printed.
    code
        The block.
    mark
        The comment above it: ``not run: REASON``, ``run by TEST`` or ``given: NAMES``.
    """

    page: Path
    line: int
    language: str
    code: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The file that the block is the content of; None if it is to be run."""
        found = _FILE.match(self.code) if self.language == "python" else None
        return found["name"] if found else None

    def marked(self, word: str) -> str | None:
        """What follows a word of the mark, None if the mark is another."""
        begins = self.mark.startswith(word)
        return self.mark.removeprefix(word).strip() if begins else None


def snippets(*pages: Path) -> Iterator[Snippet]:
    """Yield every block of some pages, of all by default, top to bottom."""
    for page in pages or PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            yield Snippet(
                page,
                text.count("\n", 0, found.start("language")) + 1,
                _LANGUAGE.get(found["language"], found["language"]),
                found["code"],
                found["mark"] or "",
            )
