"""From an address to a copy here; what has not changed is not fetched again."""

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, new_result, write_file
from bratsfuse.place.inside import leads_out
from bratsfuse.progress import Progress, silent
from bratsfuse.remote.address import copy_of, in_one_line, is_address, opened

_COPY: Final = Kind(name="copy", file=True, parents=True, flaw=lambda _: "")
_AT_ONCE: Final = 8
_LISTING: Final = "manifest.json"
"""What names the files of a release where a server does not list folders."""

Stamps = dict[str, list[Any] | None]
"""Path within the address -> what changes when the file does; None if unknown."""


def fetch(address: str, progress: Progress = silent) -> Path:
    """Return the copy of a folder or file elsewhere, as it is there now.

    Parameters
    ----------
    address
        Such as ``s3://bucket/release`` or ``https://host/raw``.
    progress
        Called with ``("fetch", done, all)``.

    Raises
    ------
    MissingExtraError
        If what the scheme needs is not installed.
    InvalidInputError
        If there is nothing, or it cannot be read.
    """
    system, root = opened(address)
    copy = copy_of(address, "read")
    known = copy.with_name(f"{copy.name}.fetched.json")
    with in_one_line(address, "read"):
        stamps = _stamps(address, system, root)
        earlier = _earlier(known)
        wanted = [
            name
            for name, stamp in stamps.items()
            if not (stamp and earlier.get(name) == stamp and (copy / name).is_file())
        ]
        progress("fetch", 0, len(wanted))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            started = [
                pool.submit(_fetch_file, system, root, name, copy / name, stamps[name])
                for name in wanted
            ]
            for done, one in enumerate(as_completed(started), 1):
                one.result()
                progress("fetch", done, len(wanted))
    for path in copy.rglob("*"):  # what is gone there must not be read here
        if path.is_file() and path.relative_to(copy).as_posix() not in stamps:
            path.unlink()
    write_file(known, json.dumps(stamps), _COPY)
    return copy


def here(place: str | os.PathLike[str]) -> Path:
    """Return a path as it is, and of an address the copy that `fetch` makes."""
    text = os.fspath(place)
    return fetch(text) if is_address(text) else Path(text)


def _earlier(known: Path) -> Mapping[str, Any]:
    return json.loads(known.read_bytes()) if known.is_file() else {}


def _stamps(address: str, system: Any, root: str) -> Stamps:  # noqa: ANN401
    """Return the files at a path; one alone is called "" there."""
    if not _is_web(system) and system.isfile(root):
        return {"": _stamp(system.info(root))}
    found: Stamps = {}
    for path, info in _listed(system, root).items():
        found[path.removeprefix(root).lstrip("/")] = _stamp(info)
    if not found and system.exists(f"{root}/{_LISTING}"):
        files = json.loads(system.cat_file(f"{root}/{_LISTING}"))["files"]
        found = dict.fromkeys([_LISTING, *files])
    if outside := [name for name in found if leads_out(name)]:
        raise InvalidInputError(
            f"{address}: names a file {outside[0]!r}, which leads out of the folder; "
            "nothing of it was fetched: take it from where it was published"
        )
    if not found and _is_web(system) and system.exists(root):
        found = {"": _stamp(system.info(root))}
    if not found:
        raise InvalidInputError(f"{address}: there is nothing; check the address")
    return found


def _listed(system: Any, root: str) -> dict[str, Any]:  # noqa: ANN401  (no types)
    """Return path -> what is known of every file; none where a server lists none."""
    system.invalidate_cache()
    try:
        return dict(system.find(root, detail=True))
    except FileNotFoundError:
        return {}
    except Exception:
        if _is_web(system):
            return {}
        raise


def _is_web(system: Any) -> bool:  # noqa: ANN401  (fsspec has no types)
    return "http" in str(system.protocol)


def _stamp(info: Mapping[str, Any]) -> list[Any] | None:
    for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime"):
        if info.get(key):
            return [info.get("size"), str(info[key])]
    return None


def _fetch_file(
    system: Any,  # noqa: ANN401  (fsspec has no types)
    root: str,
    name: str,
    target: Path,
    stamp: list[Any] | None,
) -> None:
    with new_result(target, _COPY, overwrite=True) as new:
        system.get_file(f"{root}/{name}" if name else root, str(new))
        size = new.stat().st_size
        if stamp and stamp[0] is not None and stamp[0] != size:
            raise OSError(f"{name}: {size} of {stamp[0]} bytes came")
