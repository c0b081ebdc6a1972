"""Training: the loop that every trained baseline shares.

A baseline brings a `Training`: its config, and how its networks take a step. All else
is here, once. Read it in this order:

- `config`, `read_config`: what can be chosen, by a file and on the command line;
- `trainable`: what a baseline has to bring;
- `split_data`, `slices`, `sampling`: splits in memory, and which rows a step sees;
- `augmentation`: how those rows are varied;
- `crop`, `resizing`, `standardising`, `release_facts`: the part, the size, the scale
  and the releases that a network takes;
- `loop`, `validation`, `log`, `figures`, `diverged`: steps, and what is kept of them;
- `weights`, `averaging`: what is learned, and the moving average that is saved;
- `checkpoint`, `files`, `randomness`: to go on as if the run had never stopped;
- `devices`, `ranks`: the device that a network runs on, and several processes that
  train one run;
- `run`, `trained`, `network`: the folder that is left behind, a trained network out
  of it, and the same as one module of torch;
- `seen`, `digests`: whether such a network has learned from what it is to predict.

Nothing here knows a network. The test split is never opened.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.training.config import TrainingConfig as TrainingConfig
    from bratsfuse.training.loop import train as train
    from bratsfuse.training.run import RunRecord as RunRecord
    from bratsfuse.training.run import read_run as read_run
    from bratsfuse.training.trainable import Batch as Batch
    from bratsfuse.training.trainable import Prediction as Prediction
    from bratsfuse.training.trainable import Trainable as Trainable
    from bratsfuse.training.trainable import Training as Training
    from bratsfuse.training.trained import Trained as Trained
    from bratsfuse.training.trained import load_run as load_run

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["TrainingConfig"],
        "loop": ["train"],
        "run": ["RunRecord", "read_run"],
        "trainable": ["Batch", "Prediction", "Trainable", "Training"],
        "trained": ["Trained", "load_run"],
    },
)
