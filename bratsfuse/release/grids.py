"""Where the voxels of each case are: what brings volumes to the slices and back.

Nothing that is scored depends on it, so that the fingerprint does not cover it; the
manifest lists the digest of the file, as of every other.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.arrays import Floats
from bratsfuse.errors import ReleaseError
from bratsfuse.release.fingerprint import file_digest
from bratsfuse.release.manifest import Manifest

GRIDS_NAME: Final = "grids.json"


def write_grids(
    release: Path, affines: Mapping[str, Sequence[Sequence[float]]]
) -> None:
    """Write the grid of every case into a release.

    Parameters
    ----------
    release
        The folder.
    affines
        Case -> the upper three rows of its affine: voxel index in LPS order to world
        (RAS+, millimetres).
    """
    lines = (f" {json.dumps(case)}: {json.dumps(a)}" for case, a in affines.items())
    text = ",\n".join(lines)
    (release / GRIDS_NAME).write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


def read_grids(release: Path, manifest: Manifest) -> dict[str, Floats]:
    """Return case -> affine of its volume in LPS order, (4, 4).

    Returns
    -------
    dict
        Empty for a release that was built before grids were kept.

    Raises
    ------
    ReleaseError
        If the file is missing, or not the one that was built.
    """
    digest = manifest.files.get(GRIDS_NAME)
    if digest is None:
        return {}
    path = release / GRIDS_NAME
    if not path.is_file() or file_digest(path) != digest:
        raise ReleaseError(
            f"{path}: not what was built; run bratsfuse verify, then build or copy "
            "the release again"
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    bottom = [0.0, 0.0, 0.0, 1.0]
    return {
        case: np.array([*rows, bottom], np.float64) for case, rows in content.items()
    }
