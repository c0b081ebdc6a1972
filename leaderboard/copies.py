"""When an entry contains the predictions of another, whatever it calls them."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.criteria import ranked_measures
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.results import TRACKS, Status, Track

_CLOSE: Final = 1e-12
"""The same predictions, scored on two computers, differ by less."""


def copies(entry: Entry, other: Entry) -> Iterator[Issue]:
    """Yield why an entry is a copy of another: its digest, or the scores of a track.

    The digest is what a report declares. The scores follow from the predictions: no two
    methods agree in every measure of every case. Both entries have been scored.
    """
    code = "duplicate-predictions"
    digest = entry.report.submission_sha256
    if digest == other.report.submission_sha256:
        text = f"its predictions are those of {other.slug} (SHA-256 {digest})"
        cure = "one set of predictions has one name; add it under that one"
        yield error(entry.slug, code, f"{text}; {cure}")
        return
    for track in TRACKS:
        if _same_scores(entry, other, track):
            text = f"{track}: every case has the scores of {other.slug}"
            cure = "submit what is your own, without this track if need be"
            yield error(entry.slug, code, f"{text}; {cure}")


def _same_scores(entry: Entry, other: Entry, track: Track) -> bool:
    """Return whether all ranked values of a track are equal.

    Of entries without any score of their own nothing can be said: whoever predicts
    nothing gets the worst values, and so does the next.
    """
    if entry.cases is None or other.cases is None:
        return False
    mine, theirs = entry.cases.to_results(), other.cases.to_results()
    measures = ranked_measures(track, entry.report.protocol)
    shared = set(mine.measures) & set(theirs.measures)
    if mine.ids != theirs.ids or not measures or not shared.issuperset(measures):
        return False
    columns = [mine.measures.index(measure) for measure in measures]
    if not (mine.status[:, columns] == Status.SCORED).any():
        return False
    return all(
        np.allclose(
            mine.column(measure),
            theirs.column(measure),
            rtol=_CLOSE,
            atol=_CLOSE,
            equal_nan=True,
        )
        for measure in measures
    )
