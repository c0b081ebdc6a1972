"""``bratsfuse fuse``: a release with one more fusion product."""

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
from bratsfuse.wording import counted


@click.command
@command_options
@own_images_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=FOLDER,
    help="The new release, or the new folder of fused images.",
)
@click.option(
    "--name",
    "product",
    help="What to call the product: its column is fusion_NAME.  "
    "[default: the name of the method; a program needs one]",
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
    product: str | None,
    overwrite: bool,
    sources: tuple[Modality, ...] | None,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Write RELEASE anew, with the fusion images of one more method; or fuse images.

    \b
    Examples:
      bratsfuse fuse guided_filter release -o release2
      bratsfuse fuse weighted:0.7,0.3 release -o release2 --name weighted_70
      bratsfuse fuse maximum release -o release2 --sources t1,t2 --name maximum_t1_t2
      bratsfuse fuse --command 'python test.py {t1ce} {flair} {fused}' release
        -o release2 --name net
      bratsfuse fuse fuse4seg --source t1ce=T1CE --source flair=FLAIR -o fused

    With --source, the images of your own folders are fused: volumes come back as
    volumes on the same grid, pictures as pictures. With RELEASE, everything else stays
    as it is; the manifest says how the product was made. See `bratsfuse baselines` for
    the methods, and docs/third_party.md for a program in its own checkout and
    environment.
    """
    if folders:
        from bratsfuse.methods.own_images import fuse_folders

        apply_to_folders(
            fuse_folders,
            words,
            folders,
            output,
            workers=workers,
            scheduler=scheduler,
            overwrite=overwrite,
        )
        return
    from bratsfuse.methods.by_command import add_product_by_command
    from bratsfuse.methods.fuse import add_product
    from bratsfuse.release.loadable import loading_warning

    manifest = apply_to_release(
        words,
        program,
        output,
        by_method=add_product,
        by_program=add_product_by_command,
        cwd=cwd,
        timeout=timeout,
        sources=sources,
        workers=workers,
        scheduler=scheduler,
        product=product,
        overwrite=overwrite,
    )
    if told := loading_warning(output):
        click.echo(told, err=True)
    click.echo(f"{output}: {counted(manifest.slice_sets, 'slice set')}")
    click.echo(f"fusion products {', '.join(manifest.products)}")
    click.echo(f"fingerprint {manifest.fingerprint}")
