"""Everything that a run needs to go on as if it had never stopped, in one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from bratsfuse.training.files import Tensors, read_tensors
from bratsfuse.training.randomness import generator_states, restore_generators
from bratsfuse.training.trainable import Trainable

_NETWORK, _OPTIMISER, _GENERATOR = "network", "optimiser", "generator"


def weights(trainable: Trainable) -> dict[str, Tensor]:
    """Return the weights and buffers of all networks, by network and name."""
    return {
        f"{network}.{name}": value
        for network, module in trainable.networks.items()
        for name, value in module.state_dict().items()
    }


def load_weights(trainable: Trainable, content: Tensors) -> None:
    """Set the weights of all networks to what `weights` returned.

    Raises
    ------
    RuntimeError
        If they are those of other networks.
    """
    for network, module in trainable.networks.items():
        module.load_state_dict(content.below(network))


def save_checkpoint(
    path: Path, trainable: Trainable, facts: Mapping[str, object]
) -> None:
    """Write networks, optimisers and generators with what the loop has to remember.

    Parameters
    ----------
    path
        The file; it appears when it is whole, so that a killed run keeps the last one.
    trainable
        What is trained.
    facts
        JSON values.
    """
    generators, python = generator_states()
    learned = weights(trainable)
    tensors = {f"{_NETWORK}.{name}": value for name, value in learned.items()}
    tensors |= {f"{_GENERATOR}.{name}": state for name, state in generators.items()}
    groups = {}
    for name, optimiser in trainable.optimisers.items():
        moments, groups[name] = _dissected(optimiser)
        tensors |= {
            f"{_OPTIMISER}.{name}.{key}": value for key, value in moments.items()
        }
    Tensors(tensors, {"loop": facts, "groups": groups, "python": python}).write(path)


def load_checkpoint(path: Path, trainable: Trainable) -> Mapping[str, Any]:
    """Restore networks, optimisers and generators; return what the loop remembered.

    Raises
    ------
    InvalidInputError
        If the file is missing or broken.
    """
    content = read_tensors(path)
    load_weights(trainable, Tensors(content.below(_NETWORK), {}))
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


def parameter_counts(trainable: Trainable) -> dict[str, int]:
    """Return how many numbers each network learns."""
    return {
        name: sum(p.numel() for p in module.parameters() if p.requires_grad)
        for name, module in trainable.networks.items()
    }
