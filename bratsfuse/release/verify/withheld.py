"""A release with hidden labels against the channels that would leak them."""

import csv
from collections.abc import Iterator
from pathlib import Path

from bratsfuse.errors import ReleaseError
from bratsfuse.issues import Issue, error
from bratsfuse.release.columns import MASK
from bratsfuse.release.documents import INDEX_NAME
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.scored import MANIFEST_NAME
from bratsfuse.release.split_file import SplitFile
from bratsfuse.release.withhold import public_issues
from bratsfuse.wording import counted


def withheld_issues(release: Path, manifest: Manifest) -> Iterator[Issue]:
    """Yield every part of a release that leaks its hidden labels."""
    for split in manifest.withheld:
        if split not in manifest.splits:
            text = f"hides the labels of {split!r}, which is no split"
            yield error(MANIFEST_NAME, "no-such-split", text)
        else:
            yield from _file_issues(release, manifest, split)
    if manifest.withheld:
        yield from _index_issues(release, manifest)
        yield from _manifest_issues(manifest)


def _file_issues(release: Path, manifest: Manifest, split: str) -> Iterator[Issue]:
    name = manifest.splits[split].file
    hidden = {column.name for column in manifest.columns if column.labels}
    try:
        with SplitFile(release / name) as file:
            exposed = sorted(hidden & set(file.names))
    except ReleaseError:
        return  # it cannot be read, and was reported
    if exposed:
        text = (
            f"contains {', '.join(exposed)}, and {split} is to be without; "
            "do not publish it"
        )
        yield error(name, "labels-exposed", text)


def _index_issues(release: Path, manifest: Manifest) -> Iterator[Issue]:
    try:
        with (release / INDEX_NAME).open(encoding="utf-8", newline="") as file:
            lines = [
                line
                for line in csv.DictReader(file)
                if not manifest.has_labels(str(line.get("split")))
            ]
    except (OSError, ValueError, csv.Error):
        return  # it cannot be read, and was reported
    told = [
        str(line.get("slice_id"))
        for line in lines
        if any(
            text
            for name, text in line.items()
            if str(name).startswith("area_") and name != "area_brain"
        )
    ]
    if told:
        masks = counted(len(told), "hidden mask")
        text = f"gives the tumour areas of {masks}, first {told[0]}"
        yield error(INDEX_NAME, "labels-exposed", text)


def _manifest_issues(manifest: Manifest) -> Iterator[Issue]:
    labelled = set()
    for case, record in manifest.cases.items():
        if manifest.has_labels(record.split):
            labelled.add(case)
        elif MASK in record.sources:
            text = "the manifest gives the digest of its mask's file"
            yield error(case, "labels-exposed", text)
    public = public_issues(manifest.issues, labelled)
    for issue in manifest.issues:
        if issue not in public:
            text = f"the manifest lists [{issue.code}], which may depend on its mask"
            yield error(issue.where, "labels-exposed", text)
