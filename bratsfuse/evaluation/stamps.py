"""What a report says of the data and of the software that scored it."""

import platform
import sys
from importlib.metadata import version
from typing import Literal

from bratsfuse import __version__
from bratsfuse.release.manifest import Manifest
from bratsfuse.report.records import Data


def data_of(
    manifest: Manifest, split: str, labels: Literal["public", "key", "withheld"]
) -> Data:
    """Return what was scored against."""
    record = manifest.splits[split]
    return Data(
        fingerprint=manifest.fingerprint,
        split=split,
        split_sha256=record.sha256,
        source=manifest.source.title,
        synthetic=manifest.source.synthetic,
        labels=labels,
        withheld_digest=manifest.withheld.get(split, ""),
        slice_sets=record.slice_sets,
        cases=record.cases,
        patients=record.patients,
    )


def versions() -> dict[str, str]:
    """Return the versions of everything that could move a number."""
    return {
        "bratsfuse": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "numba")},
        "platform": f"{sys.platform} {platform.machine()}",
    }
