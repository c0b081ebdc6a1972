"""Names of files to names of cases: what is common to all names is no part of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.raw.affixes import around, commonest


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Which name is of which case.

    Attributes
    ----------
    cases
        Name -> case, in the order of the names.
    affix
        What was taken off the beginning and the end of every name; empty if nothing.
    unmatched
        The names that, without it, are of no known case.
    otherwise
        Those of them that are of a known case with something else around it: files of
        another kind, such as references beside predictions.
    """

    cases: Mapping[str, str]
    affix: tuple[str, str]
    unmatched: tuple[str, ...]
    otherwise: Mapping[str, str]

    @property
    def taken_off(self) -> str:
        """Return the affix in words, ``pred_..._seg``; empty if nothing was taken."""
        start, end = self.affix
        return f"{start}...{end}" if start or end else ""


def match_names(names: Iterable[str], known: Collection[str]) -> NameMatch:
    """Return which name is of which known case, but for what all names have around it.

    Parameters
    ----------
    names
        Of files, without suffix; none twice.
    known
        The cases. Cases are compared letter by letter.

    Returns
    -------
    NameMatch
        With the one affix that leaves the most names of known cases, the shortest of
        several. A name with another affix is unmatched: two files could be of one
        case otherwise.

    Examples
    --------
    >>> match = match_names(["p1_seg", "p2_seg", "p9_seg"], ["p1", "p2"])
    >>> match.cases, match.affix, match.unmatched
    ({'p1_seg': 'p1', 'p2_seg': 'p2'}, ('', '_seg'), ('p9_seg',))
    """
    listed, wanted = list(names), set(known)
    found = {name: around(name, wanted) for name in listed}
    affix = commonest(affix for affixes in found.values() for affix in affixes)
    affix = affix or ("", "")
    cases = {name: found[name][affix] for name in listed if affix in found[name]}
    unmatched = tuple(name for name in listed if name not in cases)
    otherwise = {name: max(found[name].values()) for name in unmatched if found[name]}
    return NameMatch(cases, affix, unmatched, otherwise)


def named_by_folder(names: Mapping[Path, str]) -> dict[Path, str]:
    """Return the names of files; of their folders where all files are called alike.

    Programs that write a folder per case call the mask in each ``seg.nii.gz``.

    Parameters
    ----------
    names
        File -> its name without suffix.
    """
    folders = {path.parent for path in names}
    if len(folders) > 1 and len(set(names.values())) == 1:
        return {path: path.parent.name for path in names}
    return dict(names)
