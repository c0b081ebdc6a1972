"""``bratsfuse train``: a baseline, trained on a release."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bratsfuse.cli._options import FOLDER

if TYPE_CHECKING:
    from bratsfuse.training.trainable import Training


@click.command
@click.argument("baseline")
@click.argument("release", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The run.")
@click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file of choices.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="One choice, over the file; repeatable.",
)
@click.option("--device", default="auto", show_default=True, help="As torch calls it.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
@click.option("--overwrite", is_flag=True, help="Replace the run that is there.")
def command(
    baseline: str,
    release: Path,
    output: Path,
    file: Path | None,
    settings: tuple[str, ...],
    device: str,
    resume: bool,
    overwrite: bool,
) -> None:
    """Train BASELINE on the train split of RELEASE.

    \b
    Examples:
      bratsfuse train unet release -o run --set preset=tiny
      bratsfuse train unet release -o run --set 'sources=["fusion:maximum"]'
      bratsfuse train fuse4seg release -o run --config my.toml --set seed=1
      bratsfuse train unet release -o run --resume --set steps=800

    The run contains the averaged weights of the last validation (model.safetensors),
    the config, the log (metrics.csv), figures, and what an exact resumption needs.
    """
    if resume and overwrite:
        raise click.UsageError(
            "--resume goes on with a run, --overwrite replaces it: leave one out"
        )
    from bratsfuse.cli._training_progress import training_progress
    from bratsfuse.training.loop import train
    from bratsfuse.training.read_config import read_config
    from bratsfuse.training.run import config_to_resume

    training = _training(baseline)
    name = baseline.replace("-", "_")
    began = config_to_resume(output, name, training.config) if resume else None
    config = read_config(training.config, file, settings, base=began)
    with training_progress() as report:
        record = train(
            name,
            training,
            release,
            output,
            config,
            device=device,
            resume=resume,
            overwrite=overwrite,
            report=report,
        )
    dice = ", ".join(
        f"{name.removeprefix('dice_')} {value:.3f}"
        for name, value in record.validation.items()
        if name.startswith("dice_")
    )
    sizes = ", ".join(f"{name} {size:,}" for name, size in record.parameters.items())
    click.echo(f"{output}: {record.steps_done} steps of {record.baseline}")
    click.echo(f"parameters: {sizes}")
    click.echo(
        f"validation at step {record.validated_step}: loss "
        f"{record.validation['loss']:.4f}" + (f", Dice {dice}" if dice else "")
    )


def _training(baseline: str) -> "Training[Any]":
    from bratsfuse.baselines import BASELINES
    from bratsfuse.errors import InvalidInputError

    found = BASELINES[baseline].training
    if found is None:
        raise InvalidInputError(
            f"{baseline} needs no training: give its name to bratsfuse predict"
        )
    return found()
