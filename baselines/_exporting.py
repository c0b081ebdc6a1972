"""A trained baseline as one network that runs without bratsfuse, on PyTorch alone.

The file has the networks alone, for any number of images of the size that they were
trained on. ``model.json`` beside it says what its caller has to do: which images, in
which order, and which box of them.
"""

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from torch.export import Dim, ExportedProgram

from bratsfuse.baselines._model import Model, load
from bratsfuse.place import Kind, check_target, lacking, new_result
from bratsfuse.records import to_json
from bratsfuse.training.crop import Box
from bratsfuse.training.network import Network

FACTS_NAME: Final = "model.json"
NETWORK_NAME: Final = "model.pt2"

_EXPORTED: Final = Kind(name="exported network", flaw=lacking(FACTS_NAME, NETWORK_NAME))


def export(name: str | Path, target: str | Path, *, overwrite: bool = False) -> None:
    """Write a trained baseline as one network that runs without bratsfuse.

    Parameters
    ----------
    name
        As `bratsfuse.baselines.load` takes it.
    target
        The new folder: ``model.pt2``, for `torch.export.load`, and ``model.json``.
    overwrite
        Replace a folder of this kind that already exists.

    Raises
    ------
    UnknownNameError
        If there is no such baseline or run.
    InvalidInputError
        If the run has not been validated yet, or the target exists.
    """
    check_target(Path(target), _EXPORTED, overwrite=overwrite)
    model = load(name)
    with new_result(
        Path(target), _EXPORTED, overwrite=overwrite, outside=[model.folder]
    ) as new:
        new.mkdir(exist_ok=True)
        network, box = model.trained.network(), _box(model)
        inputs = ("fused",) if network.reads_fused else model.sources
        traced = _traced(network, len(inputs), box)
        content = io.BytesIO()  # torch ends the process where a disk is full
        torch.export.save(traced, content)
        (new / NETWORK_NAME).write_bytes(content.getvalue())
        facts = _facts(model, inputs, network.outputs, box)
        (new / FACTS_NAME).write_text(to_json(facts), encoding="utf-8")


def _traced(network: Network, count: int, box: Box) -> ExportedProgram:
    images = torch.zeros(2, count, box.height, box.width)
    with torch.no_grad():
        return torch.export.export(
            network, (images,), dynamic_shapes={"images": {0: Dim.DYNAMIC}}
        )


def _box(model: Model) -> Box:
    """Return the part of a training image that the networks are given."""
    record = model.trained.record
    height, width = record.release.image_shape
    return record.crop or Box(top=0, left=0, height=height, width=width)


def _facts(
    model: Model, inputs: tuple[str, ...], outputs: tuple[str, ...], box: Box
) -> dict[str, Any]:
    """Return what one must know to use the file, as JSON values."""
    record = model.trained.record
    return {
        "baseline": record.baseline,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "image_shape": list(record.release.image_shape),
        "box": asdict(box),
        "training_data": record.training_data,
        "patients": record.patients,
        "versions": record.versions,
    }
