"""Every generator that a step may draw from: seeded, stored, restored.

The loop itself draws from none of them. They are kept for networks that do, such as
those with dropout, and for baselines of third parties.
"""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from bratsfuse.errors import InvalidInputError

_WORDS, _PLACE = "numpy.words", "numpy.place"
_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"


def seed_everything(seed: int) -> None:
    """Seed the global generators of torch, NumPy and Python."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (others may draw from it)


def generator_states() -> tuple[dict[str, Tensor], list[object]]:
    """Return the state of all global generators: tensors by name, and Python's."""
    _, words, place, has_gauss, gauss = np.random.get_state()  # noqa: NPY002
    states = {
        "torch": torch.get_rng_state(),
        _WORDS: torch.from_numpy(np.asarray(words).astype(np.int64)),
        _PLACE: torch.tensor([place, has_gauss, gauss], dtype=torch.float64),
    }
    if torch.cuda.is_available():
        devices = torch.cuda.get_rng_state_all()
        states |= {f"cuda.{place}": state for place, state in enumerate(devices)}
    return states, list(random.getstate())


def restore_generators(states: Mapping[str, Tensor], python: list[object]) -> None:
    """Set the global generators to what `generator_states` returned."""
    torch.set_rng_state(states["torch"])
    place, has_gauss, gauss = states[_PLACE].tolist()
    words = states[_WORDS].numpy().astype(np.uint32)
    np.random.set_state(  # noqa: NPY002
        ("MT19937", words, int(place), int(has_gauss), gauss)
    )
    version, numbers, spare = python
    if isinstance(numbers, list):  # JSON has no tuples
        numbers = tuple(numbers)
    random.setstate((version, numbers, spare))
    for name, state in states.items():
        _, is_cuda, device = name.partition("cuda.")
        if is_cuda and int(device) < torch.cuda.device_count():
            torch.cuda.set_rng_state(state, int(device))


@contextmanager
def deterministic(device: torch.device, *, wanted: bool) -> Iterator[None]:
    """Refuse, inside, operations whose result differs from run to run, if wanted.

    Raises
    ------
    InvalidInputError
        If a CUDA device was not set to be deterministic when the process started.
    """
    if wanted and device.type == "cuda" and _WORKSPACE not in os.environ:
        raise InvalidInputError(
            f"deterministic = true on {device}: {_WORKSPACE} is not set; start again "
            f"with {_WORKSPACE}=:4096:8 in the environment"
        )
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(wanted or before)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
