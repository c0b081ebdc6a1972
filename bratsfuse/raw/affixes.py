"""What names have around them that nothing else is called by: ``0_fused`` for ``0``."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

JOINTS: Final = "_-."
"""Where words of a name meet."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.+-]*")
"""What may be shown in a command: nothing that a shell would obey."""
_COMPARED: Final = 50
"""Of very many names the first few show what all have in common."""
_LONGEST: Final = 256
"""Characters; longer names are passed over, as the time grows with their square."""
_MOST: Final = 0.9
"""Of the names: a stray file or two do not hide what the others have."""


@dataclass(frozen=True, slots=True)
class Affix:
    """What is around names.

    Attributes
    ----------
    before, after
        What they begin and end with; one of them may be empty.
    count
        How many names have it.
    """

    before: str
    after: str
    count: int

    def __str__(self) -> str:
        """Return the affix in words."""
        parts = [
            f"{verb} with {text!r}"
            for verb, text in (("begin", self.before), ("end", self.after))
            if text
        ]
        return " and ".join(parts)

    def renaming(self, suffix: str) -> str:
        """Return the commands of a shell that take it off all files of a folder.

        Parameters
        ----------
        suffix
            That of the files, such as ``.png``.

        Returns
        -------
        str
            To be run in the folder; empty if the names would be dangerous there.

        Examples
        --------
        >>> Affix("", "_fused", 60).renaming(".png")
        'for f in *_fused.png; do mv -- "$f" "${f%_fused.png}.png"; done'
        """
        if not all(map(_PLAIN.fullmatch, (self.before, self.after, suffix))):
            return ""
        tail = f"{self.after}{suffix}"
        target = f"${{f#{self.before}}}" if self.before else "$f"
        loop = f'for f in {self.before}*{tail}; do mv -- "$f" "{target}"; done'
        if not self.after:
            return loop
        second = f'for f in *{tail}; do mv -- "$f" "${{f%{tail}}}{suffix}"; done'
        return f"{loop}; {second}" if self.before else second


def common_affix(names: Iterable[str], known: Collection[str]) -> Affix | None:
    """Return what is around all names, so that without it they are known names.

    Parameters
    ----------
    names
        Those that are not known, such as ``0_fused``.
    known
        Those that they should be, such as ``0``.

    Returns
    -------
    Affix
        That which most names have, the shortest of several; None if it is not on nearly
        all of them.

    Examples
    --------
    >>> common_affix(["0_fused", "1_fused"], ["0", "1", "2"])
    Affix(before='', after='_fused', count=2)
    """
    listed = list(dict.fromkeys(names))
    wanted = set(known)
    found = commonest(
        affix
        for name in listed[:_COMPARED]
        if len(name) <= _LONGEST
        for affix, inner in around(name, wanted, digits=True).items()
        if inner != name
    )
    if found is None:
        return None
    count = sum(without(name, *found) in wanted for name in listed)
    return Affix(*found, count) if count >= _MOST * len(listed) else None


def around(
    name: str, known: Collection[str], *, digits: bool = False
) -> dict[tuple[str, str], str]:
    """Return what is around known names in a name -> the known name.

    Parameters
    ----------
    name
        It is cut where words meet only: at its ends and at joints.
    known
        Best a set; an empty name is found nowhere.
    digits
        Whether letters and a digit beside them are two words, as in ``img0``.

    Examples
    --------
    >>> around("p_1_seg", {"1", "p_1", "seg_1"})
    {('', '_seg'): 'p_1', ('p_', '_seg'): '1'}
    """
    starts = [at for at in range(len(name)) if _meet(name[:at], name[at], digits)]
    ends = [
        at
        for at in range(1, len(name) + 1)
        if _meet(name[at : at + 1], name[at - 1], digits)
    ]
    return {
        (name[:start], name[end:]): name[start:end]
        for start in starts
        for end in ends
        if start < end and name[start:end] in known
    }


def commonest(affixes: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the affix that occurs most often, the shortest of several, or None."""
    counts = Counter(affixes)
    return min(
        counts, key=lambda one: (-counts[one], len("".join(one)), one), default=None
    )


def shared_affix(names: Collection[str]) -> Affix | None:
    """Return what all names begin and end with, cut where words meet.

    Without names to compare with, at least two have to differ in between; digits and
    letters that happen to be alike are left to the name.

    Examples
    --------
    >>> shared_affix(["10_fused", "20_fused"])
    Affix(before='', after='_fused', count=2)
    """
    listed = sorted(names)
    if len(listed) < 2:
        return None
    before = same_start(listed)
    before = before[: max(before.rfind(joint) for joint in JOINTS) + 1]
    after = same_start([name[len(before) :][::-1] for name in listed])[::-1]
    places = [place for place in map(after.find, JOINTS) if place >= 0]
    after = after[min(places) :] if places else ""
    return Affix(before, after, len(listed)) if before or after else None


def without(name: str, before: str, after: str) -> str | None:
    """Return a name without an affix, None if it does not have it around something."""
    if len(name) <= len(before) + len(after):
        return None
    if not (name.startswith(before) and name.endswith(after)):
        return None
    return name[len(before) : len(name) - len(after)]


def same_start(names: Collection[str]) -> str:
    """Return what all names begin with."""
    low, high = min(names), max(names)  # whatever is between them begins alike
    end = next(
        (i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b),
        min(len(low), len(high)),
    )
    return low[:end]


def _meet(outer: str, inner: str, digits: bool) -> bool:
    """Return whether an affix may end here: at a joint, or letters beside a digit."""
    edge = outer[-1:]
    if not edge or edge in JOINTS:
        return True
    return digits and edge.isalpha() and inner.isdigit()
