"""Start-up and training, beside what would be used instead."""

import os
import subprocess
import sys
import tempfile

import torch
from turns import WALL, goal, in_turns, ratio

from bratsfuse.baselines import BASELINES
from bratsfuse.training.trainable import Batch


def of_starting(release, rounds):
    with tempfile.TemporaryDirectory() as folder:
        # Bytecode as every installation has it, wherever it may not be written: to
        # compile the sources anew takes as long as the whole command.
        places = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        places.pop("PYTHONDONTWRITEBYTECODE", None)

        def start(*words):
            command = [sys.executable, *words]
            return lambda: subprocess.run(
                command, check=True, capture_output=True, env=places
            )

        rows = in_turns(
            {
                "python -c pass": start("-c", "pass"),
                "bratsfuse --help": start("-m", "bratsfuse", "--help"),
                "bratsfuse info RELEASE": start("-m", "bratsfuse", "info", release),
            },
            3 * rounds,
        )
    nothing = "python -c pass"
    return {
        "title": "Start-up",
        "item": "command",
        "rows": rows,
        "notes": [
            "Importing click alone takes four times as long as `python -c pass`. In an "
            "editable install every Python, an empty one too, imports what finds the "
            "package, which makes the ratios smaller than those of an installed wheel."
        ],
        "goals": [
            goal("--help", ratio(rows, "bratsfuse --help", nothing), at_most=6),
            goal("info", ratio(rows, "bratsfuse info RELEASE", nothing), at_most=15),
        ],
    }


def of_training(rounds):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    device = torch.device("cpu")
    images = torch.rand(4, 2, 160, 160)
    masks = torch.randint(0, 4, (4, 160, 160), dtype=torch.uint8)
    batch = Batch(images=images, masks=masks, slice_ids=("",) * 4)

    def stepping(baseline, downsample=1, **choices):
        training = BASELINES[baseline].training()
        config = training.config(preset="tiny", downsample=downsample, **choices)
        made = training.build(config, device)
        for network in made.networks.values():
            network.train()
        return made, lambda: made.step(1, [batch] * len(made.streams))

    unet, ours = stepping("unet")
    (network,) = unet.networks.values()
    size = sum(one.numel() for one in network.parameters())
    peer, peer_size = _monai(size)
    like, like_size = _monai_with_pairs(size)
    names = (
        f"bratsfuse U-Net, {size:,} weights",
        f"MONAI UNet, {peer_size:,} weights",
        f"MONAI BasicUNet, {like_size:,} weights",
    )
    nets = dict(zip(names, (network, peer, like), strict=True))
    calls = dict(
        zip(names, (ours, _step(peer, batch), _step(like, batch)), strict=True)
    )
    half = f"{names[0]}, at half size"
    made, calls[half] = stepping("unet", downsample=2)
    for name, net in nets.items():
        calls[f"{name}, prediction"] = _prediction(net, net, images)
    (network,) = made.networks.values()
    calls[f"{half}, prediction"] = _prediction(network, made.predict, images)
    for solver in ("joint", "alternating", "unrolled", "implicit"):
        calls[f"Fuse4Seg, {solver}"] = stepping("fuse4seg", solver=solver)[1]
    rows = in_turns(calls, rounds)
    return {
        "title": "Train",
        "item": "step",
        "rows": rows,
        "notes": [
            "Four slices of 160 x 160, two sources, preset `tiny`, one thread. MONAI's "
            "UNet halves the image in its first convolution and has one a level; its "
            "BasicUNet has two a level, the first two on the whole image, as ours at "
            "whole size. Presets but `base` work at half size or less, as UNet does."
        ],
        "goals": [
            goal(
                "step of MONAI's UNet by ours at half size",
                ratio(rows, names[1], half, WALL),
                at_least=0.8,
            ),
            goal(
                "step of MONAI's BasicUNet by ours",
                ratio(rows, names[2], names[0], WALL),
                at_least=0.8,
            ),
        ],
    }


def _step(network, batch):
    """Return a training step of another network, with our loss."""
    from bratsfuse.baselines import labels_to_regions, segmentation_loss

    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)

    def step():
        network.train()
        loss = segmentation_loss(network(batch.images), labels_to_regions(batch.masks))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()

    return step


def _prediction(network, run, images):
    def predict():
        network.eval()
        with torch.inference_mode():
            run(images)
        network.train()

    return predict


def _monai_with_pairs(size):
    """Return MONAI's BasicUNet whose number of weights is nearest."""
    from monai.networks.nets import BasicUNet

    def made(width):
        wide = (width, width, 2 * width, 4 * width, 8 * width, width)
        net = BasicUNet(spatial_dims=2, in_channels=2, out_channels=3, features=wide)
        return net, sum(one.numel() for one in net.parameters())

    return min(map(made, range(1, 33)), key=lambda one: abs(one[1] - size))


def _monai(size):
    """Return the UNet of MONAI whose number of weights is nearest."""
    from monai.networks.nets import UNet

    def made(width):
        net = UNet(
            spatial_dims=2,
            in_channels=2,
            out_channels=3,
            channels=tuple(width * 2**i for i in range(4)),
            strides=(2, 2, 2),
            num_res_units=0,
        )
        return net, sum(one.numel() for one in net.parameters())

    return min(map(made, range(2, 40)), key=lambda one: abs(one[1] - size))
