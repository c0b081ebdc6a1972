"""The files of a release are in it: no name and no link leads out of its folder."""

import stat
from collections.abc import Iterable
from pathlib import Path

from bratsfuse.errors import ReleaseError
from bratsfuse.place.inside import leads_out


def refuse_outside(release: Path, names: Iterable[str]) -> None:
    """Refuse a release whose manifest or links name files elsewhere.

    Whoever reads such a release would hand its owner's files on. A file that is not
    there is not refused here.

    Parameters
    ----------
    release
        The folder. It may be in a cache of a dataset hub, which has its files as links
        to a folder of its own.
    names
        Relative names, as the manifest has them.

    Raises
    ------
    ReleaseError
        If one leads out of the folder, or is a FIFO or a device.
    """
    roots = _roots(release)
    for name in names:
        if leads_out(name):
            raise ReleaseError(
                f"{release}: names {name!r}, which is no file in it; copy it again"
            )
        path = (release / name).resolve()
        if not any(path.is_relative_to(root) for root in roots):
            text = "links to a file outside the release; copy the file into it"
            raise ReleaseError(f"{release / name}: {text}")
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise ReleaseError(f"{release / name}: not a regular file; remove it")


def _roots(release: Path) -> list[Path]:
    """Return where the files of a release may be: in it, or in a hub's cache."""
    root = release.resolve()
    caches = [
        folder.parent / "blobs"
        for folder in root.parents
        if folder.name == "snapshots" and "--" in folder.parent.name
    ]
    return [root, *caches]
