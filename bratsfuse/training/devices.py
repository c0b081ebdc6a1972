"""The device that a network runs on."""

import torch

from bratsfuse.errors import InvalidInputError

AUTO = "auto"


def find_device(name: str = AUTO) -> torch.device:
    """Return the device of a name; ``auto`` is CUDA where there is one, else the CPU.

    Raises
    ------
    InvalidInputError
        If torch knows no such device, or it is not there.
    """
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as problem:
        reason = " ".join(str(problem).splitlines()[:1])
        raise InvalidInputError(
            f"device {name!r}: torch cannot use it ({reason}); expected auto, cpu or "
            "cuda, and a build of torch for it"
        ) from problem
    return device


def device_words(device: torch.device) -> str:
    """Return what a device is, in words."""
    if device.type == "cuda":
        return f"{device}: {torch.cuda.get_device_name(device)}"
    return str(device)
