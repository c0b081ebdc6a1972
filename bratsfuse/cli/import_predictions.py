"""``bratsfuse import-predictions``: a submission from predicted volumes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bratsfuse.cli._options import FOLDER, workers_option

if TYPE_CHECKING:
    from bratsfuse.results import Track


@click.command
@click.argument("volumes", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--release", required=True, type=FOLDER, help="What they are for.")
@click.option("-o", "--output", required=True, type=FOLDER, help="The new submission.")
@click.option(
    "--split",
    default="test",
    show_default=True,
    help="The split that they are for; all for every one.",
)
@click.option(
    "--coding",
    help="What the labels mean: bratsfuse (1 NCR/NET, 2 ED, 3 ET), or the name of a "
    "dataset layout such as brats2021.  [default: nnU-Net's dataset.json in FOLDER, "
    "else bratsfuse]",
)
@click.option(
    "--track",
    type=click.Choice(["segmentation", "fusion"]),
    default="segmentation",
    show_default=True,
    help="Whether the volumes are masks or fused images.",
)
@click.option("--name", help="What to call the submission.  [default: that of FOLDER]")
@click.option(
    "--allow-missing", is_flag=True, help="Leave out cases that have no volume."
)
@click.option("--overwrite", is_flag=True, help="Replace the submission that is there.")
@workers_option
def command(
    volumes: Path,
    release: Path,
    output: Path,
    split: str,
    coding: str | None,
    track: "Track",
    name: str | None,
    allow_missing: bool,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Turn FOLDER, with a predicted volume per case, into a submission.

    \b
    Examples:
      bratsfuse import-predictions predictions --release release -o submission
      bratsfuse import-predictions predictions --release release -o submission
        --coding brats2021
      bratsfuse import-predictions fused --release release -o s --track fusion

    Volumes are .nii.gz, .nii, .mha, .nrrd or .npz, as nnU-Net, MONAI and the BraTS
    orchestrator write them, in any orientation. They are named like their case; what
    all names have in common around it is taken off. See docs/submitting.md.
    """
    from bratsfuse.issues import lines_of
    from bratsfuse.parallel import available_cores
    from bratsfuse.submission.from_volumes import import_volumes
    from bratsfuse.terminal.progress import progress

    if coding is not None and track == "fusion":
        raise click.UsageError(
            "--coding is of masks, not of --track fusion: leave it out"
        )
    with progress() as report:
        made = import_volumes(
            volumes,
            release,
            output,
            track=track,
            split=split,
            coding=coding,
            name=name,
            allow_missing=allow_missing,
            workers=workers or available_cores(),
            overwrite=overwrite,
            progress=report,
        )
    for line in lines_of(made.issues):
        click.echo(line)
    click.echo(f"{output}: {made}")
