"""From a finished result here to an address: complete or not at all.

An object store renames nothing, so the file without which a result is none goes last,
and first when a result is replaced or taken back.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.progress import Progress, silent
from bratsfuse.remote.address import in_one_line, opened

_LAST: Final = ("manifest.json", "report.json", "submission.toml", "bratsfuse.json")
"""By which a release, a report, a submission and own images are known."""

_AT_ONCE: Final = 8


def check_address(address: str, *, overwrite: bool) -> None:
    """Refuse an address where no result can be put, before any work.

    Raises
    ------
    MissingExtraError
        If what the scheme needs is not installed.
    InvalidInputError
        If it can only be read, or something is there that must not be replaced.
    """
    with in_one_line(address, "written"):
        system, root = opened(address)
        if "http" in str(system.protocol):
            raise InvalidInputError(
                f"{address}: a web server is only read from; write to a folder, s3:// "
                "or gs://"
            )
        there = _there(system, root)
    if not there:
        return
    if not overwrite:
        raise InvalidInputError(
            f"{address}: already exists; choose another name or pass --overwrite"
        )
    if there != [root] and not any(f"{root}/{name}" in there for name in _LAST):
        raise InvalidInputError(
            f"{address}: already exists and is no result of bratsfuse; choose another "
            "name"
        )


def send(
    result: Path, address: str, *, overwrite: bool, progress: Progress = silent
) -> int:
    """Return how many files were sent to an address, which has all of them or none.

    Parameters
    ----------
    result
        A finished folder or file.
    address
        Where it is to be.
    overwrite
        Replace a result that is there; for a moment there is none.
    progress
        Called with ``("send", done, all)``.

    Raises
    ------
    InvalidInputError
        If it cannot be written, or is refused as by `check_address`.
    """
    check_address(address, overwrite=overwrite)
    system, root = opened(address)
    if result.is_file():
        with in_one_line(address, "written"):
            system.put_file(str(result), root)
        return 1
    paths = [path for path in sorted(result.rglob("*")) if path.is_file()]
    last = [path for name in _LAST if (path := result / name) in paths][:1]
    others = [path for path in paths if path not in last]
    targets = {path: f"{root}/{path.relative_to(result).as_posix()}" for path in paths}
    try:
        with in_one_line(address, "written"):
            _remove(system, root, _there(system, root))
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                started = [
                    pool.submit(system.put_file, str(path), targets[path])
                    for path in others
                ]
                for done, one in enumerate(as_completed(started), 1):
                    one.result()
                    progress("send", done, len(paths))
            for path in last:
                system.put_file(str(path), targets[path])
            progress("send", len(paths), len(paths))
    except BaseException:
        with contextlib.suppress(Exception):  # the first problem is told
            _remove(system, root, _there(system, root))
        raise
    return len(paths)


def _there(system: Any, root: str) -> list[str]:  # noqa: ANN401  (fsspec has no types)
    """Return the paths of all files at a path, none if there is nothing."""
    system.invalidate_cache()
    try:
        return sorted(system.find(root))
    except FileNotFoundError:
        return []


def _remove(system: Any, root: str, paths: list[str]) -> None:  # noqa: ANN401
    """Remove files, those first without which the others are no result."""
    first = [f"{root}/{name}" for name in _LAST if f"{root}/{name}" in paths]
    for path in [*first, *(path for path in paths if path not in first)]:
        system.rm_file(path)
