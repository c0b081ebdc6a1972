import itertools

import numpy as np
import pytest

from bratsfuse.statistics.letters import letters


def differing(count, pairs):
    matrix = np.zeros((count, count), bool)
    for first, second in pairs:
        matrix[first, second] = matrix[second, first] = True
    return matrix


@pytest.mark.parametrize(
    ("count", "pairs", "expected"),
    [
        (0, [], []),
        (1, [], ["a"]),
        (3, [], ["a", "a", "a"]),
        (2, [(0, 1)], ["a", "b"]),
        (3, [(0, 1), (0, 2), (1, 2)], ["a", "b", "c"]),
        (3, [(0, 2)], ["a", "ab", "b"]),
        (4, [(0, 2), (0, 3), (1, 3)], ["a", "ab", "bc", "c"]),
        (3, [(0, 1), (1, 2)], ["a", "b", "a"]),
    ],
)
def test_small_displays(count, pairs, expected):
    assert letters(differing(count, pairs)) == expected


def test_no_letter_is_to_spare():
    """Eight groups are maximal here; the sweep leaves what the pairs need."""
    shown = letters(differing(6, [(0, 1), (2, 3), (4, 5)]))
    names = sorted(set("".join(shown)))
    assert len(names) < 8
    for dropped in names:
        rest = [set(one) - {dropped} for one in shown]
        pairs = itertools.combinations_with_replacement(range(6), 2)
        lost = [
            (i, j)
            for i, j in pairs
            if set(shown[i]) & set(shown[j]) and not rest[i] & rest[j]
        ]
        assert lost, f"{dropped} could be left out"


def test_letters_do_not_run_out():
    everyone_differs = ~np.eye(60, dtype=bool)
    shown = letters(everyone_differs)
    assert len(set(shown)) == 60
    assert all(len(one) == 1 and one.isalpha() for one in shown)
