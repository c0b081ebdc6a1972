"""A submission as a zip: every header is distrusted before a byte is unpacked."""

import itertools
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bratsfuse.submission.file_names import COLUMN_OF, is_litter
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.trouble import refuse_trouble

_WHERE: Final = "zip"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LOCAL_HEADER: Final = 30
_BLOCK: Final = 1 << 18
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
)
"""What a broken zip has been seen to raise."""


class Zip:
    """The files of a zip by relative name.

    Attributes
    ----------
    names
        Files, sorted; without the one folder that may contain them all.
    """

    def __init__(
        self, path: Path, work: Path, most_files: int, most: int, findings: Findings
    ) -> None:
        self._findings = findings
        self._work = work
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as problem:
            refuse_trouble(problem)
            findings.add("broken-zip", _WHERE, f"cannot be read ({problem})")
        else:
            members = self._zip.infolist()
            if not members:
                findings.add("not-a-submission", _WHERE, "an empty zip")
            elif _is_safe(members, most_files, most, findings):
                self._members = _by_name(members)
        self.names = sorted(self._members)

    @property
    def sound(self) -> bool:
        """Return whether there is anything that may be unpacked."""
        return bool(self._members)

    def everything(self) -> list[str]:
        """Return the names of files at any depth, so that a refusal can count them."""
        return [name for name in self.names if not is_litter(name)]

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a file, None and a finding if it is not as declared."""
        content = bytearray()
        if not self._unpack(name, most, content.extend):
            return None
        return bytes(content)

    def on_disk(self, name: str, most: int) -> Path | None:
        """Return the path of an unpacked file, None and a finding if it is broken."""
        path = self._work / "unpacked"
        with path.open("wb") as file:
            done = self._unpack(name, most, file.write)
        return path if done else None

    def _unpack(self, name: str, most: int, take: Callable[[bytes], object]) -> bool:
        member = self._members[name]
        if member.file_size > most:
            found = f"{member.file_size} bytes; expected at most {most}"
            self._findings.add("file-too-large", name, found)
            return False
        try:
            with self._zip.open(member) as stream:
                # zipfile stops at the declared size, and then compares the checksum.
                while block := stream.read(_BLOCK):
                    take(block)
        except (*_BROKEN, NotImplementedError) as problem:
            refuse_trouble(problem)
            self._findings.add("broken-zip", name, f"cannot be unpacked ({problem})")
            return False
        return True


def _is_safe(
    members: Sequence[zipfile.ZipInfo], most_files: int, most: int, findings: Findings
) -> bool:
    """Return whether nothing in the central directory is suspicious."""
    before = len(findings)
    if len(members) > most_files:
        found = f"{len(members)} files; expected at most {most_files}"
        findings.add("too-many-files", _WHERE, found)
        return False
    for member in members:
        _check_member(member, findings)
    seen: set[str] = set()
    for member in members:
        folded = member.filename.casefold()
        if folded in seen:
            found = "{count} names twice"
            findings.add("zip-duplicate-name", _WHERE, found, example=member.filename)
        seen.add(folded)
    total = sum(member.file_size for member in members)
    if total > most:
        found = f"unpacks to {total} bytes; expected at most {most}"
        findings.add("zip-bomb", _WHERE, found)
    by_place = sorted(members, key=lambda member: member.header_offset)
    for one, other in itertools.pairwise(by_place):
        end = one.header_offset + _LOCAL_HEADER + one.compress_size
        if end > other.header_offset:
            found = "{count} files overlap"
            findings.add("zip-overlap", _WHERE, found, example=other.filename)
    return len(findings) == before


def _check_member(member: zipfile.ZipInfo, findings: Findings) -> None:
    name = member.orig_filename
    parts = name.split("/")
    if (
        name.startswith("/")
        or ".." in parts
        or "\\" in name
        or "\0" in name
        or _DRIVE.match(name)
    ):
        found = "{count} names lead elsewhere"
        findings.add("zip-unsafe-name", _WHERE, found, example=name)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        findings.add("zip-link", _WHERE, "{count} are links", example=name)
    if member.flag_bits & _ENCRYPTED:
        findings.add("zip-encrypted", _WHERE, "{count} are encrypted", example=name)
    if member.compress_type not in _METHODS:
        found = "{count} are compressed by another method"
        findings.add("zip-method", _WHERE, found, example=name)


def _by_name(members: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the files by name, without the one folder that contains them all."""
    files = {
        member.filename: member
        for member in members
        if not member.filename.endswith("/")
    }
    tops = {name.split("/")[0] for name in files if not is_litter(name)}
    top = next(iter(tops), "")
    if len(tops) > 1 or top in files or top in COLUMN_OF.values():
        return files
    return {name.removeprefix(f"{top}/"): member for name, member in files.items()}
