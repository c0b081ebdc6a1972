"""Weights on disk: tensors without pickle."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import new_result

if TYPE_CHECKING:
    from torch import Tensor

_FACTS: Final = "bratsfuse"
_DIGEST: Final = "sha256"


@dataclass(frozen=True, slots=True)
class Tensors:
    """The content of a safetensors file.

    Attributes
    ----------
    tensors
        By name.
    facts
        JSON values beside them, in the header of the file.
    """

    tensors: "Mapping[str, Tensor]"
    facts: Mapping[str, Any]

    def write(self, path: Path) -> None:
        """Write the file; it appears under its name when it is complete."""
        from safetensors.torch import save

        whole = {
            name: value.detach().cpu().contiguous()
            for name, value in self.tensors.items()
        }
        # One entry: safetensors writes several in any order.
        told = {**self.facts, _DIGEST: _digest(whole, self.facts)}
        about = {_FACTS: json.dumps(told)}
        with new_result(path, overwrite=True) as new:
            # Its own writing calls a full disk no error of the system.
            new.write_bytes(save(whole, metadata=about))

    def below(self, prefix: str) -> "dict[str, Tensor]":
        """Return the tensors whose name starts with ``prefix.``, by what follows."""
        head = f"{prefix}."
        return {
            name.removeprefix(head): value
            for name, value in self.tensors.items()
            if name.startswith(head)
        }


def read_tensors(path: Path) -> Tensors:
    """Return the content of a file of `Tensors.write`.

    Raises
    ------
    InvalidInputError
        If it is missing, broken, or of somebody else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            facts = dict(json.loads((file.metadata() or {})[_FACTS]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, LookupError, ValueError, TypeError) as problem:
        reason = " ".join(str(problem).split())
        raise InvalidInputError(
            f"{path}: no weights of bratsfuse train ({reason}); train again"
        ) from problem
    # Files of earlier versions have no digest.
    promised = facts.pop(_DIGEST, None)
    if promised not in (None, _digest(tensors, facts)):
        raise InvalidInputError(
            f"{path}: its digest is not that of its numbers, which were changed or "
            "damaged; copy it again, or train again"
        )
    return Tensors(tensors, facts)


def _digest(tensors: "Mapping[str, Tensor]", facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of tensors, by name, and of the facts beside them."""
    import torch

    digest = hashlib.sha256(json.dumps(facts).encode())
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        digest.update(f"\n{name}:{value.dtype}:{tuple(value.shape)};".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
