"""Who submits what: the content of ``submission.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

from bratsfuse.results import TRACKS, Track
from bratsfuse.submission.file_names import RECORD_NAME
from bratsfuse.submission.findings import Findings
from bratsfuse.wording import did_you_mean

NAME_LENGTH: Final = 80
_TEXT_LENGTH: Final = 2000
_AUTHORS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    """What a submission says of itself.

    Attributes
    ----------
    name
        As tables show it; at most 80 characters.
    method
        In a sentence.
    authors
        Whose it is.
    url
        Where to read more; empty if nowhere.
    training_data
        What the method was trained on; empty if nothing.
    seen_patients
        The predicted patients that the method has learned from: scores without them
        stand beside the others.
    tracks
        What it takes part in.
    """

    name: str
    method: str = ""
    authors: tuple[str, ...] = ()
    url: str = ""
    training_data: str = ""
    seen_patients: tuple[str, ...] = ()
    tracks: tuple[Track, ...]


_KEYS: Final = tuple(field.name for field in fields(SubmissionRecord))
_LISTS: Final = ("authors", "seen_patients", "tracks")


def record_from_toml(content: bytes, findings: Findings) -> SubmissionRecord | None:
    """Return the record that a ``submission.toml`` contains, None if it breaks a rule.

    Every problem goes to the findings.
    """
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        reason = "nested too deep" if isinstance(problem, RecursionError) else problem
        findings.add("bad-toml", RECORD_NAME, f"cannot be read ({reason})")
        return None
    return checked_record(values, findings)


def record_problems(record: SubmissionRecord) -> list[str]:
    """Return the rules that a record breaks, one line each."""
    findings = Findings()
    checked_record(asdict(record), findings)
    return [issue.message for issue in findings.issues()]


def checked_record(
    values: Mapping[str, Any], findings: Findings
) -> SubmissionRecord | None:
    """Return the record of these values, None if they break a rule."""
    before = len(findings)
    for key in sorted(set(values) - set(_KEYS)):
        hint = did_you_mean(key, _KEYS)
        found = f"unknown key; known: {', '.join(_KEYS)}"
        findings.add("unknown-key", RECORD_NAME, found, example=key, hint=hint)
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
        if key in _KEYS and _has_its_type(key, value, findings)
    }
    _check_name(values, known, findings)
    _check_texts(known, findings)
    _check_url(known.get("url", ""), findings)
    _check_tracks(values, known, findings)
    return None if len(findings) > before else SubmissionRecord(**known)


def _has_its_type(key: str, value: object, findings: Findings) -> bool:
    if key in _LISTS:
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            return True
        expected = "a list of texts"
    else:
        if isinstance(value, str):
            return True
        expected = "a text"
    found = f"{key} is of type {type(value).__name__}; expected {expected}"
    findings.add("wrong-type", f"{RECORD_NAME}, {key}", found)
    return False


def _check_name(
    values: Mapping[str, Any], known: Mapping[str, Any], findings: Findings
) -> None:
    name = known.get("name")
    if "name" not in values or name == "" or (name and not name.strip()):
        findings.add("bad-name", RECORD_NAME, "name is missing or empty")
    elif name and len(name) > NAME_LENGTH:
        findings.add("bad-name", RECORD_NAME, f"name has {len(name)} characters")
    elif name and not name.isprintable():
        findings.add("bad-name", RECORD_NAME, "name contains control characters")


def _check_texts(known: Mapping[str, Any], findings: Findings) -> None:
    authors = known.get("authors", ())
    if len(authors) > _AUTHORS:
        found = f"{len(authors)} authors; expected at most {_AUTHORS}"
        findings.add("bad-text", f"{RECORD_NAME}, authors", found)
    texts = [(key, known.get(key, "")) for key in ("method", "url", "training_data")]
    texts += [("authors", author) for author in authors]
    texts += [("seen_patients", key) for key in known.get("seen_patients", ())]
    for key, text in texts:
        where = f"{RECORD_NAME}, {key}"
        if len(text) > _TEXT_LENGTH:
            found = f"{len(text)} characters; expected at most {_TEXT_LENGTH}"
            findings.add("bad-text", where, found)
        elif not text.replace("\n", " ").isprintable():
            findings.add("bad-text", where, "control characters")


def _check_url(url: str, findings: Findings) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or " " in url:
        findings.add("bad-url", RECORD_NAME, "url is no web address", example=url)


def _check_tracks(
    values: Mapping[str, Any], known: Mapping[str, Any], findings: Findings
) -> None:
    tracks = known.get("tracks")
    if "tracks" not in values or tracks == ():
        findings.add("no-tracks", RECORD_NAME, "tracks is missing or empty")
    elif tracks:
        for track in sorted(set(tracks) - set(TRACKS)):
            hint = did_you_mean(track, TRACKS)
            found = "unknown track"
            findings.add("unknown-track", RECORD_NAME, found, example=track, hint=hint)
        if len(set(tracks)) < len(tracks):
            findings.add("unknown-track", RECORD_NAME, "a track is named twice")
