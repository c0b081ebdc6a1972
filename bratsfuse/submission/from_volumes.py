"""A submission from predicted volumes: one file per case, as programs write them.

Volumes are matched with cases by name, reoriented by their headers as a build does it,
and cut into the slices that the release has. All problems are listed at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.anatomy.codings import Coding
from bratsfuse.arrays import Floats, Image
from bratsfuse.errors import InvalidInputError, RawDataError, SubmissionError
from bratsfuse.issues import Issue, error, errors_in, note, warning
from bratsfuse.parallel import in_order
from bratsfuse.place import check_target
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.case_names import NameMatch, match_names
from bratsfuse.raw.coding_beside import coding_beside
from bratsfuse.raw.predicted_volumes import find_predicted_volumes
from bratsfuse.records import SliceId
from bratsfuse.release.grids import read_grids
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.results import Track
from bratsfuse.submission._segment_names import segment_issues
from bratsfuse.submission._volume_doubts import outside_brain
from bratsfuse.submission.codings import coding_named, coding_of, how_to_name
from bratsfuse.submission.expected import Expected, expected_of
from bratsfuse.submission.record import NAME_LENGTH, SubmissionRecord
from bratsfuse.submission.volume_slices import VolumeJob, VolumeSlices, read_slices
from bratsfuse.submission.write import SUBMISSION, write_submission
from bratsfuse.wording import counted, id_meant


class UnimportableError(SubmissionError):
    """The volumes make no submission; `issues` contains every reason."""

    def __init__(self, folder: Path, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        count = counted(len(errors_in(self.issues)), "problem")
        super().__init__(f"{folder}: {count}; nothing was written")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was made of predicted volumes.

    Attributes
    ----------
    record
        Of the new submission.
    cases, slice_sets
        How many it contains.
    expected
        Slice sets of the split.
    taken_off
        What all names of files have around the case.
    coding
        What the values of masks were read as; None of fused images.
    issues
        Warnings and notes.
    """

    record: SubmissionRecord
    cases: int
    slice_sets: int
    expected: int
    taken_off: str
    coding: Coding | None
    issues: tuple[Issue, ...]

    def __str__(self) -> str:
        """Return in a line what was imported, and how it was read."""
        parts = [
            f"{counted(self.cases, 'case')}, {self.slice_sets} of "
            f"{counted(self.expected, 'slice set')}"
        ]
        if self.coding is not None:
            parts.append(f"labels read as {self.coding}")
        if self.taken_off:
            parts.append(f"taken off the names: {self.taken_off}")
        return "; ".join(parts)


def import_volumes(
    folder: Path,
    release: Path,
    target: Path,
    *,
    track: Track = "segmentation",
    split: str = "test",
    coding: str | None = None,
    name: str | None = None,
    allow_missing: bool = False,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Imported:
    """Return what was written: a submission of the volumes of a folder.

    Parameters
    ----------
    folder
        One file per case, named like it, but for what all names have around it; in any
        orientation. See `bratsfuse.raw.predicted_volumes.find_predicted_volumes`.
    release, split
        What the predictions are for; ``all`` for every split.
    target
        The submission; it appears when it is complete.
    track
        Whether the volumes are masks or fused images of 8 bits.
    coding
        What the values of masks mean: ``bratsfuse`` or the name of a dataset layout.
        None for what lies beside the masks says, ``dataset.json`` of nnU-Net or
        ``bratsfuse.json``, and without one for ``bratsfuse`` where that is certain.
    name
        What to call the submission; None for the name of the folder.
    allow_missing
        Leave cases without a file out, instead of refusing.
    workers
        Processes.
    overwrite
        Replace a submission that already exists.
    progress
        Called after every volume.

    Raises
    ------
    UnimportableError
        If a case has no file, or several, or a file is not on the grid of its case or
        contains other values than it may: all problems at once. Nothing is written.
    InvalidInputError, UnknownNameError
        If there is no volume, or no such coding.
    ReleaseError, SubmissionError
        If the release is broken or has no such split, or the target cannot be written.
    """
    outside = [release, folder] if folder.is_dir() else [release]
    check_target(target, SUBMISSION, overwrite=overwrite, outside=outside)
    manifest = read_manifest(release)
    expected = expected_of(release, manifest, split)
    said = None if coding is None else coding_named(coding, manifest.source)
    named = find_predicted_volumes(folder)
    match = match_names(named, list(manifest.cases))
    found, issues = _by_case(named, match, manifest, expected, allow_missing)
    grids = read_grids(release, manifest)
    if unknown := [case for case in found if case not in grids]:
        text = (
            f"keeps no affine of {counted(len(unknown), 'case')}, being built by an "
            "earlier version: shape and voxel size were checked, the position was not; "
            "build it again to check it"
        )
        issues.append(note(str(release), "position-unknown", text))
    jobs = _jobs(found, manifest, grids, expected, track)
    read: dict[str, VolumeSlices] = {}
    for done, slices in enumerate(in_order(read_slices, jobs, workers), 1):
        read[slices.case] = slices
        issues += slices.issues
        progress("import", done, len(jobs))
    meaning = None
    if track == "segmentation":
        meaning, problems = _coding(folder, said, manifest, read)
        issues += problems
    if errors_in(issues) or not read:
        raise UnimportableError(folder, issues)
    if track == "segmentation":
        issues += outside_brain(release, manifest, read)
    ids = [one for one in expected.ids if one.case in read]
    called = name or folder.absolute().name[:NAME_LENGTH]
    record = SubmissionRecord(name=called, tracks=(track,))
    images = {track: _images(ids, read, meaning)}
    write_submission(target, record, ids, images, overwrite=overwrite, outside=outside)
    return Imported(
        record=record,
        cases=len(read),
        slice_sets=len(ids),
        expected=len(expected),
        taken_off=match.taken_off,
        coding=meaning,
        issues=tuple(issues),
    )


def _by_case(
    named: Mapping[str, Sequence[Path]],
    match: NameMatch,
    manifest: Manifest,
    expected: Expected,
    allow_missing: bool,
) -> tuple[dict[str, Path], list[Issue]]:
    """Return the file of each case that is wanted, and what is wrong with the rest."""
    wanted = dict.fromkeys(one.case for one in expected.ids)
    found, issues = {}, []
    for name, case in match.cases.items():
        paths = named[name]
        if len(paths) > 1:
            text = f"{' and '.join(path.name for path in paths)}: keep one of them"
            issues.append(error(case, "case-twice", text))
        elif case in wanted:
            found[case] = paths[0]
        else:
            text = f"is of the {manifest.case(case).split} split; left out"
            issues.append(note(case, "other-split", text))
    taken = f" without {match.taken_off}" if match.taken_off else ""
    for name, case in match.otherwise.items():
        kept = match.taken_off or "no affix"
        text = (
            f"has something else around {case} than the others ({kept}); keep "
            "the files of one kind in a folder of their own"
        )
        issues.append(error(name, "other-affix", text))
    for name in (one for one in match.unmatched if one not in match.otherwise):
        hint = id_meant(name, manifest.cases)
        text = f"the release has no case of this name{taken}; left out"
        issues.append(warning(name, "unknown-case", f"{text}; {hint}".rstrip("; ")))
    told = warning if allow_missing else error
    twice = {issue.where for issue in issues if issue.code == "case-twice"}
    for case in wanted:
        if case not in found and case not in twice:
            start, end = match.affix
            text = f"no volume; expected one called {start}{case}{end}"
            fix = "" if allow_missing else ": add it, or pass --allow-missing"
            issues.append(told(case, "missing-case", f"{text}{fix}"))
    return found, issues


def _jobs(
    found: Mapping[str, Path],
    manifest: Manifest,
    grids: Mapping[str, Floats],
    expected: Expected,
    track: Track,
) -> list[VolumeJob]:
    slices: dict[str, list[int]] = {case: [] for case in found}
    for one in expected.ids:
        if one.case in slices:
            slices[one.case].append(one.z)
    return [
        VolumeJob(
            case=case,
            path=path,
            track=track,
            slices=tuple(slices[case]),
            record=manifest.case(case),
            affine=grids.get(case),
            image_shape=expected.image_shape,
        )
        for case, path in found.items()
    ]


def _coding(
    folder: Path,
    said: Coding | None,
    manifest: Manifest,
    read: Mapping[str, VolumeSlices],
) -> tuple[Coding | None, list[Issue]]:
    """Return what the values of all masks mean, or why that is not certain."""
    where = str(folder)
    values = frozenset[int]().union(*(one.values for one in read.values()))
    try:
        chosen = said or coding_beside(folder) or coding_of(values, manifest.source)
    except (InvalidInputError, RawDataError) as problem:
        return None, [error(where, "unknown-coding", str(problem))]
    fix = how_to_name(values, manifest.source)
    issues: list[Issue] = []
    for one in read.values():
        issues += segment_issues(one, chosen)
        unknown = sorted(one.values - {0, *chosen.labels})
        if unknown:
            text = f"values {', '.join(map(str, unknown))} are no labels of {chosen}"
            issues.append(error(one.case, "unknown-labels", f"{text}; {fix}"))
            continue
        labels = {chosen.labels[value] for value in one.values - {0}}
        if foreign := sorted(labels - manifest.source.labels):
            text = (
                f"contains {', '.join(label.name for label in foreign)} by {chosen}, "
                "which the release has not"
            )
            issues.append(error(one.case, "foreign-labels", f"{text}; {fix}"))
    return chosen, issues


def _images(
    ids: Sequence[SliceId], read: Mapping[str, VolumeSlices], coding: Coding | None
) -> Iterator[Image]:
    table = None if coding is None else coding.table()
    for one in ids:
        image = read[one.case].images[one.z]
        yield image if table is None else table[image]
