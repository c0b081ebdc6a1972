"""Training: the loop that every trained baseline shares.

A baseline brings a `Training`: its config, and how its networks take a step. All else
is here, once. Read it in this order:

- `config`: what can be chosen, and how a file and the command line choose it;
- `trainable`: what a baseline has to bring;
- `slices`, `drawing`: a split in memory, and which rows a step sees;
- `loop`: steps, log, validation, checkpoints;
- `run`: the folder that is left behind, and a trained network out of it.

Nothing here knows a network. The test split is never opened.
"""
