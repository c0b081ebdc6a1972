"""Print which packages are named by a published advisory: a program, not a test.

    python tests/advisories.py FOLDER

FOLDER is a copy of the advisory database of the Python Packaging Authority
(github.com/pypa/advisory-database), or any other folder of advisories in the format
OSV, as YAML or JSON. Nothing is fetched, so its newest advisory is printed with its
date: what was published later is not known to it. Looked at are the versions of
constraints.txt, which the tests run with, and the lower bounds of pyproject.toml,
which a user may still have.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time


@dataclass(frozen=True)
class Advisory:
    """What an advisory says of one package."""

    id: str
    package: str
    published: str
    versions: frozenset[str]
    ranges: tuple[tuple[tuple[str, str], ...], ...]

    def names(self, version: str) -> bool:
        """Return whether it speaks of a version, as the format OSV defines it."""
        return version in self.versions or any(
            _within(Version(version), events) for events in self.ranges
        )


def _within(version: Version, events: Iterable[tuple[str, str]]) -> bool:
    inside = False
    for kind, text in events:
        if kind == "introduced":
            inside |= text == "0" or version >= Version(text)
        elif kind == "fixed":
            inside &= version < Version(text)
        elif kind == "last_affected":
            inside &= version <= Version(text)
    return inside


def advisories(folder: Path) -> Iterator[Advisory]:
    """Yield the advisories of a folder, one for each package; not those withdrawn."""
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.json")]):
        whole = _read(path)
        if not isinstance(whole, dict) or "id" not in whole or "withdrawn" in whole:
            continue
        for one in whole.get("affected", ()):
            if one.get("package", {}).get("ecosystem") != "PyPI":
                continue
            yield Advisory(
                id=whole["id"],
                package=canonicalize_name(one["package"]["name"]),
                published=str(whole.get("published", ""))[:10],
                versions=frozenset(map(str, one.get("versions", ()))),
                ranges=tuple(_ranges(one)),
            )


def _read(path: Path) -> object:
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        return json.loads(text)
    return yaml.load(text, _LOADER)  # noqa: S506  (safe, in C)


def _ranges(affected: dict) -> Iterator[tuple[tuple[str, str], ...]]:
    for found in affected.get("ranges", ()):
        if found.get("type") != "ECOSYSTEM":
            continue  # commits of a repository
        events = [item for event in found["events"] for item in event.items()]
        try:
            yield tuple(sorted(events, key=lambda item: Version(item[1])))
        except InvalidVersion:
            continue  # then all that it means stands among its versions


def pinned(text: str) -> dict[str, str]:
    """Return the versions of a constraints file."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in text.splitlines())
    parts = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in parts}


def lowest(text: str) -> dict[str, str]:
    """Return the lower bounds of what running needs, of a pyproject.toml."""
    found = {}
    for line in tomllib.loads(text)["project"]["dependencies"]:
        name, version = re.match(r"([\w-]+)(?:\[.*?\])?>=([\d.]+)", line).groups()
        found[canonicalize_name(name)] = version
    return found


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(words).folder
    known = list(advisories(folder))
    if not known:
        print(f"{folder}: no advisory of a Python package in it", file=sys.stderr)
        return 2
    newest = max(one.published for one in known)
    print(f"{len({one.id for one in known})} advisories, the newest of {newest}")
    named = 0
    for what, versions in (
        ("constraints.txt", pinned((ROOT / "constraints.txt").read_text())),
        ("lower bounds", lowest((ROOT / "pyproject.toml").read_text())),
    ):
        about = [one for one in known if one.package in versions]
        hits = [one for one in about if one.names(versions[one.package])]
        print(
            f"{what}: {len(versions)} packages, {len(about)} advisories about them, "
            f"{len(hits)} of these versions"
        )
        for one in hits:
            print(f"  {one.package} {versions[one.package]}: {one.id} {one.published}")
        named += len(hits)
    return 1 if named else 0


if __name__ == "__main__":
    sys.exit(main())
