"""A third party's program over a release: a submission, or one more fusion product.

The program is given 8-bit pictures of the modalities it names and nothing else: no
mask, no path of the release.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image, zero_background
from bratsfuse.building.add_images import add_images, check_addition
from bratsfuse.errors import InvalidInputError, SubmissionError
from bratsfuse.image_files import read_grey
from bratsfuse.issues import errors_in, lines_of
from bratsfuse.methods.command import OUTPUTS, Command, Told, run
from bratsfuse.methods.exchange import (
    UnusableOutputError,
    find_outputs,
    read_labels,
    write_originals,
)
from bratsfuse.place import check_target
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.manifest_parts import AddedProduct
from bratsfuse.release.split_file import SplitFile
from bratsfuse.results import Track
from bratsfuse.scratch import keep, staging_folder
from bratsfuse.submission.expected import ALL_SPLITS, Expected, expected_of
from bratsfuse.submission.record import SubmissionRecord, record_problems
from bratsfuse.submission.write import SUBMISSION, write_submission

Outputs = Mapping[Track, Mapping[str, Path]]
"""Track -> slice id -> the file that the program wrote."""

_NAME_LENGTH = 80


def predict_by_command(
    command: Command,
    release: Path,
    target: Path,
    *,
    name_as: str | None = None,
    split: str = "test",
    overwrite: bool = False,
    told: Told,
    progress: Progress = silent,
) -> SubmissionRecord:
    """Return the record of a new submission, which contains what a program predicts.

    Parameters
    ----------
    command
        The program, see `bratsfuse.methods.command.parse_command`.
    release
        The release.
    target
        The submission; it appears when it is complete.
    name_as
        What to call the submission; None for the name of its folder.
    split
        Which of the release's splits to predict; `ALL_SPLITS` for every one.
    overwrite
        Replace a submission that already exists.
    told
        Called with what the program prints, and with what is odd about what it writes.
    progress
        Called after every slice that is handed over.

    Raises
    ------
    CommandFailedError
        If the program cannot be started, fails, or takes too long.
    UnusableOutputError
        If what it wrote cannot be used; all reasons are reported at once.
    ReleaseError, SubmissionError
        If the release is not finished, broken, or has no such split; if the target
        already exists or cannot be written, or the name does not fit a table.
    """
    check_target(target, SUBMISSION, overwrite=overwrite, outside=[release])
    manifest = read_manifest(release)
    names = [*manifest.splits] if split == ALL_SPLITS else [split]
    expected = [expected_of(release, manifest, name) for name in names]
    record = SubmissionRecord(
        name=name_as or target.absolute().name[:_NAME_LENGTH],
        method=f"{command}, of {' + '.join(command.sources)}",
        tracks=command.tracks,
    )
    for problem in record_problems(record):  # before hours of work, not after
        raise SubmissionError(f"{target}: {problem}")
    with _outputs(command, release, manifest, expected, told, progress) as outputs:
        ids = [slice_id for one in expected for slice_id in one.ids]
        tracks = {
            track: _read(track, files, release, manifest, expected, command)
            for track, files in outputs.items()
        }
        write_submission(target, record, ids, tracks, overwrite=overwrite)
    return record


def add_product_by_command(
    command: Command,
    release: Path,
    target: Path,
    *,
    product: str | None,
    overwrite: bool = False,
    told: Told,
    progress: Progress = silent,
) -> Manifest:
    """Return the manifest of a new release, with what a program fused as a product.

    The program is run once, over the slices of all splits.

    Parameters
    ----------
    command
        The program, see `bratsfuse.methods.command.parse_command`.
    release
        The release that it is added to; it is not changed.
    target
        The folder of the new release; it appears in one rename.
    product
        What to call the product.
    overwrite
        Replace a release that already exists.
    told
        Called with what the program prints, and with what is odd about what it writes.
    progress
        Called after every slice that is handed over, and after every slice that is
        added.

    Raises
    ------
    InvalidInputError
        If the command does not fuse alone; if the product's name is missing, taken, or
        cannot name a column.
    CommandFailedError, UnusableOutputError
        As of `predict_by_command`.
    ReleaseError
        If the release is not finished or not what it was built as, or if the target
        cannot be written or already exists.
    """
    if command.tracks != ("fusion",):
        raise InvalidInputError(
            "a command that fuses writes to {fused} and nothing else; "
            "use bratsfuse predict for {mask}"
        )
    if product is None:
        raise InvalidInputError("give the product of the command a name with --name")
    manifest = read_manifest(release)
    record = AddedProduct(
        made_by=product,
        method=str(command),
        sources=tuple(map(str, command.sources)),
        training_data="",
        added_to=manifest.fingerprint,
    )
    check_addition(product, record, release, target, overwrite=overwrite)
    expected = [expected_of(release, manifest, split) for split in manifest.splits]
    with _outputs(command, release, manifest, expected, told, progress) as outputs:
        return add_images(
            partial(_image_of, files=outputs["fusion"], sources=command.sources),
            product,
            record,
            release,
            target,
            overwrite=overwrite,
            progress=progress,
        )


@contextmanager
def _outputs(
    command: Command,
    release: Path,
    manifest: Manifest,
    expected: Sequence[Expected],
    told: Told,
    progress: Progress,
) -> Iterator[Outputs]:
    """Yield what a command writes of some splits; its folders are gone afterwards.

    They stay if the command worked but its images cannot be used: it may have taken
    hours.
    """
    with staging_folder() as workplace:
        folders = {name: workplace / name for name in command.placeholders}
        for folder in folders.values():
            folder.mkdir()
        originals = {modality: folders[modality] for modality in command.sources}
        _hand_over(release, manifest, expected, originals, progress)
        run(command, folders, told)
        try:
            yield _checked(folders, expected, told)
        except UnusableOutputError:
            keep(workplace)
            raise


def _hand_over(
    release: Path,
    manifest: Manifest,
    expected: Sequence[Expected],
    folders: Mapping[Modality, Path],
    progress: Progress,
) -> None:
    total = sum(map(len, expected))
    before = 0
    for one in expected:
        with SplitFile(release / manifest.splits[one.split].file) as file:
            for done in write_originals(file, one, folders):
                progress("hand over", before + done, total)
        before += len(one)


def _checked(
    folders: Mapping[str, Path], expected: Sequence[Expected], told: Told
) -> Outputs:
    everything = replace(expected[0], ids=sum((one.ids for one in expected), ()))
    outputs: dict[Track, Mapping[str, Path]] = {}
    issues = []
    for name, track in OUTPUTS.items():
        if name in folders:
            outputs[track], found = find_outputs(folders[name], track, everything)
            issues += found
    if errors_in(issues):
        raise UnusableOutputError(issues, next(iter(folders.values())).parent)
    for line in lines_of(issues):
        told(f"{line}\n")
    return outputs


def _read(
    track: Track,
    files: Mapping[str, Path],
    release: Path,
    manifest: Manifest,
    expected: Sequence[Expected],
    command: Command,
) -> Iterator[Image]:
    """Yield what a program wrote of every row of some splits, in their order."""
    for one in expected:
        with SplitFile(release / manifest.splits[one.split].file) as split:
            for row, slice_id in enumerate(one.ids):
                path = files[str(slice_id)]
                if track == "segmentation":
                    yield read_labels(path)
                    continue
                sources = (split.pixels(name, row) for name in command.sources)
                yield zero_background(read_grey(path), sources)


def _image_of(
    slice_id: SliceId,
    originals: Mapping[Modality, Image],
    *,
    files: Mapping[str, Path],
    sources: Sequence[Modality],
) -> Image:
    given = (originals[modality] for modality in sources)
    return zero_background(read_grey(files[str(slice_id)]), given)
