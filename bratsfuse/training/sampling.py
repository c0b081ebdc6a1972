"""Which slices a step sees: a function of seed and step, so that nothing is stored."""

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.release.splits import patient_position

_ORDER, _AUGMENT = 0, 1
"""What a generator is for; it keeps the two apart under one seed."""


def patient_parts(
    patients: Collection[str], streams: Sequence[str], seed: int
) -> dict[str, frozenset[str]]:
    """Return the patients of each stream: all of them, or disjoint parts.

    Parameters
    ----------
    patients
        Of the training split; names may repeat.
    streams
        At least one name. The patients are ranked by a hash and assigned in turn, so
        that the parts differ by one patient at most.
    seed
        Salt of the hash.

    Raises
    ------
    InvalidInputError
        If there are fewer patients than streams.
    """
    salt = "/".join(streams)
    ranked = sorted(
        set(patients), key=lambda one: (patient_position(f"{salt}:{one}", seed), one)
    )
    if len(ranked) < len(streams):
        raise InvalidInputError(
            f"{len(ranked)} patients in the train split; {' and '.join(streams)} need "
            f"different ones: build a release with at least {len(streams)} there"
        )
    count = len(streams)
    return {name: frozenset(ranked[place::count]) for place, name in enumerate(streams)}


class Stream:
    """The rows of one part of the training split, shuffled anew in every round.

    Parameters
    ----------
    rows
        At least one.
    batch_size
        Rows that a step gets. A batch may reach into the next round.
    seed
        Of all random choices.
    number
        Of the stream; two of them choose independently.
    """

    def __init__(
        self, rows: Sequence[int], *, batch_size: int, seed: int, number: int = 0
    ) -> None:
        self._rows = np.asarray(rows)
        self._batch_size = batch_size
        self._seed = (seed, number)
        self._order = lru_cache(maxsize=2)(self._shuffled)

    def rows(self, step: int) -> list[int]:
        """Return the rows of the batch of a step, counted from 0."""
        first = step * self._batch_size
        places = range(first, first + self._batch_size)
        count = len(self._rows)
        return [int(self._order(place // count)[place % count]) for place in places]

    def generator(self, step: int) -> np.random.Generator:
        """Return a new generator of the random choices about the batch of a step."""
        return np.random.default_rng([*self._seed, _AUGMENT, step])

    def _shuffled(self, round_: int) -> npt.NDArray[np.intp]:
        rng = np.random.default_rng([*self._seed, _ORDER, round_])
        return rng.permutation(self._rows)
