"""Which patient belongs to which split, and how many slice sets each split gets.

A patient's split is chosen by a hash of the patient's key and a seed: it does not
depend on who else is there, so that a patient seen in training on one release is never
met in the test of another.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue, warning
from bratsfuse.release.recipe import SPLITS, Recipe
from bratsfuse.wording import counted, some

_HASH_BITS: Final = 64


def patient_position(patient: str, seed: int) -> Fraction:
    """Return where a patient falls in [0, 1): a hash of seed and key, exact."""
    digest = hashlib.sha256(f"{seed}:{patient}".encode()).digest()
    return Fraction(int.from_bytes(digest[: _HASH_BITS // 8], "big"), 2**_HASH_BITS)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of every patient.

    Attributes
    ----------
    split_of
        Patient key -> split name.
    shares
        Of the slice sets, for train, validation and test; they add up to 1.
    moves
        One warning per patient that had to leave the split of its hash.
    """

    split_of: Mapping[str, str]
    shares: tuple[Fraction, ...]
    moves: tuple[Issue, ...] = ()


def assign(patients: Collection[str], recipe: Recipe) -> Assignment:
    """Return the split of every patient by a recipe: by hash, by fold, or as named.

    Parameters
    ----------
    patients
        Patient keys, each once.
    recipe
        The choices.

    Raises
    ------
    InvalidInputError
        If there are too few patients, or a patient is in no named split.
    """
    if recipe.assigned:
        return assign_named(patients, recipe.assigned)
    if recipe.folds:
        return assign_fold(
            patients, recipe.folds, recipe.fold, recipe.shares[1], recipe.seed
        )
    return assign_splits(patients, recipe.shares, recipe.seed)


def assign_splits(
    patients: Collection[str], shares: Sequence[Fraction], seed: int
) -> Assignment:
    """Return the split of every patient.

    Parameters
    ----------
    patients
        Patient keys, each once.
    shares
        The shares of train, validation and test; they add up to 1.
    seed
        Salt of the hash.

    Returns
    -------
    Assignment
        A patient's split is the one whose interval its position falls in. If that
        leaves a split with a share empty, the patient whose position lies nearest to
        the split's interval moves over, from a split that keeps at least one.

    Raises
    ------
    InvalidInputError
        If there are fewer than three patients.
    """
    if len(patients) < 3:
        raise InvalidInputError(
            f"{counted(len(patients), 'patient')} with usable slices; expected at "
            "least 3, one for each split"
        )
    ends = list(accumulate(shares))
    position = {patient: patient_position(patient, seed) for patient in patients}
    split_of = {
        patient: next(
            name for name, end in zip(SPLITS, ends, strict=True) if place < end
        )
        for patient, place in sorted(position.items())
    }
    moves = []
    for name, end, share in zip(SPLITS, ends, shares, strict=True):
        if share > 0 and name not in split_of.values():
            patient = _nearest(split_of, position, end - share, end)
            text = (
                f"moved from {split_of[patient]} to {name}, which no patient's hash "
                f"falls in: with {len(patients)} patients a split can stay empty"
            )
            moves.append(warning(patient, "moved-to-empty-split", text))
            split_of[patient] = name
    return Assignment(split_of, tuple(shares), tuple(moves))


def assign_fold(
    patients: Collection[str], folds: int, fold: int, validation: Fraction, seed: int
) -> Assignment:
    """Return the split of every patient where the test split is one of some folds.

    Patients are sorted by the hash of `assign_splits` and cut into folds whose sizes
    differ by one at most. Who is validated follows the test fold in that order, the
    first fold after the last. So every patient is in the test split of one fold; unlike
    a patient's split by shares, that depends on who else is there.

    Parameters
    ----------
    patients
        Patient keys, each once.
    folds, fold
        How many, and which is tested, from 0.
    validation
        The share of all patients that is validated, at least one if it is not 0.
    seed
        Salt of the hash.

    Raises
    ------
    InvalidInputError
        If there are fewer patients than folds, or none is left to learn from.
    """
    ordered = sorted(patients, key=lambda one: (patient_position(one, seed), one))
    count = len(ordered)
    start, stop = (count * end // folds for end in (fold, fold + 1))
    validated = round(count * validation)
    if validation:
        validated = max(1, validated)
    if count < folds or count - (stop - start) - validated < 1:
        raise InvalidInputError(
            f"{counted(count, 'patient')} with usable slices in {folds} folds; "
            "expected at least one for each fold and split: ask for fewer folds"
        )
    turned = [*ordered[stop:], *ordered[:start]]
    split_of = {
        **dict.fromkeys(ordered[start:stop], "test"),
        **dict.fromkeys(turned[:validated], "validation"),
        **dict.fromkeys(turned[validated:], "train"),
    }
    return Assignment(split_of, _shares_of(split_of))


def assign_named(patients: Collection[str], assigned: Mapping[str, str]) -> Assignment:
    """Return the split of every patient as it was named.

    Parameters
    ----------
    patients
        Patient keys, each once.
    assigned
        Patient -> split. Patients that are not there are left out.

    Raises
    ------
    InvalidInputError
        If a patient has no split, or no patient is in the train or test split.
    """
    unnamed = sorted(set(patients) - set(assigned))
    if unnamed:
        raise InvalidInputError(
            f"splits: {counted(len(unnamed), 'patient')} in none of them, such as "
            f"{some(unnamed)}; expected every patient with usable slices"
        )
    split_of = {patient: assigned[patient] for patient in sorted(patients)}
    for name in ("train", "test"):
        if name not in split_of.values():
            raise InvalidInputError(
                f"splits: no patient with usable slices in {name}; expected at least 1"
            )
    return Assignment(split_of, _shares_of(split_of))


def _shares_of(split_of: Mapping[str, str]) -> tuple[Fraction, ...]:
    """Return which share of the patients each split has."""
    names = list(split_of.values())
    return tuple(Fraction(names.count(name), len(names)) for name in SPLITS)


def _nearest(
    split_of: Mapping[str, str],
    position: Mapping[str, Fraction],
    start: Fraction,
    end: Fraction,
) -> str:
    members = list(split_of.values())
    movable = [patient for patient, name in split_of.items() if members.count(name) > 1]
    return min(
        movable,
        key=lambda patient: (
            max(start - position[patient], position[patient] - end, Fraction(0)),
            patient,
        ),
    )


def quotas(total: int, shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Return how many of `total` each split gets: its share by largest remainder.

    Examples
    --------
    >>> quotas(2040, (Fraction("0.7"), Fraction("0.1"), Fraction("0.2")))
    (1428, 204, 408)
    """
    exact = [share * total for share in shares]
    counts = [int(value) for value in exact]
    by_remainder = sorted(
        range(len(shares)), key=lambda place: (counts[place] - exact[place], place)
    )
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return tuple(counts)


def round_robin(
    ranked: Mapping[str, Sequence[int]], count: int
) -> Iterator[tuple[str, int]]:
    """Yield `count` picks, one per case and round, each case's best first.

    Parameters
    ----------
    ranked
        Case id -> its slices, best first. Cases take turns in the order given; one
        that has no slice left is passed over.
    count
        How many to yield; fewer are yielded if the cases contain no more.
    """
    longest = max((len(slices) for slices in ranked.values()), default=0)
    picks = (
        (case, slices[turn])
        for turn in range(longest)
        for case, slices in ranked.items()
        if turn < len(slices)
    )
    for _, pick in zip(range(count), picks, strict=False):
        yield pick
