"""Who submits what: the content of ``submission.toml``."""

from dataclasses import dataclass

from bratsfuse.results import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    """What a submission says of itself.

    Attributes
    ----------
    name
        As it stands in tables; at most 80 characters.
    method
        In a sentence.
    authors
        Whose it is.
    url
        Where to read more; empty if nowhere.
    training_data
        What the method was trained on; empty if nothing.
    tracks
        What it takes part in.
    """

    name: str
    method: str = ""
    authors: tuple[str, ...] = ()
    url: str = ""
    training_data: str = ""
    tracks: tuple[Track, ...]
