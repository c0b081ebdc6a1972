"""A submission folder: what is in it, opened only if it is a regular file inside."""

import itertools
import os
import stat
from pathlib import Path
from typing import Final

from bratsfuse.submission.file_names import COLUMN_OF, is_litter
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.trouble import refuse_trouble

_LISTED: Final = 2000
_DEEP: Final = 4
"""Files and folders below one another that a refusal looks at, to say what is there."""


class Folder:
    """The files of a folder by relative name.

    Attributes
    ----------
    names
        Files at the top and in the folders of PNG files, sorted; nothing deeper.
    sound
        Whether they all could be listed.
    """

    def __init__(self, root: Path, most: int, findings: Findings) -> None:
        self._root = Path(os.path.realpath(root))
        self._findings = findings
        self._most = most
        self.names: list[str] = []
        self.sound = True
        self._list("")
        self.names.sort()

    def _list(self, below: str) -> None:
        """Add the names of one folder, of a known sub-folder too."""
        place = self._inside(below) if below else self._root
        if place is None:
            return
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    name = f"{below}/{entry.name}" if below else entry.name
                    if len(self.names) >= self._most:
                        found = f"more than {self._most} files"
                        self._findings.add("too-many-files", below or ".", found)
                        self.sound = False
                        return
                    if name in COLUMN_OF.values() and entry.is_dir():
                        self._list(name)
                    else:
                        self.names.append(name)
        except OSError as problem:
            refuse_trouble(problem)
            found = f"cannot be listed ({problem.strerror})"
            self._findings.add("unreadable-file", below or ".", found)

    def everything(self) -> list[str]:
        """Return the names of files at any depth, so that a refusal can count them.

        Links are named and not followed; of very many files or folders the first.
        """
        files: list[str] = []
        waiting = [""]
        seen = 0
        while waiting and seen < _LISTED:
            below = waiting.pop(0)
            try:
                with os.scandir(self._root / below) as listed:
                    entries = [*itertools.islice(listed, _LISTED)]
            except OSError:
                continue  # what cannot be listed has been reported, or is not ours
            for entry in sorted(entries, key=lambda entry: entry.name):
                seen += 1
                name = f"{below}/{entry.name}" if below else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    files.append(name)
                elif name.count("/") < _DEEP:
                    waiting.append(name)
        return [name for name in files if not is_litter(name)]

    def _inside(self, name: str) -> Path | None:
        """Return the real path of a name, None if links lead it out of the folder."""
        place = Path(os.path.realpath(self._root / name))
        if place.is_relative_to(self._root):
            return place
        self._findings.add("link-outside", name, "links to another place")
        return None

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a file, None (and a finding) if it may not be read."""
        place = self.on_disk(name, most)
        if place is None:
            return None
        with place.open("rb") as file:
            return file.read(most)

    def on_disk(self, name: str, most: int) -> Path | None:
        """Return the path of a file that is safe to open, None and a finding if not."""
        place = self._inside(name)
        if place is None or not is_safe_file(place, name, most, self._findings):
            return None
        return place


def is_safe_file(place: Path, name: str, most: int, findings: Findings) -> bool:
    """Return whether this is a readable regular file of at most so many bytes.

    It is opened so that neither a FIFO nor a device can block the reader.
    """
    try:
        mode = place.lstat().st_mode
        if not stat.S_ISREG(mode):
            findings.add("special-file", name, "not a regular file")
            return False
        file = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        refuse_trouble(problem)
        findings.add("unreadable-file", name, f"cannot be read ({problem.strerror})")
        return False
    size = os.fstat(file).st_size
    os.close(file)
    if size > most:
        found = f"{size} bytes; expected at most {most}"
        findings.add("file-too-large", name, found)
    return size <= most


def tell_litter(names: list[str], findings: Findings) -> list[str]:
    """Return the names without those that operating systems leave behind."""
    for name in filter(is_litter, names):
        findings.add("left-out", ".", "{count} files of the system", example=name)
    return [name for name in names if not is_litter(name)]
