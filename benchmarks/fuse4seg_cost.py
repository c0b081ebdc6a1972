"""What Fuse4Seg costs: fusing one pair of slices, and one training step per solver.

    python benchmarks/fuse4seg_cost.py [--pixels 192]

CPU seconds of one thread, the best of several rounds in which the candidates take
turns, so that a busy computer hits all of them. The measuring stick is a pile of plain
3x3 convolutions of 64 channels: the multiply-accumulates that CDDFuse spends on a pair
(103 G), in the form that a CPU does fastest. One multiply-accumulate counts once.
"""

import argparse
import time

import torch
from torch import nn

from bratsfuse.baselines import UNET_PRESETS, UNet, count_macs, count_parameters
from bratsfuse.baselines.fuse4seg.bilevel import Solver, SolverName
from bratsfuse.baselines.fuse4seg.fusion_net import FUSION_PRESETS, FusionNet
from bratsfuse.baselines.fuse4seg.losses import LossWeights
from bratsfuse.baselines.fuse4seg.objectives import Batch, Objectives
from bratsfuse.baselines.fuse4seg.steps import follower_step, joint_step, leader_step
from bratsfuse.training.resizing import downsample

SIDE = 240
ROUNDS = 3
DOWNSAMPLE = 2
BATCH = 8
STICK_MACS = 103e9
STICK_CHANNELS = 64

SOLVERS = {
    "unrolled, 1 step": Solver(name=SolverName.UNROLLED),
    "unrolled, 1 step, differences": Solver(
        name=SolverName.UNROLLED, finite_difference=True
    ),
    "implicit, 5 conjugate gradients": Solver(name=SolverName.IMPLICIT),
    "implicit, Neumann series of 5": Solver(
        name=SolverName.IMPLICIT, implicit_method="neumann"
    ),
}


def cpu_seconds(run):
    start = time.process_time()
    run()
    return time.process_time() - start


def best_seconds(candidates, rounds):
    """Return the best time of each candidate; one round before does not count."""
    times = [
        {name: cpu_seconds(run) for name, run in candidates.items()}
        for _ in range(rounds + 1)
    ]
    return {name: min(turn[name] for turn in times[1:]) for name in candidates}


@torch.no_grad()
def print_inference(rounds):
    pair = torch.rand(1, 2, SIDE, SIDE)
    layer = nn.Conv2d(STICK_CHANNELS, STICK_CHANNELS, kernel_size=3, padding=1)
    layers = STICK_MACS / count_macs(layer, (1, STICK_CHANNELS, SIDE, SIDE))
    stick = nn.Sequential(*[layer] * round(layers))
    features = torch.rand(1, STICK_CHANNELS, SIDE, SIDE)
    networks = {name: FusionNet.preset(name) for name in FUSION_PRESETS}
    candidates = {"stick": lambda: stick(features)}
    candidates |= {n: lambda net=net: net(pair) for n, net in networks.items()}
    seconds = best_seconds(candidates, rounds)
    whole_stick = seconds.pop("stick") * layers / round(layers)
    print(f"one {SIDE}x{SIDE} pair     parameters    GMAC  seconds  stick is slower by")
    for name, network in networks.items():
        macs = count_macs(network, tuple(pair.shape)) / 1e9
        print(
            f"leader {name:<11} {count_parameters(network):>12,} {macs:>7.2f} "
            f"{seconds[name]:>8.3f} {whole_stick / seconds[name]:>19.1f}"
        )
    for name in UNET_PRESETS:
        follower = UNet.preset(name)
        macs = count_macs(follower, (1, 1, SIDE, SIDE)) / 1e9
        print(f"follower {name:<9} {count_parameters(follower):>12,} {macs:>7.2f}")
    print(f"measuring stick {'':>15} {STICK_MACS / 1e9:>7.2f} {whole_stick:>8.3f}")


def make_batch(pixels, seed):
    generator = torch.Generator().manual_seed(seed)
    sources = torch.rand(BATCH, 2, pixels, pixels, generator=generator)
    regions = torch.stack([sources.mean(1) > limit for limit in (0.5, 0.6, 0.7)], 1)
    return Batch(sources=sources, regions=downsample(regions.float(), DOWNSAMPLE))


def print_steps(pixels, rounds):
    torch.manual_seed(0)
    objectives = Objectives(
        FusionNet.preset("default", stride=DOWNSAMPLE),
        UNet.preset("default"),
        LossWeights(),
        downsample=DOWNSAMPLE,
    )
    leader = torch.optim.Adam(objectives.leader.parameters(), lr=1e-4)
    follower = torch.optim.Adam(objectives.follower.parameters(), lr=1e-4)
    batches = make_batch(pixels, seed=0), make_batch(pixels, seed=1)

    def both(solver):
        follower_step(objectives, follower, batches[0])
        leader_step(objectives, leader, solver, batches[1], batches[0])

    candidates = {
        "joint": lambda: joint_step(objectives, leader, follower, batches[0]),
        "alternating": lambda: both(Solver()),
    }
    candidates |= {name: lambda s=solver: both(s) for name, solver in SOLVERS.items()}
    seconds = best_seconds(candidates, rounds)
    print(f"\none step of each player, {BATCH} pairs of {pixels} px  seconds   / joint")
    for name, value in seconds.items():
        print(f"{name:<48} {value:>7.2f} {value / seconds['joint']:>9.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pixels", type=int, default=192, help="side of a training slice"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="best of so many")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print_inference(given.rounds)
    print_steps(given.pixels, given.rounds)
