"""The records of a report: what a reader must know to believe a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from bratsfuse.issues import Issue
from bratsfuse.records import CLOSED
from bratsfuse.report.drawn import Picture, SliceFolder, Volumes
from bratsfuse.report.scores import Downstream, ReferenceSegmenter, Score
from bratsfuse.results import Results, Track
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of what was expected was submitted, in one track.

    Attributes
    ----------
    expected, scored, missing
        Slice sets; expected = scored + missing.
    cases, cases_complete
        Expected cases, and those of which no slice is missing.
    """

    expected: int
    scored: int
    missing: int
    cases: int
    cases_complete: int

    @property
    def complete(self) -> bool:
        """Return whether nothing is missing."""
        return self.missing == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """Every choice that changes a number; equal protocols give comparable reports.

    Attributes
    ----------
    version
        Raised whenever the same choices would give other numbers.
    policy
        The empty-mask policy.
    preset
        The rules of the lesion-wise scores.
    regions
        Name -> label values.
    segmentation, fusion
        The keys of the metrics.
    sources
        The source modalities that a fused image is compared with.
    """

    version: int
    policy: str
    preset: str
    regions: Mapping[str, tuple[int, ...]]
    segmentation: tuple[str, ...]
    fusion: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What was scored against.

    Attributes
    ----------
    fingerprint
        Of the release: of its rows and of all else that a score depends on.
    split, split_sha256
        The split and the digest of its rows.
    source
        The raw release, in words.
    synthetic
        Whether its cases are phantoms.
    labels
        Whether the masks were public, came from an organiser's answer key, or were
        hidden, so that segmentation was not scored.
    withheld_digest
        The keyed digest of the split's masks if the release does not contain them.
    slice_sets, cases, patients
        Of the split.
    """

    fingerprint: str
    split: str
    split_sha256: str
    source: str
    synthetic: bool
    labels: Literal["public", "key", "withheld"]
    withheld_digest: str = ""
    slice_sets: int
    cases: int
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of a submission, by track; empty where it takes no part.

    Attributes
    ----------
    segmentation
        Region -> key -> score over cases, the headline.
    segmentation_per_slice
        The same over slices: secondary, since it rewards other things.
    fusion
        Key -> score over slices.
    reference_segmenter
        Region -> key -> score over cases of what the frozen reference segmenter finds
        in the fused images; never ranked alone.
    """

    segmentation: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    segmentation_per_slice: Mapping[str, Mapping[str, Score]] = field(
        default_factory=dict
    )
    fusion: Mapping[str, Score] = field(default_factory=dict)
    reference_segmenter: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What scoring found.

    Its file is closed: a key that this version does not know is refused, here and in
    every record inside, so that nothing of a report goes unread.

    Attributes
    ----------
    schema
        Of this record.
    status
        ``refused`` if the submission could not be scored: there are issues only.
    submission
        What the submission says of itself.
    submission_sha256
        Digest of its predictions, whatever their order and file format.
    data, protocol
        What was scored against, and how.
    seed
        Of every random draw.
    versions
        Of bratsfuse, Python, NumPy, SciPy and the platform.
    command
        As typed.
    created
        When, in UTC, ISO 8601.
    coverage
        By track.
    scores
        Of every measure.
    fusers
        The release's own fusion products: name -> key -> mean, for comparison.
    issues
        Everything that reading the submission found.
    files
        Each table beside the report -> SHA-256 of its bytes.
    downstream
        What the fused images are worth to a segmenter; None if that was not asked.
    reference_segmenter
        The frozen segmenter that read the fused images; None if none did.
    unseen
        The scores without the patients that the method has learned from, as its record
        says; None if there are none.
    """

    __pydantic_config__: ClassVar = CLOSED

    schema: Literal[2] = 2
    status: Literal["scored", "refused"]
    submission: SubmissionRecord
    submission_sha256: str
    data: Data
    protocol: Protocol
    seed: int
    versions: Mapping[str, str]
    command: str
    created: str
    coverage: Mapping[Track, Coverage] = field(default_factory=dict)
    scores: Scores = field(default_factory=Scores)
    fusers: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    downstream: Downstream | None = None
    reference_segmenter: ReferenceSegmenter | None = None
    unseen: Scores | None = None

    def __repr__(self) -> str:
        parts = [self.status, repr(self.submission.name), self.data.split]
        tracks = [
            f"{track} ({found.missing} missing)" if found.missing else track
            for track, found in self.coverage.items()
        ]
        if tracks:
            parts.append(" + ".join(tracks))
        parts.append(counted(self.data.slice_sets, "slice set"))
        if self.issues:
            parts.append(counted(len(self.issues), "issue"))
        return f"Report({', '.join(parts)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A report with the tables and pictures behind it, in memory.

    Attributes
    ----------
    report
        The record.
    per_slice, per_case
        Every score; None if the submission was refused.
    downstream
        The scores per case behind `Report.downstream`; None without that.
    volumes
        None without the segmentation track.
    pictures
        Empty where labels are hidden: a picture would leak them.
    slices
        Crops of all slices; None unless they were asked for and labels are public.
    """

    report: Report
    per_slice: Results | None = None
    per_case: Results | None = None
    downstream: Results | None = None
    volumes: Volumes | None = None
    pictures: tuple[Picture, ...] = ()
    slices: SliceFolder | None = None

    def __repr__(self) -> str:
        return f"Evaluation({self.report!r}, {counted(len(self.pictures), 'picture')})"
