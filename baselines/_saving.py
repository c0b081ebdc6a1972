"""A run as a folder to publish: weights, config and record, with a model card.

The folder can be uploaded to a model hub as it is, and `bratsfuse.baselines.load` reads
it back. Checkpoint, log and figures stay behind.
"""

import shutil
from pathlib import Path
from typing import Final

import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, lacking, new_result
from bratsfuse.place.document import write_document
from bratsfuse.training.files import Tensors, read_tensors
from bratsfuse.training.run import (
    CONFIG_NAME,
    MODEL_NAME,
    RUN_NAME,
    RunRecord,
    read_run,
)
from bratsfuse.wording import counted

CARD_NAME: Final = "README.md"
_MODEL: Final = Kind(
    name="model folder", flaw=lacking(CARD_NAME, RUN_NAME, CONFIG_NAME, MODEL_NAME)
)


def save(
    run: str | Path, target: str | Path, *, half: bool = False, overwrite: bool = False
) -> None:
    """Write the averaged weights of a run as a folder to publish.

    Parameters
    ----------
    run
        The folder of the run.
    target
        The new folder; it appears when it is complete, and `load` reads it.
    half
        Whether weights are stored in half precision, in half the space.
    overwrite
        Replace a folder of this kind that already exists.

    Raises
    ------
    InvalidInputError
        If there is no run, it has not been validated yet, or the target exists.
    """
    run, target = Path(run), Path(target)
    record = read_run(run)
    if not (run / MODEL_NAME).exists():
        raise InvalidInputError(
            f"{run}: no {MODEL_NAME} yet; go on with the run by bratsfuse train "
            "--resume"
        )
    content = read_tensors(run / MODEL_NAME)
    with new_result(target, _MODEL, overwrite=overwrite, outside=[run]) as new:
        new.mkdir(exist_ok=True)
        for name in (RUN_NAME, CONFIG_NAME):
            shutil.copyfile(run / name, new / name)
        tensors = {
            name: value.to(torch.float16)
            if half and value.is_floating_point()
            else value
            for name, value in content.tensors.items()
        }
        Tensors(tensors, content.facts).write(new / MODEL_NAME)
        write_document(new / CARD_NAME, _card(record, half=half))


def _card(record: RunRecord, *, half: bool) -> str:
    """Return a model card: metadata for hubs, then what a user must know."""
    parts = record.patients.items()
    learned = sum(len(part) for name, part in parts if name != "validation")
    found = "\n".join(
        f"| {name.replace('_', ' ')} | {value:.4f} |"
        for name, value in record.validation.items()
    )
    size = sum(record.parameters.values())
    return f"""---
library_name: bratsfuse
license: other
license_name: terms-of-the-training-data
tags: [image-fusion, medical-imaging, brain-tumour, brats]
---
# {record.baseline}

{size:,} parameters{", stored in half precision" if half else ""}, trained with \
bratsfuse {record.versions.get("bratsfuse", "")} in \
{counted(record.steps_done, "step")} on {counted(learned, "patient")} of the \
{record.training_data}.
`run.json` lists the patients: do not score the model on them. Weights follow the terms
of the data that they were trained on. Not for clinical use.

```python
from bratsfuse import baselines

model = baselines.load("FOLDER")
```

On the validation split of that release, on cropped images, at step \
{record.validated_step}:

| | |
|---|---|
{found}
"""
