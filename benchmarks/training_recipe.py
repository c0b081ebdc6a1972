"""What a training reaches, and in how many CPU seconds: one row of docs/training.md.

    python benchmarks/training_recipe.py RELEASE BASELINE RUN [KEY=VALUE ...]
        [--network monai-unet | monai-basic-unet] [--others RELEASE ...]

Trains a baseline with one thread, predicts the validation and the test patients at full
resolution, and prints Dice: pooled over the slices of a case, then the mean over cases.
A run that was broken off goes on from its last checkpoint. Seconds are those that the
process computed in steps and validations, not wall time. --network puts a network of
MONAI in the place of the U-Net of the baseline unet, under the same recipe. --others
scores the test patients of other releases, too, those that RELEASE lacks.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

from bratsfuse.baselines import BASELINES, TrainableUNet, pad_to_multiple
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import load_run, train
from bratsfuse.training.read_config import read_config
from bratsfuse.training.run import LAST_NAME, config_to_resume, is_run
from bratsfuse.training.validation import CaseDice


class _Monai:
    """Stands in for the U-Net class: its presets are networks of MONAI."""

    def __init__(self, make):
        self._make = make

    def preset(self, _preset, channels):
        return _Padded(self._make(channels))


class _Padded(torch.nn.Module):
    """A network of images whose sides are multiples, for images of any size."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        height, width = images.shape[-2:]
        padded = pad_to_multiple(images, 16)  # both halve four times
        return self.network(padded)[..., :height, :width]


def _monai_unet(channels):
    from monai.networks.nets import UNet

    return UNet(
        spatial_dims=2,
        in_channels=channels,
        out_channels=3,
        channels=(16, 32, 64, 128, 256),
        strides=(2, 2, 2, 2),
        num_res_units=2,
        norm="INSTANCE",
    )


def _monai_basic_unet(channels):
    from monai.networks.nets import BasicUNet

    return BasicUNet(
        spatial_dims=2,
        in_channels=channels,
        out_channels=3,
        features=(16, 16, 32, 64, 128, 16),
    )


NETWORKS = {"monai-unet": _monai_unet, "monai-basic-unet": _monai_basic_unet}


def trained(release, baseline, run, settings):
    """Return the record of a finished run, new or gone on with, and its CPU seconds."""
    training = BASELINES[baseline].training()
    resume = is_run(run) and (run / LAST_NAME).exists()
    base = config_to_resume(run, baseline, training.config) if resume else None
    config = read_config(training.config, settings=settings, base=base)
    start = time.process_time()
    record = train(
        baseline,
        training,
        release,
        run,
        config,
        device="cpu",
        resume=resume,
        overwrite=not resume,
    )
    return record, time.process_time() - start


def add_split(network, release, split, *sums, without=frozenset()):
    """Add what a network finds in a split of a release to sums of Dice."""
    with SplitFile(release / read_manifest(release).splits[split].file) as file:
        for row, case in enumerate(file.texts("case_id")):
            if case in without:
                continue
            images = {name: file.pixels(name, row) for name in network.columns}
            labels = network.predict(images)["segmentation"]
            pair = [
                torch.tensor(one)[None] for one in (labels, file.pixels("mask", row))
            ]
            for dice in sums:
                dice.add([case], *pair)


def scores_of(network, release, others):
    """Return the mean Dice over the cases of some patients, by region."""
    sums = {name: CaseDice() for name in ("validation", "test", "both")}
    for split in ("validation", "test"):
        add_split(network, release, split, sums[split], sums["both"])
    if others:
        known, sums["others"] = cases_of(release), CaseDice()
        for other in others:
            add_split(network, other, "test", sums["others"], without=known)
    return {
        name: {key: round(value, 4) for key, value in dice.scores().items()}
        for name, dice in sums.items()
    }


def cases_of(release):
    """Return the cases of all splits of a release."""
    cases = set()
    for split in read_manifest(release).splits.values():
        with SplitFile(release / split.file) as file:
            cases.update(file.texts("case_id"))
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", type=Path)
    parser.add_argument("baseline")
    parser.add_argument("run", type=Path)
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--network", choices=NETWORKS)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    if given.network:
        home = sys.modules[TrainableUNet.__module__]
        home.UNet = _Monai(NETWORKS[given.network])  # instead of ours
    torch.set_num_threads(1)
    record, seconds = trained(given.release, given.baseline, given.run, given.settings)
    found = {
        "run": given.run.name,
        "baseline": given.baseline,
        "network": given.network or "of the baseline",
        "settings": given.settings,
        "fingerprint": record.release.fingerprint,
        "steps": record.steps_done,
        "parameters": record.parameters,
        "cpu_seconds": round(seconds, 1),
    }
    network = load_run(given.run, BASELINES[given.baseline].training())
    found |= scores_of(network, given.release, given.others)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
