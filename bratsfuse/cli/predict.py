"""``bratsfuse predict``: what a method predicts for a split of a release."""

from pathlib import Path

import click

from bratsfuse.anatomy import Modality
from bratsfuse.cli._options import (
    FOLDER,
    apply_to_release,
    command_options,
    method_options,
)
from bratsfuse.cli._own_images import apply_to_folders, own_images_option


@click.command
@command_options
@own_images_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=FOLDER,
    help="The submission, or the new folder of masks.",
)
@click.option(
    "--split",
    default="test",
    show_default=True,
    help="The split to predict; all for every one, as bratsfuse downstream needs it.",
)
@click.option(
    "--name",
    help="What to call the submission.  [default: the name of the method, or of the "
    "folder for a program]",
)
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
@method_options
def command(
    words: tuple[str, ...],
    program: str | None,
    cwd: Path | None,
    timeout: float | None,
    folders: dict[Modality, Path],
    output: Path,
    split: str,
    name: str | None,
    overwrite: bool,
    sources: tuple[Modality, ...] | None,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Write what a method predicts for a split of RELEASE as a submission.

    \b
    Examples:
      bratsfuse predict laplacian release -o submission
      bratsfuse predict weighted:0.7,0.3 release -o submission --sources flair,t1ce
      bratsfuse predict my_package.network:BASELINE release -o submission
      bratsfuse predict --command 'python test.py {t1ce} {flair} {fused}' release -o s
      bratsfuse predict fuse4seg --source t1ce=T1CE --source flair=FLAIR -o masks

    With --source, the tumour in the images of your own folders is outlined. The method
    sees the modalities only. See `bratsfuse baselines` for the methods, and
    docs/third_party.md for a program in its own checkout and environment.
    """
    if folders:
        from bratsfuse.methods.own_images import segment_folders

        apply_to_folders(
            segment_folders,
            words,
            folders,
            output,
            workers=workers,
            scheduler=scheduler,
            overwrite=overwrite,
        )
        return
    from bratsfuse.methods.by_command import predict_by_command
    from bratsfuse.methods.predictions import predict

    record = apply_to_release(
        words,
        program,
        output,
        by_method=predict,
        by_program=predict_by_command,
        cwd=cwd,
        timeout=timeout,
        sources=sources,
        workers=workers,
        scheduler=scheduler,
        name_as=name,
        split=split,
        overwrite=overwrite,
    )
    click.echo(f"{output}: {record.name} ({', '.join(record.tracks)}), {split} split")
