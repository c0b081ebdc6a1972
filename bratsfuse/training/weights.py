"""The weights of all networks of a trainable, by name."""

from torch import Tensor

from bratsfuse.training.files import Tensors
from bratsfuse.training.trainable import Trainable


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


def parameter_counts(trainable: Trainable) -> dict[str, int]:
    """Return how many numbers each network learns."""
    return {
        name: sum(p.numel() for p in module.parameters() if p.requires_grad)
        for name, module in trainable.networks.items()
    }
