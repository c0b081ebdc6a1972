"""A training that has left the numbers: which slices it saw, and what to try."""

import math
from collections.abc import Mapping, Sequence

from bratsfuse.errors import BratsfuseError
from bratsfuse.training.trainable import Batch


class DivergedError(BratsfuseError, ArithmeticError):
    """A loss or a gradient is not a finite number."""


def refuse_infinite(
    losses: Mapping[str, float],
    number: int,
    batches: Sequence[Batch],
    place: str = "",
) -> None:
    """Refuse losses of which one is not finite.

    Parameters
    ----------
    losses
        By name.
    number
        Of the step, from 0.
    batches
        What the step saw.
    place
        Where else the losses come from, in words.

    Raises
    ------
    DivergedError
        With the names of the losses and the ids of the slices.
    """
    broken = [name for name, value in losses.items() if not math.isfinite(value)]
    if broken:
        ids = ", ".join(one for batch in batches for one in batch.slice_ids)
        raise DivergedError(
            f"step {number + 1}: {', '.join(broken)} not finite on {place or ids}; the "
            "last checkpoint is kept: lower the learning rate, clip gradients "
            "(clip_gradient = 1.0), lengthen warm_up, switch amp off, or look at these "
            "slices"
        )
