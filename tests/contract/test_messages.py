"""No message without a fix: each says what was expected, or what to do.

The check reads the source, so that it sees every message, also those of rare faults. It
looks for the words that fixes are made of; a message that only says what was found has
none of them.
"""

import re
from functools import cache

import pytest
from _messages import Message, messages

EXPECTED = r"\b(expected|did you mean|known:|allowed:|must|needs?|leave out)\b"
"""Words of what would have been right."""

HANDED_ON = re.compile(r"{(advice|cure|fix|hint)\b")
"""A fix that the caller of a function words."""

IMPERATIVES = """
    add allow arrange ask begin build check choose compare convert copy correct count
    decide decode delete divide draw evaluate export fetch fix free give go ignore
    import install join keep leave load look lower make map match mount move name open
    pass pip predict put raise read register remove rename repair replace report
    resample restore round rotate run save say score see set shorten show sign split
    start state store submit switch take train try turn unpack update use wait
    withhold write
"""
"""Verbs that tell what to do, at the start of a clause."""

STARTS = r"(?:^|[;:,.(|?]|\bor\b|\band\b|\bthen\b|\bto fix\b)\s*"
DOES = rf"{STARTS}(?:{'|'.join(IMPERATIVES.split())})\b"

CONSEQUENCES = (
    "never chosen",
    "kept as",
    "left out",
    "is ignored",
    "taken for",
    "is taken",
    "first order is used",
    "rank last",
)
"""What a warning says that bratsfuse does by itself."""

VERIFY = "bratsfuse/release/verify/"
"""What is wrong with a release has one fix, which `bratsfuse verify` says last."""


@cache
def found() -> list[Message]:
    """Return the messages; not while tests are collected, which every process does."""
    return list(messages())


def has_fix(message: Message) -> bool:
    """Return whether one of the texts says what was expected or what to do."""
    together = " | ".join(message.texts)
    if re.search(EXPECTED, together) or HANDED_ON.search(together):
        return True
    if re.search(DOES, together, re.IGNORECASE):
        return True
    return message.kind == "warning" and any(one in together for one in CONSEQUENCES)


def test_every_message_has_a_fix() -> None:
    lacking = [
        str(message)
        for message in found()
        if not has_fix(message) and not message.place.startswith(VERIFY)
    ]
    assert not lacking, "\n".join(["messages that say no fix:", *lacking])


def test_the_search_finds_the_messages() -> None:
    assert len(found()) > 450
    kinds = {message.kind for message in found()}
    assert {
        "error",
        "warning",
        "RawDataError",
        "SubmissionError",
        "UsageError",
    } <= kinds


@pytest.mark.parametrize(
    ("text", "kind", "fixed"),
    [
        ("t1 is 0 everywhere", "error", False),
        ("t1 is 0 everywhere; expected a brain", "error", True),
        ("a.png: not readable; export it again", "error", True),
        ("a.png: not readable; it exports nothing", "error", False),
        ("21 voxels lie outside; kept as they are", "warning", True),
        ("21 voxels lie outside; kept as they are", "error", False),
    ],
)
def test_what_counts_as_a_fix(text: str, kind: str, fixed: bool) -> None:
    assert has_fix(Message("here", kind, (text,))) is fixed
