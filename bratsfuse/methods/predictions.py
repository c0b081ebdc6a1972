"""A method over a split of a release: a submission.

Only modalities are read. The masks may be hidden, and a method must not see them.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import tee
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.anatomy import Label, Modality
from bratsfuse.anatomy.recoding import values_outside
from bratsfuse.arrays import Image
from bratsfuse.errors import InvalidInputError
from bratsfuse.methods.find import Method, cached_method, method_for
from bratsfuse.parallel import row_by_row
from bratsfuse.place import check_target
from bratsfuse.progress import Progress, silent
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.results import Track
from bratsfuse.submission.expected import ALL_SPLITS, Expected, expected_of
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.write import SUBMISSION, write_submission
from bratsfuse.wording import some

_LOG = logging.getLogger(__name__)

_SCORED: Final = "test"
"""The split by which a submission for all of them is judged."""


def predict(
    name: str,
    release: Path,
    target: Path,
    *,
    name_as: str | None = None,
    split: str = "test",
    sources: Sequence[Modality] | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> SubmissionRecord:
    """Return the record of a new submission, which contains a method's predictions.

    Parameters
    ----------
    name
        A fusion method or a baseline, see `bratsfuse.methods.find.method`.
    release
        The release.
    target
        The submission; it appears when it is complete.
    name_as
        What to call the submission; None for the name of the method.
    split
        Which of its splits to predict; `ALL_SPLITS` for every one, as the downstream
        track needs it.
    sources
        The modalities that the method is given; None for what it takes, or, where it
        takes any, for those of the release's own fusion images.
    workers
        Processes. The submission is the same for any number.
    overwrite
        Replace a submission that already exists.
    progress
        Called after every predicted slice.

    Raises
    ------
    UnknownNameError, MissingExtraError, InvalidInputError
        If there is no such method, or it cannot do what is asked.
    ReleaseError
        If the release is not finished, broken, or has no such split.
    """
    run = [Path(name)] if Path(name).is_dir() else []
    outside = [release, *run]
    check_target(target, SUBMISSION, overwrite=overwrite, outside=outside)
    manifest = read_manifest(release)
    chosen = method_for(manifest, name, sources)
    expected = expected_of(release, manifest, split)
    record = SubmissionRecord(
        name=name_as or chosen.name,
        method=f"{chosen.summary}, of {' + '.join(chosen.sources)}",
        training_data=chosen.training_data,
        seen_patients=seen_patients(chosen, release, manifest, split),
        tracks=chosen.tracks,
    )
    predictions = _predictions(
        name, chosen, release, manifest, expected, workers, progress
    )
    write_submission(
        target,
        record,
        expected.ids,
        _by_track(predictions, chosen.tracks),
        overwrite=overwrite,
        outside=outside,
    )
    return record


def seen_patients(
    chosen: Method, release: Path, manifest: Manifest, split: str
) -> tuple[str, ...]:
    """Return the patients of a split that a method has learned from; warn of them.

    Parameters
    ----------
    chosen
        The method.
    release, manifest
        The release that it is given.
    split
        Which split. Of `ALL_SPLITS` only what is scored counts: those of the train
        split are no surprise.
    """
    if chosen.seen is None:
        return ()
    scored = _SCORED if split == ALL_SPLITS else split
    if scored not in manifest.splits:
        return ()
    found = chosen.seen(release, manifest, scored)
    if str(found):
        _LOG.warning("%s on %s: %s", chosen.name, scored, found)
    return found.patients


def _predictions(
    name: str,
    chosen: Method,
    release: Path,
    manifest: Manifest,
    expected: Expected,
    workers: int,
    progress: Progress,
) -> Iterator[Mapping[Track, Image]]:
    """Yield the predictions of a split, or of all, in the order of what is expected."""
    names = [expected.split]
    if expected.split == ALL_SPLITS:
        names = [*manifest.splits]
    before = 0
    for split in names:
        with SplitFile(release / manifest.splits[split].file) as file:
            work = partial(
                _predicted,
                name=name,
                sources=chosen.sources,
                file=file,
                labels=expected.labels,
            )
            report = _told(progress, before, len(expected))
            yield from row_by_row(work, len(file), workers, report)
            before += len(file)


def _told(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Return what to call with the rows done of a split, counted as rows of all."""
    return lambda done: progress("predict", before + done, total)


def _by_track(
    predictions: Iterator[Mapping[Track, Image]], tracks: Sequence[Track]
) -> dict[Track, Iterator[Image]]:
    """Return the images of each track; a method of two tracks is asked only once.

    Tracks are read in step; by what one is ahead of the other is kept in memory.
    """
    copies = tee(predictions, len(tracks))
    return {
        track: map(itemgetter(track), copy)
        for track, copy in zip(tracks, copies, strict=True)
    }


def _predicted(
    rows: range,
    *,
    name: str,
    sources: tuple[Modality, ...],
    file: SplitFile,
    labels: frozenset[int],
) -> list[Mapping[Track, Image]]:
    apply = cached_method(name, sources)
    known = _known_labels(labels)
    predictions: list[Mapping[Track, Image]] = []
    for row in rows:
        images = {modality: file.pixels(modality, row) for modality in sources}
        predicted = dict(apply(images))
        if "segmentation" in predicted:
            mask = predicted["segmentation"] = known[predicted["segmentation"]]
            outside = values_outside(mask, labels)
            if outside:
                raise InvalidInputError(
                    f"{name}: predicted the labels {some([*map(str, outside)])}; "
                    f"expected {some([*map(str, sorted(labels))], 6)}, those of the "
                    "release; make it predict them"
                )
        predictions.append(predicted)
    return predictions


def _known_labels(labels: Collection[int]) -> Image:
    """Return a table from every label to one that the release has.

    The labels of 2012 do not distinguish enhancing tumour from the rest of the core.
    """
    table = np.arange(256, dtype=np.uint8)
    if Label.ET not in labels and Label.NCR in labels:
        table[Label.ET] = Label.NCR
    return table
