"""What reading finds, counted: one issue per kind and location, not one per slice."""

from dataclasses import dataclass, field
from typing import Final

from bratsfuse import wording
from bratsfuse.issues import Issue
from bratsfuse.submission.codes import CODES

_EXAMPLES: Final = 2
_PLACES: Final = 200
"""More locations than that only a hostile file has; the rest is counted, not listed."""
_TEXT: Final = 300


def printable(text: str, most: int = _TEXT) -> str:
    """Return untrusted text, shortened, on one line, nothing a terminal obeys."""
    short = text if len(text) <= most else f"{text[:most]}..."
    return wording.printable(short).replace("\n", "\\n").replace("\t", "\\t")


@dataclass
class _Kind:
    found: str
    fix: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Findings:
    """Problems, collected while a submission is read."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._untold = 0

    def add(
        self, code: str, where: str, found: str, *, example: str = "", hint: str = ""
    ) -> None:
        """Count one problem; problems of one code in one location become one issue.

        Parameters
        ----------
        code
            A key of `CODES`.
        where
            The file, folder or column.
        found
            What was found, and what was expected; of equal kinds the first is listed.
            ``{count}`` becomes the number of problems.
        example
            The slice or file that has it; the first few are listed.
        hint
            A fix that suits this case better than the one of the table.
        """
        kind = self._kinds.get((code, where))
        if kind is None:
            if len(self._kinds) >= _PLACES:
                self._untold += 1
                return
            kind = _Kind(found, hint or CODES[code].fix)
            self._kinds[code, where] = kind
        kind.count += 1
        if example and len(kind.examples) < _EXAMPLES:
            kind.examples.append(example)

    def __contains__(self, code: str) -> bool:
        return any(code == known for known, _ in self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def issues(self) -> list[Issue]:
        """Return one issue per kind and location, in the order of their discovery."""
        told = [
            Issue(CODES[code].severity, printable(where), code, _message(kind))
            for (code, where), kind in self._kinds.items()
        ]
        if self._untold:
            found = f"{self._untold} more problems are not listed"
            more = CODES["more-problems"]
            told.append(
                Issue(more.severity, "", "more-problems", f"{found}; {more.fix}")
            )
        return told


def _message(kind: _Kind) -> str:
    found = kind.found.replace("{count}", str(kind.count))
    if kind.examples:
        more = ", ..." if kind.count > len(kind.examples) else ""
        found += f" ({', '.join(map(printable, kind.examples))}{more})"
    return f"{found}; {kind.fix}"
