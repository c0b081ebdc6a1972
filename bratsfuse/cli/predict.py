"""``bratsfuse predict``: a method over a split of a release."""

from pathlib import Path

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._options import FOLDER, method_options


@click.command
@click.argument("name_or_run")
@click.argument("release", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The submission.")
@click.option(
    "--split", default="test", show_default=True, help="The split to predict."
)
@click.option("--overwrite", is_flag=True, help="Replace the submission that is there.")
@method_options
def command(
    name_or_run: str,
    release: Path,
    output: Path,
    split: str,
    overwrite: bool,
    sources: tuple[Modality, ...] | None,
    workers: int | None,
) -> None:
    """Write the predictions of a method for a split of RELEASE as a submission.

    \b
    Examples:
      bratsfuse predict laplacian release -o submission
      bratsfuse predict weighted:0.7,0.3 release -o submission --sources flair,t1ce

    The method sees originals only. See `bratsfuse baselines` for the methods.
    """
    from bratsfuse.cli._progress import progress
    from bratsfuse.parallel import available_cores
    from bratsfuse.predict import predict

    with progress() as report:
        record = predict(
            name_or_run,
            release,
            output,
            split=split,
            sources=sources,
            workers=workers or available_cores(),
            overwrite=overwrite,
            progress=report,
        )
    click.echo(f"{output}: {record.name} ({', '.join(record.tracks)}), {split} split")
