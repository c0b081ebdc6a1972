"""What the site has besides the pages of docs/, and how these are shown in it.

- Documents beside docs/ become pages; links to other files of the repository, which a
  site does not have, become their names.
- The pages of commands, metrics and problem codes are made of the program itself.
- Formulas become MathML, which browsers draw without a script.
"""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))

import formulas
import made_pages

ROOT = Path(__file__).parents[1]
BESIDE = {
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "DATASHEET.md": "DATASHEET.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "MODEL_CARD.md": "baselines/fuse4seg/MODEL_CARD.md",
}
"""Page -> the document of the repository that it shows."""

_TAGS = "div|br|sub|sup|details|summary"
_PLACEHOLDER = re.compile(rf"<(?=[a-z_]+>|NNN>)(?!(?:{_TAGS})>)")
_LINK = re.compile(r"\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s]+)\)")


def on_files(files, config):
    """Add the documents beside docs/ and the pages that are made."""
    for page, path in BESIDE.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    for page, text in made_pages.all_pages(ROOT).items():
        files.append(File.generated(config, page, content=text))
    shown = {file.src_uri for file in files}
    config.nav = [_existing(entry, shown) for entry in config.nav]
    listed = set(_pages(config.nav))
    new = {n for n in shown if n.endswith(".md") and n not in listed}
    for entry in config.nav:  # a new page of docs/ is found without a change here
        entry.get("How-to", []).extend(sorted(new))
    return files


def _existing(entry, shown):
    """Leave pages out of a part of the navigation that are not there yet."""
    (title, pages), *_ = entry.items()
    if isinstance(pages, str):
        return entry
    return {title: [page for page in pages if page in shown]}


def _pages(nav):
    for entry in nav:
        for pages in entry.values():
            yield from [pages] if isinstance(pages, str) else pages


def on_page_markdown(markdown, page, config, files):
    """Point links to the pages of the site."""
    uri = page.file.src_uri
    at = posixpath.dirname(f"docs/{uri}")
    if uri in BESIDE:
        at = posixpath.dirname(BESIDE[uri])
    shown = {f"docs/{file.src_uri}": file.src_uri for file in files}
    shown |= {path: name for name, path in BESIDE.items()}

    def pointed(match):
        text, target = match["text"], match["target"]
        place, mark, anchor = target.partition("#")
        if not place or "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(at, place))
        if path not in shown:
            named = text.strip("`") in (path, posixpath.basename(path))
            return f"`{path}`" if named else text
        here = posixpath.dirname(uri) or "."
        return f"[{text}]({posixpath.relpath(shown[path], here)}{mark}{anchor})"

    parts = re.split(r"(```.*?```)", markdown, flags=re.DOTALL)
    parts[::2] = [_escaped(_LINK.sub(pointed, part)) for part in parts[::2]]
    return "".join(parts)


def _escaped(text):
    """Return Markdown in which a placeholder such as <case_id> is no HTML."""
    pieces = re.split(r"(`[^`]*`)", text)
    pieces[::2] = [_PLACEHOLDER.sub("&lt;", piece) for piece in pieces[::2]]
    return "".join(pieces)


def on_page_content(html, page, config, files):
    """Draw the formulas."""
    return formulas.drawn(html, page.file.src_uri)
