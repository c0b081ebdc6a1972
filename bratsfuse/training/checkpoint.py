"""Everything that a run needs to go on as if it had never stopped, in one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from torch import Tensor
from torch.optim import Optimizer

from bratsfuse.errors import InvalidInputError
from bratsfuse.training.averaging import Average
from bratsfuse.training.files import Tensors, read_tensors
from bratsfuse.training.randomness import generator_states, restore_generators
from bratsfuse.training.trainable import Trainable
from bratsfuse.training.weights import load_weights, weights

_NETWORK, _AVERAGE, _OPTIMISER, _GENERATOR = (
    "network",
    "average",
    "optimiser",
    "generator",
)

_FOREIGN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What restoring numbers and JSON of something else has been seen to raise."""


def save_checkpoint(
    path: Path,
    trainable: Trainable,
    average: Average,
    facts: Mapping[str, object],
) -> None:
    """Write networks, optimisers and generators with what the loop has to remember.

    Parameters
    ----------
    path
        The file; it appears when it is complete, so that a killed run keeps the last
        one.
    trainable
        What is trained.
    average
        Of its weights.
    facts
        JSON values.
    """
    generators, python = generator_states()
    learned = weights(trainable)
    tensors = {f"{_NETWORK}.{name}": value for name, value in learned.items()}
    tensors |= {f"{_AVERAGE}.{name}": value for name, value in average.values.items()}
    tensors |= {f"{_GENERATOR}.{name}": state for name, state in generators.items()}
    groups = {}
    for name, optimiser in trainable.optimisers.items():
        moments, groups[name] = _dissected(optimiser)
        tensors |= {
            f"{_OPTIMISER}.{name}.{key}": value for key, value in moments.items()
        }
    told = {
        "loop": facts,
        "groups": groups,
        "python": python,
        "memory": trainable.memory,
    }
    Tensors(tensors, told).write(path)


def load_checkpoint(
    path: Path, trainable: Trainable, average: Average
) -> Mapping[str, Any]:
    """Restore networks, optimisers and generators; return what the loop remembered.

    Raises
    ------
    InvalidInputError
        If the file is missing, broken, or of another run.
    """
    content = read_tensors(path)
    try:
        return _restored(content, trainable, average)
    except _FOREIGN as problem:
        said = " ".join(str(problem).split())[:200]
        raise InvalidInputError(
            f"{path}: not a checkpoint of this run ({said}); put the right one back or "
            "train anew with --overwrite"
        ) from problem


def _restored(
    content: Tensors, trainable: Trainable, average: Average
) -> Mapping[str, Any]:
    load_weights(trainable, Tensors(content.below(_NETWORK), {}))
    average.restore(content.below(_AVERAGE))
    trainable.memory.update(content.facts["memory"])
    for name, optimiser in trainable.optimisers.items():
        _assemble(
            optimiser,
            content.below(f"{_OPTIMISER}.{name}"),
            content.facts["groups"][name],
        )
    restore_generators(content.below(_GENERATOR), content.facts["python"])
    loop: Mapping[str, Any] = content.facts["loop"]
    return loop


def _dissected(optimiser: Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the state of an optimiser: tensors by place and key, and JSON values."""
    state = optimiser.state_dict()
    tensors, rest = {}, {}
    for place, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{place}.{key}"] = value
            else:
                rest[f"{place}.{key}"] = value
    return tensors, {"param_groups": state["param_groups"], "rest": rest}


def _assemble(
    optimiser: Optimizer, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> None:
    state: dict[int, dict[str, object]] = {}
    for name, value in {**tensors, **facts["rest"]}.items():
        place, _, key = name.partition(".")
        state.setdefault(int(place), {})[key] = value
    groups = [
        {key: tuple(one) if key == "betas" else one for key, one in group.items()}
        for group in facts["param_groups"]
    ]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
