"""The compact letter display: who shares a letter cannot be distinguished."""

import itertools
import string

import numpy as np
import numpy.typing as npt


def letters(different: npt.ArrayLike) -> list[str]:
    """Return the letters of each submission: two share one if they do not differ.

    Parameters
    ----------
    different
        Boolean, shape (n, n), symmetric, the diagonal False: whether two submissions
        differ significantly. The best comes first and gets the letter a.

    Returns
    -------
    list of str
        One per submission, its letters in order. Any two share a letter if and only if
        they are not different; no letter could be left out.

    Notes ----- Insert, absorb and sweep. All begin in one group. Each significant pair
    splits every group that contains both into one without the first and one without the
    second; a group inside another is absorbed; at last, groups of which other groups
    show every pair are swept away.

    References
    ----------
    H.-P. Piepho, "An algorithm for a letter-based representation of all-pairwise
    comparisons", Journal of Computational and Graphical Statistics 13, 2004.

    Examples
    --------
    >>> letters([[False, False, True], [False, False, False], [True, False, False]])
    ['a', 'ab', 'b']
    """
    matrix = np.asarray(different, np.bool_)
    groups = {frozenset(range(len(matrix)))}
    for first, second in zip(*np.nonzero(np.triu(matrix)), strict=True):
        pair = {int(first), int(second)}
        split = {group for group in groups if pair <= group}
        parts = {group - {one} for group in split for one in pair}
        groups = _absorb((groups - split) | parts)
    ordered = sorted(_sweep(groups), key=sorted)
    return [
        "".join(_letter(i) for i, group in enumerate(ordered) if member in group)
        for member in range(len(matrix))
    ]


def _absorb(groups: set[frozenset[int]]) -> set[frozenset[int]]:
    """Return the groups that are in no other."""
    return {group for group in groups if not any(group < other for other in groups)}


def _sweep(groups: set[frozenset[int]]) -> set[frozenset[int]]:
    """Return the groups without those of which others show every member and pair."""
    kept = set(groups)
    for group in sorted(groups, key=lambda group: (len(group), sorted(group))):
        others = kept - {group}
        links = itertools.combinations_with_replacement(group, 2)
        if all(any({*link} <= other for other in others) for link in links):
            kept = others
    return kept


def _letter(position: int) -> str:
    """Return one character: a to z, A to Z, then the letters of Latin Extended."""
    ascii_letters = string.ascii_letters
    if position < len(ascii_letters):
        return ascii_letters[position]
    return chr(0x100 + position - len(ascii_letters))
