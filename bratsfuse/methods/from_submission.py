"""A submission's fused images as one more product of a release."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.building.add_images import add_images
from bratsfuse.errors import SubmissionError
from bratsfuse.issues import Issue, errors_in
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.manifest_parts import AddedProduct
from bratsfuse.submission.expected import ALL_SPLITS, expected_of
from bratsfuse.submission.read import read_submission
from bratsfuse.submission.staged import Staged
from bratsfuse.wording import counted


class RefusedSubmissionError(SubmissionError):
    """A submission cannot be used; `issues` contains every reason."""

    def __init__(self, submission: Path, issues: Sequence[Issue], fix: str) -> None:
        self.issues = tuple(issues)
        count = counted(len(self.issues), "problem")
        super().__init__(f"{submission}: refused for {count}{fix or '; see above'}")


def add_submission(
    submission: Path,
    release: Path,
    target: Path,
    *,
    product: str,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Manifest:
    """Return the manifest of a new release, with submitted images as a product.

    Parameters
    ----------
    submission
        A submission with fused images for every split, such as that of
        ``bratsfuse predict --split all``.
    release
        What it is for; it is not changed.
    target
        The folder of the new release.
    product
        What to call the product.
    overwrite
        Replace a release that already exists.
    progress
        Called with every image that is added.

    Raises
    ------
    SubmissionError
        If anything is wrong with the submission, or a split is missing from it.
    InvalidInputError, ReleaseError
        As of `bratsfuse.building.add_images.check_addition`.
    """
    manifest = read_manifest(release)
    expected = expected_of(release, manifest, ALL_SPLITS)
    with read_submission(submission, expected) as reading:
        problems = errors_in(reading.issues)
        if problems:
            codes = {issue.code for issue in problems}
            fix = (
                "; the downstream track needs the images of every split: "
                "bratsfuse predict --split all writes them"
                if "missing-predictions" in codes
                else ""
            )
            raise RefusedSubmissionError(submission, problems, fix)
        if "fusion" not in reading.staged:
            raise SubmissionError(
                f"{submission}: no fused images; expected the fusion track for every "
                "split of the release"
            )
        record = AddedProduct(
            made_by=reading.record.name if reading.record else submission.name,
            method=reading.record.method if reading.record else "",
            sources=manifest.recipe.sources,
            training_data=reading.record.training_data if reading.record else "",
            added_to=manifest.fingerprint,
        )
        rows = {slice_id: row for row, slice_id in enumerate(expected.ids)}
        return add_images(
            partial(_submitted, images=reading.staged["fusion"], rows=rows),
            product,
            record,
            release,
            target,
            overwrite=overwrite,
            progress=progress,
        )


def _submitted(
    slice_id: SliceId,
    _originals: Mapping[Modality, Image],
    *,
    images: Staged,
    rows: Mapping[SliceId, int],
) -> Image:
    return images[rows[slice_id]]
