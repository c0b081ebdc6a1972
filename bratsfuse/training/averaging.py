"""The moving average of all weights: what is validated and saved in their place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from bratsfuse.training.files import Tensors
from bratsfuse.training.trainable import Trainable
from bratsfuse.training.weights import load_weights, weights

_DELAY: Final = 10
"""After n steps at most (1 + n) / (10 + n) is kept of the average: the first weights,
which nothing has been learned by, are soon forgotten in short trainings, too."""


class Average:
    """The exponential moving average of the weights of all networks.

    Parameters
    ----------
    trainable
        Whose weights; they are averaged from how they are now.
    decay
        What is kept of the average in a step, in [0, 1); 0 for no average.
    """

    def __init__(self, trainable: Trainable, decay: float) -> None:
        self._trainable = trainable
        self._decay = decay
        now = weights(trainable) if decay else {}
        self.values: Mapping[str, Tensor] = {
            name: value.detach().clone() for name, value in now.items()
        }

    def update(self, number: int) -> None:
        """Take in the weights after a step, counted from 0."""
        if not self._decay:
            return
        now = weights(self._trainable)
        keep = min(self._decay, (1 + number) / (_DELAY + number))
        ours, theirs = [], []
        for name, value in self.values.items():
            if value.is_floating_point():
                ours.append(value)
                theirs.append(now[name])
            else:  # a count, which has no mean
                value.copy_(now[name])
        average = get_ema_multi_avg_fn(keep)  # type: ignore[no-untyped-call]
        average(ours, theirs, None)

    def restore(self, values: Mapping[str, Tensor]) -> None:
        """Set the average to what `values` was."""
        for name, value in self.values.items():
            value.copy_(values[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the networks the averaged weights inside, their own ones afterwards."""
        if not self._decay:
            yield
            return
        own = {
            name: value.detach().clone()
            for name, value in weights(self._trainable).items()
        }
        load_weights(self._trainable, Tensors(self.values, {}))
        try:
            yield
        finally:
            load_weights(self._trainable, Tensors(own, {}))
