"""The montages of a release, drawn again and compared with those that it has."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.errors import BratsfuseError
from bratsfuse.issues import Issue, error
from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.release.described import DESCRIBED
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.preview import PREVIEW_ROWS, PREVIEWS_NAME, montage
from bratsfuse.release.split_file import SplitFile

_ALIKE: Final = 32
_MOST_OTHER: Final = 0.02
"""Share of pixels that may differ by more: libraries draw letters in different ways."""


def preview_issues(
    release: Path, manifest: Manifest, splits: Iterable[str]
) -> Iterator[Issue]:
    """Yield the montages of splits that do not show the rows of the release."""
    for split in splits:
        name = f"{PREVIEWS_NAME}/{split}.png"
        if not (release / name).is_file():
            continue  # it is among the missing files if the manifest lists it
        try:
            alike = _is_alike(release, manifest, split, release / name)
        except BratsfuseError:
            continue  # the rows cannot be read, and that is among the issues
        except (OSError, ValueError, SyntaxError) as problem:
            text = f"cannot be read ({' '.join(str(problem).split())}); build again"
            yield error(name, "stale-preview", text)
            continue
        if not alike:
            text = "does not show the rows of the release; build or copy it again"
            yield error(name, "stale-preview", text)


def _is_alike(release: Path, manifest: Manifest, split: str, path: Path) -> bool:
    from PIL import Image

    with SplitFile(release / manifest.splits[split].file) as file:
        if DESCRIBED not in file.attributes:
            return True  # an earlier version drew them otherwise
    rows = ChosenRows(release, manifest, (split,), None)
    labelled = manifest.has_labels(split)
    drawn = montage(rows, manifest, PREVIEW_ROWS, labelled=labelled)
    rows.close()
    with Image.open(path, formats=["PNG"]) as found:
        if found.size != drawn.size or found.mode != drawn.mode:
            return False
        one, other = (np.asarray(image, np.int16) for image in (found, drawn))
    return bool((np.abs(one - other) > _ALIKE).mean() <= _MOST_OTHER)
