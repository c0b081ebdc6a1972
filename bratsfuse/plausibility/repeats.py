"""Predictions of one value, and one prediction for different slices."""

import hashlib

from bratsfuse.arrays import Image
from bratsfuse.plausibility.doubt import Doubt

_EXAMPLES = 2


class Repeats:
    """Counts images of a single value, and images that were seen before.

    Images come one by one, so that no more than one is in memory.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, str] = {}
        self._count = 0
        self._constant: list[str] = []
        self._pairs: list[str] = []

    def add(self, image: Image, name: str) -> None:
        """Look at one more image (H, W) of this name."""
        self._count += 1
        if image.min() == image.max():
            self._constant.append(name)
            return
        content = repr(image.shape).encode() + image.tobytes()
        digest = hashlib.blake2b(content, digest_size=16).digest()
        if digest in self._seen:
            self._pairs.append(f"{name} and {self._seen[digest]}")
        self._seen.setdefault(digest, name)

    def doubts(self, expected: int | None = None) -> list[Doubt]:
        """Return what is odd about the images so far.

        Parameters
        ----------
        expected
            Of how many images they are; None for as many as were added.
        """
        found = []
        if self._constant:
            told = f"{len(self._constant)} of {expected or self._count}"
            told = f"{told} contain a single value ({_some(self._constant)})"
            found.append(Doubt("constant-prediction", told))
        if self._pairs:
            told = f"{len(self._pairs)} are the same as that of another slice"
            if len(self._seen) == 1 and not self._constant:
                told = f"all {self._count} are the same"
            told = f"{told} ({_some(self._pairs)})"
            found.append(Doubt("identical-predictions", told))
        return found


def _some(examples: list[str]) -> str:
    more = ", ..." if len(examples) > _EXAMPLES else ""
    return f"{', '.join(examples[:_EXAMPLES])}{more}"
