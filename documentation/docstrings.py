"""Docstrings as Markdown: the few marks of reStructuredText in them are rewritten."""

import re

import griffe

_BAR = re.compile(r"^=+( +=+)+$")


def simple_tables(text):
    """Return a text with reStructuredText's simple tables as Markdown tables."""
    lines, rows, inside = [], [], None
    for line in text.splitlines():
        if _BAR.match(line.strip()):
            if inside is None:
                starts = [m.start() for m in re.finditer(r"=+", line.strip())]
                inside, rows = starts, []
            else:
                lines += ["", "| | |", "|---|---|"]
                lines += [f"| {' | '.join(row)} |" for row in rows]
                inside = None
        elif inside is None:
            lines.append(line)
        else:
            ends = [*inside[1:], None]
            cells = [line[a:b].strip() for a, b in zip(inside, ends, strict=True)]
            if cells[0] or not rows:
                rows.append(cells)
            else:  # a cell that goes on
                rows[-1] = [
                    f"{a} {b}".strip() for a, b in zip(rows[-1], cells, strict=True)
                ]
    return "\n".join(lines)


class Docstrings(griffe.Extension):
    """Rewrites the docstring of every object."""

    def on_object(self, *, obj, **_):
        """Rewrite one docstring."""
        if obj.docstring and "====" in obj.docstring.value:
            obj.docstring.value = simple_tables(obj.docstring.value)
