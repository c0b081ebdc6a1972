"""Volumes of which only some slices were filled, and what their scores are worth."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from bratsfuse.folder_scores.places import Place
from bratsfuse.issues import Issue, error, warning
from bratsfuse.raw.own_folders import RECORD_NAME


def partial_volumes(places: Mapping[str, Place]) -> Iterator[Issue]:
    """Yield what is wrong with scoring volumes that contain the slices of a release.

    Slices that `bratsfuse export` did not find in a release or submission are 0. Scored
    as volumes, lesions end where slices were left out; against complete volumes
    what was left out counts as false negative.

    Parameters
    ----------
    places
        Role (``reference`` or the name of a method) -> its files.
    """
    partial = [
        role
        for role, place in places.items()
        if any(map(_is_partial, {path.parent for path in place.files.values()}))
    ]
    for role in partial:
        if len(partial) < len(places):
            told = (
                "its volumes have only the slices of a release, others here have all; "
                "score it with bratsfuse evaluate, which compares slices"
            )
            yield error(role, "partial-volumes", told)
        else:
            told = (
                "its volumes have only the slices of a release: lesions end where "
                "slices were left out, and distances jump over them; for the scores of "
                "slices use bratsfuse evaluate"
            )
            yield warning(role, "partial-volumes", told)


def _is_partial(folder: Path) -> bool:
    """Return whether `bratsfuse export` wrote volumes of slices into a folder."""
    try:
        content = json.loads((folder.parent / RECORD_NAME).read_text(encoding="utf-8"))
        return folder.name in content["folders"] and bool(content["slices"])
    except (OSError, ValueError, LookupError, TypeError):
        return False
