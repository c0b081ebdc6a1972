"""Hidden labels: what of a split's masks would show in a release, and must not.

The hidden masks of a split go into an organiser's answer key,
`bratsfuse.release.label_key`, and nowhere else. ``docs/hidden_labels.md`` lists every
channel, how it is closed, and what cannot be closed.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from bratsfuse.issues import Issue
from bratsfuse.records import SourceFile
from bratsfuse.release.columns import MASK

PUBLIC_ISSUES: Final = frozenset(
    {
        "duplicate-voxels",
        "empty-modality",
        "float-images",
        "full-range",
        "missing-modality",
        "moved-to-empty-split",
        "name-mapping",
        "negative-values",
        "no-contrast",
        "not-finite",
        "not-skull-stripped",
        "partial-modality",
        "same-modality-twice",
        "stray-files",
        "unexpected-shape",
    }
)
"""Kinds of issues that names and images alone decide. Any other kind, new ones
included, may speak of a mask."""


def masks_withheld(splits: Iterable[str]) -> str:
    """Return which masks a release lacks: ``The masks of test are hidden``."""
    return f"The masks of {' and '.join(splits)} are hidden"


def public_sources(sources: Mapping[str, SourceFile]) -> dict[str, SourceFile]:
    """Return the raw files of a case but for that of its mask.

    The digest of a mask's file, without a secret in it, would confirm a guess of the
    mask. A file that contains images and mask is left out completely.
    """
    hidden = sources[MASK].sha256 if MASK in sources else None
    return {role: file for role, file in sources.items() if file.sha256 != hidden}


def public_issues(issues: Iterable[Issue], labelled: Collection[str]) -> list[Issue]:
    """Return the issues that a release with hidden labels may list.

    Parameters
    ----------
    issues
        All that was found, also of cases that gave no slice.
    labelled
        The cases whose masks are in the release: theirs are all listed.
    """
    return [
        issue
        for issue in issues
        if issue.code in PUBLIC_ISSUES or issue.where in labelled
    ]
