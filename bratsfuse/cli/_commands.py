"""Every command with what it does, so that the list of them imports none."""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, str]] = {
    "baselines": "List the methods that predict, fuse and build take.",
    "browse": "Write a page with every slice set of RELEASE.",
    "build": "Turn the BraTS volumes in RAW into a release.",
    "challenge": "Run a challenge on a platform.",
    "check": "List every problem of SUBMISSION.",
    "completion": "Print the script that lets SHELL complete bratsfuse.",
    "demo": "Show the complete workflow on synthetic cases.",
    "downstream": "Train the standard segmenter on fused images, score it.",
    "evaluate": "Score SUBMISSION and write a report.",
    "experiment": "Train and score every row of an experiment.",
    "export": "Copy a release, a submission or a run into another form.",
    "fuse": "Write RELEASE anew, with the fusion images of a method.",
    "import-predictions": "Turn predicted volumes into a submission.",
    "info": "Say what RELEASE contains and give its fingerprint.",
    "inspect": "Say which dataset layout RAW has and what is wrong.",
    "leaderboard": "Rank submissions by their reports.",
    "phantom": "Write synthetic heads with tumours as raw files.",
    "predict": "Write what a method predicts for a split of RELEASE.",
    "preview": "Draw modalities, fusion images and masks of RELEASE.",
    "score": "Score fused images in any folder.",
    "score-masks": "Score masks in any folder against reference masks.",
    "selftest": "Prove that every metric gives its golden values.",
    "table": "Print the scores of REPORTs as one table for a paper.",
    "template": "Write a valid submission for RELEASE to start from.",
    "train": "Train BASELINE on the train split of RELEASE.",
    "verify": "Check every array of RELEASE against its digest.",
}
"""The first word is that of the command's own help; a line has at most 58 letters."""
