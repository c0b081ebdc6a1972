"""Batches of tensors as the arrays that metrics take; nothing is guessed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from bratsfuse.errors import InvalidInputError


def grey_levels(batch: torch.Tensor, name: str) -> npt.NDArray[np.uint8]:
    """Return images as they would be stored: uint8, of any shape.

    Parameters
    ----------
    batch
        uint8 grey levels, or floats in [0, 1], which become ``round(255 * x)``.
    name
        The argument, for messages.

    Raises
    ------
    InvalidInputError
        If it is no tensor, of another type, or not in that range.
    """
    values = _tensor(batch, name)
    if values.dtype == torch.uint8:
        return np.asarray(values.numpy())
    if not values.is_floating_point():
        raise InvalidInputError(
            f"{name}: found {values.dtype}, expected uint8 or floats in [0, 1]; grey "
            f"levels 0..255 become {name}.to(torch.uint8)"
        )
    values = values.float()
    low, high = (float(end) for end in torch.aminmax(values)) if len(values) else (0, 0)
    if not (low >= 0 and high <= 1):
        advice = (
            f"divide grey levels by 255: {name} / 255"
            if high > 2 and low >= 0
            else f"undo a normalisation, then {name}.clamp(0, 1)"
        )
        raise InvalidInputError(
            f"{name}: found floats from {low:g} to {high:g}, expected [0, 1]; {advice}"
        )
    return np.asarray((values * 255).round().to(torch.uint8).numpy())


def label_maps(batch: torch.Tensor, name: str) -> npt.NDArray[np.uint8]:
    """Return label maps, uint8 (N, H, W), of a batch of (N, H, W) or (N, 1, H, W).

    Raises
    ------
    InvalidInputError
        If it is no tensor, of floats or booleans, of another shape, or a value is
        outside 0 to 255.
    """
    values = _tensor(batch, name)
    if values.is_floating_point() or values.dtype == torch.bool:
        raise InvalidInputError(
            f"{name}: found {values.dtype}, expected a label map of integers; of one "
            f"channel per class take {name}.argmax(dim=1)"
        )
    if values.ndim == 4 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 3:
        raise InvalidInputError(
            f"{name}: found shape {tuple(values.shape)}, expected (N, H, W) or "
            f"(N, 1, H, W); of one channel per class take {name}.argmax(dim=1)"
        )
    if values.numel() and not (int(values.min()) >= 0 and int(values.max()) <= 255):
        raise InvalidInputError(
            f"{name}: found values from {int(values.min())} to {int(values.max())}, "
            "expected labels from 0 to 255"
        )
    return np.asarray(values.to(torch.uint8).numpy())


def cases_of(case_id: Sequence[str] | None, count: int, known: int) -> list[Any]:
    """Return what each image of a batch belongs to: its case, or itself.

    Raises
    ------
    InvalidInputError
        If there is not one case per image.
    """
    if case_id is None:
        return list(range(known, known + count))
    if isinstance(case_id, str) or len(case_id) != count:
        found = repr(case_id) if isinstance(case_id, str) else f"{len(case_id)} ids"
        raise InvalidInputError(
            f"case_id: found {found}, expected one for each of the {count} images, "
            'such as batch["case_id"]'
        )
    return list(case_id)


def _tensor(batch: Any, name: str) -> torch.Tensor:  # noqa: ANN401  (anything)
    if not isinstance(batch, torch.Tensor):
        raise InvalidInputError(
            f"{name}: found {type(batch).__name__}, expected a torch tensor; "
            "torch.as_tensor makes one of an array"
        )
    return batch.detach().cpu()
