"""Several processes that train one run together, as torchrun starts them.

Every process, a rank, has the same networks and sees its share of every batch. What is
pooled over a batch is summed over all ranks, and gradients are averaged before they are
clipped, so that all take the step that one process takes with all shares. Fuse4Seg asks
for gradients of functions, of which the hooks of DistributedDataParallel see nothing;
so they are averaged where they are asked for.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, distributed

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, workplace

_ALONE: Final = ContextVar("alone", default=False)


@contextmanager
def connected(device: torch.device) -> Iterator[torch.device]:
    """Connect the processes that torchrun has started; yield the device of this one.

    Without torchrun there is one process, and nothing is connected.

    Raises
    ------
    InvalidInputError
        If torchrun's variables are there and no connection is.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or distributed.is_initialized():
        yield device
        return
    on_cuda = device.type == "cuda"
    if on_cuda:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    try:
        distributed.init_process_group("nccl" if on_cuda else "gloo")
    except (RuntimeError, ValueError) as problem:
        raise InvalidInputError(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']}, but the processes cannot be "
            f"connected ({' '.join(str(problem).split())}); start them with torchrun"
        ) from problem
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def count() -> int:
    """Return how many ranks there are; 1 without torchrun."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def own() -> int:
    """Return the number of this rank, from 0; the first one writes and validates."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def wait() -> None:
    """Return when all ranks have come here."""
    if count() > 1:
        distributed.barrier()


@contextmanager
def place_of(run: Path, kind: Kind) -> Iterator[Path]:
    """Yield where a rank writes: the first one into the run, others into nothing."""
    if not own():
        with workplace(run, kind):  # two trainings of one run would mix
            yield run
    else:
        with workplace(run.with_name(f"{run.name}.rank{own()}"), kind) as nothing:
            yield nothing


@contextmanager
def alone() -> Iterator[None]:
    """Let this rank work by itself, for example to validate: nothing is pooled."""
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)


def together() -> bool:
    """Return whether what is computed now is shared with other ranks."""
    return count() > 1 and not _ALONE.get()


def share(length: int) -> slice:
    """Return which of the slices of a whole batch this rank sees."""
    size = length // count()
    return slice(own() * size, (own() + 1) * size)


def average(gradients: Iterable[Tensor]) -> None:
    """Replace gradients by their means over all ranks, in one exchange.

    Parameters
    ----------
    gradients
        Of the same shapes and in the same order on every rank.
    """
    if not together():
        return
    wanted = [one.detach() for one in gradients]
    flat = torch.cat([one.reshape(-1) for one in wanted])
    distributed.all_reduce(flat)
    flat /= count()
    pieces = torch.split(flat, [one.numel() for one in wanted])
    for one, piece in zip(wanted, pieces, strict=True):
        one.copy_(piece.view_as(one))


def averaged(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the means of numbers over all ranks, by name."""
    if not together():
        return dict(numbers)
    values = torch.tensor(list(numbers.values()), dtype=torch.float64)
    if distributed.get_backend() == "nccl":
        values = values.cuda()
    distributed.all_reduce(values)
    return dict(zip(numbers, (values / count()).tolist(), strict=True))


def summed(values: Tensor) -> Tensor:
    """Return the sums over all ranks; gradients find their way back to each.

    Every rank computes the same of the sums, and `average` divides by their number.
    """
    if not together():
        return values
    total: Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call]
    return total


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(_context: Any, values: Tensor) -> Tensor:  # noqa: ANN401  (of torch)
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401
        total = gradient.clone()
        distributed.all_reduce(total)
        return total
