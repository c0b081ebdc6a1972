"""What the programs of a challenge call, inside the platform that runs them.

They read what a participant handed in, never trust it, and give numbers or reasons.
"""

import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.errors import BratsfuseError, InvalidInputError
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.issues import Issue, errors_in
from bratsfuse.leaderboard.criteria import ranked_measures
from bratsfuse.release.manifest import read_manifest
from bratsfuse.report.records import Evaluation
from bratsfuse.results import TRACKS, Measure, Track
from bratsfuse.wording import suggestion

CHALLENGE_NAME: Final = "challenge.toml"
KEY_NAME: Final = "answer.key.h5"
RELEASE_NAME: Final = "release"


class RefusedError(BratsfuseError):
    """A submission was not scored; `issues` contains every reason."""

    def __init__(self, text: str, issues: Sequence[Issue] = ()) -> None:
        super().__init__(text)
        self.issues = tuple(issues)

    def lines(self) -> list[str]:
        """Return every reason for the participant, without any value of a label."""
        return [str(self), *(f"  {one}" for one in self.issues)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What ``challenge.toml`` says.

    Attributes
    ----------
    title
        Of the challenge.
    fingerprint
        Of the release, so that no other one can take its place.
    split, track
        What is predicted, and what is ranked.
    """

    title: str
    fingerprint: str
    split: str
    track: Track


def read_rules(path: Path) -> Rules:
    """Return the rules of a challenge.

    Raises
    ------
    InvalidInputError
        If the file is missing or broken, or lacks a key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = {name: str(content[name]) for name in Rules.__slots__}
    except (OSError, ValueError) as problem:
        raise InvalidInputError(
            f"{path}: cannot be read ({problem}); write it again"
        ) from problem
    except KeyError as problem:
        raise InvalidInputError(
            f"{path}: no {problem.args[0]}; expected {', '.join(Rules.__slots__)}"
        ) from problem
    track = found.pop("track")
    if track not in TRACKS:
        raise InvalidInputError(f"{path}: track {track!r}; {suggestion(track, TRACKS)}")
    return Rules(**found, track=track)


def check_reference(reference: Path, rules: Rules) -> tuple[Path, Path | None]:
    """Return the release and the answer key of an organiser's folder.

    Parameters
    ----------
    reference
        It has ``release/`` and, where labels are hidden, ``answer.key.h5``.
    rules
        Of the challenge.

    Raises
    ------
    InvalidInputError, ReleaseError
        If it is another release than that of the rules, a broken one, or has no key.
    """
    release = reference / RELEASE_NAME
    manifest = read_manifest(release)
    if manifest.fingerprint != rules.fingerprint:
        raise InvalidInputError(
            f"{release}: fingerprint {manifest.fingerprint}, but {CHALLENGE_NAME} was "
            f"made for {rules.fingerprint}; run bratsfuse challenge init again"
        )
    if manifest.has_labels(rules.split):
        return release, None
    key = reference / KEY_NAME
    if not key.is_file():
        raise InvalidInputError(
            f"{key}: missing, and the masks of {rules.split} are hidden; copy the "
            "answer key of bratsfuse build there"
        )
    return release, key


def judge(submission: Path, reference: Path, rules: Rules) -> Evaluation:
    """Return the evaluation of a submission, whatever the platform is.

    Parameters
    ----------
    submission
        A folder, zip or HDF5 file.
    reference
        The organiser's folder, see `check_reference`.
    rules
        Of the challenge.

    Raises
    ------
    RefusedError
        If the submission is not valid, or does not take part in the track.
    InvalidInputError, ReleaseError
        If the organiser's side is wrong: another release, a broken one, no key.
    """
    release, key = check_reference(reference, rules)
    settings = Settings(split=rules.split, key=key)
    evaluation = evaluate(submission, release, settings)
    report = evaluation.report
    if report.status == "refused":
        raise RefusedError(
            "the submission was refused; correct what is listed:",
            errors_in(report.issues),
        )
    if rules.track not in report.submission.tracks:
        raise RefusedError(
            f"the submission has no predictions for {rules.track}; expected "
            f'tracks = ["{rules.track}"] in its submission.toml, and its files'
        )
    return evaluation


def columns_of(track: Track, evaluation: Evaluation) -> dict[str, float]:
    """Return the column of a platform's table -> the mean over all cases.

    Raises
    ------
    RefusedError
        If a mean is undefined: platforms rank what is no number first, or lose it.
    """
    columns = {}
    for measure in ranked_measures(track, evaluation.report.protocol):
        name = column_name(measure)
        scores = evaluation.report.scores
        found = (
            scores.fusion[measure.key]
            if track == "fusion"
            else scores.segmentation[measure.region][measure.key]
        )
        if found.mean is None:
            raise RefusedError(
                f"{name} is undefined, so that nothing is ranked; expected a number: "
                "predict at least one case with that region"
            )
        columns[name] = found.mean
    return columns


def column_name(measure: Measure) -> str:
    """Return what a platform calls a measure, such as ``dice_wt``."""
    return "_".join(filter(None, (measure.key, measure.region.lower())))


def finish(target: Path, scores: Callable[[], Mapping[str, object]]) -> int:
    """Return the exit status of a scoring program, once its file is written.

    Parameters
    ----------
    target
        The JSON file that the platform reads; without it there are no scores.
    scores
        Called once. What it raises goes to standard error, in the words that are meant
        for the participant or for the organiser; nothing is written then.
    """
    try:
        found = scores()
    except RefusedError as problem:
        sys.stderr.write("\n".join([*problem.lines(), ""]))
        return 1
    except BratsfuseError as problem:
        sys.stderr.write(f"for the organiser: {problem}\n")
        return 1
    text = json.dumps(found, indent=1, allow_nan=False) + "\n"
    target.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0
