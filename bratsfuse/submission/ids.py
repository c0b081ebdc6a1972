"""Which slice set a prediction is for: ids are matched letter by letter."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bratsfuse.raw.affixes import common_affix
from bratsfuse.submission.file_names import TRACK_OF
from bratsfuse.submission.findings import Findings
from bratsfuse.wording import closest

_ID_LENGTH: Final = 256
_SLICE_ID: Final = re.compile(r"(?P<case>.+)_z(?P<z>\d{3,6})", re.DOTALL)
_AFFIXED: Final = 2
"""Ids with the same around them, so that it is no misspelt id."""
_SUGGESTED: Final = 3
"""Only the first few unknown ids are listed, so that only they are looked up."""

SliceKey = tuple[str, int]


class Wanted:
    """The slice sets of a split, to be found by their ids.

    Parameters
    ----------
    ids
        In the order of the rows.
    elsewhere
        Those of the release's other splits, which are passed over.

    Attributes
    ----------
    texts
        The ids as users write them.
    cases
        The cases of the split.
    """

    def __init__(
        self, ids: Sequence[SliceKey], elsewhere: Sequence[SliceKey] = ()
    ) -> None:
        self.ids = list(ids)
        self.elsewhere = frozenset(elsewhere)
        self.rows = {key: row for row, key in enumerate(self.ids)}
        self._plain = {_plain(key): key for key in self.ids}
        self.texts = {spelled(key): key for key in self.ids}
        self.cases = frozenset(case for case, _ in self.ids)
        self._plain_cases = frozenset(map(_plain_case, self.cases))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def possible(self) -> int:
        """Return how many slice sets a submission may have predictions for."""
        return len(self.ids) + len(self.elsewhere)

    def has_case_of(self, keys: Iterable[SliceKey]) -> bool:
        """Return whether any id is of a case of the split, however it is spelled.

        That an id resembles one of the split says nothing: all ids of a dataset do.
        """
        return any(_plain_case(case) in self._plain_cases for case, _ in keys)

    def close_to(self, key: SliceKey) -> SliceKey | None:
        """Return the id that may have been meant."""
        if _plain(key) in self._plain:
            return self._plain[_plain(key)]
        close = closest(spelled(key), self.texts, cutoff=0.8)
        return None if close is None else self.texts[close]


def spelled(key: SliceKey) -> str:
    """Return a slice id as users write it."""
    return f"{key[0]}_z{key[1]:03d}"


def slice_key(text: str) -> SliceKey | None:
    """Return the case and z of a slice id, None if it is not one."""
    match = _SLICE_ID.fullmatch(text) if len(text) <= _ID_LENGTH else None
    key = (match["case"], int(match["z"])) if match else None
    return key if key is not None and spelled(key) == text else None


def is_sound(key: SliceKey) -> bool:
    """Return whether case and z could be those of a slice."""
    return 0 < len(key[0]) <= _ID_LENGTH and 0 <= key[1] < 1_000_000


def _plain(key: SliceKey) -> SliceKey:
    return _plain_case(key[0]), key[1]


def _plain_case(case: str) -> str:
    """Return a case as letters and digits: what other spellings have in common."""
    return re.sub(r"[\W_]+", "", case.lower().removesuffix(".png"))


class Matching:
    """The ids of one file or folder against those of the split."""

    def __init__(self, wanted: Wanted, where: str, findings: Findings) -> None:
        self._wanted = wanted
        self._where = where
        self._findings = findings
        self._seen: set[SliceKey] = set()
        self._bad: list[str] = []
        self._unknown: list[SliceKey] = []
        self._elsewhere: list[SliceKey] = []
        self._matched = 0

    def row_of(self, key: SliceKey | None, text: str) -> int | None:
        """Return the row of an id, None if it has none or had its turn already."""
        if key is None or not is_sound(key):
            self._bad.append(text)
            return None
        if key in self._seen:
            found = "{count} ids more than once"
            self._findings.add("duplicate-id", self._where, found, example=text)
            return None
        self._seen.add(key)
        row = self._wanted.rows.get(key)
        if row is not None:
            self._matched += 1
        elif key in self._wanted.elsewhere:
            self._elsewhere.append(key)
        else:
            self._unknown.append(key)
        return row

    def finish(self) -> bool:
        """Report unknown ids; return whether any id was of the split."""
        hint = self._without_affix()
        for text in self._bad:
            found = "{count} ids cannot be read"
            self._findings.add("bad-id", self._where, found, example=text, hint=hint)
        others = [*self._elsewhere, *self._unknown]
        foreign = bool(self._elsewhere) or (
            len(others) > 1 and not self._wanted.has_case_of(others)
        )
        if foreign and not hint and not self._matched:
            found = (
                f"none of {len(others)} ids is of this split, whose first "
                f"is {spelled(self._wanted.ids[0])}"
            )
            example = spelled(others[0])
            self._findings.add("wrong-split", self._where, found, example=example)
            return False
        for key in self._elsewhere:
            found = "{count} predictions are of other splits of the release"
            example = spelled(key)
            self._findings.add("other-splits", self._where, found, example=example)
        for place, key in enumerate(self._unknown):
            example = spelled(key)
            near = self._wanted.close_to(key) if place < _SUGGESTED else None
            if near is not None and not hint:
                example = f"{example!r}, did you mean {spelled(near)!r}?"
            found = "{count} ids are not of this split"
            self._findings.add(
                "unknown-id", self._where, found, example=example, hint=hint
            )
        return True

    def _without_affix(self) -> str:
        """Return how to take off what unmatched ids have around them, if that is it.

        Ids are matched letter by letter all the same.
        """
        texts = [*self._bad, *map(spelled, self._unknown)]
        if len(texts) < _AFFIXED:
            return ""
        if self._where in TRACK_OF:  # a folder of PNG files
            affix = common_affix(texts, self._wanted.texts)
            if affix is None:
                return ""
            loop = affix.renaming(".png") or "rename the files"
            return f"{affix.count} of them {affix}; in {self._where}: {loop}"
        affix = common_affix({case for case, _ in self._unknown}, self._wanted.cases)
        if affix is None:
            return ""
        strip = f".removeprefix({affix.before!r})" if affix.before else ""
        strip += f".removesuffix({affix.after!r})" if affix.after else ""
        return f"the cases {affix}: write case{strip}"
