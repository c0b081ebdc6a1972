"""``bratsfuse info``: what a release contains."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER
from bratsfuse.wording import counted


@click.command
@click.argument("release", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the complete manifest.")
def command(release: Path, as_json: bool) -> None:
    """Say what RELEASE contains and give its fingerprint.

    Reads the manifest only; `bratsfuse verify` looks at every array.
    """
    from bratsfuse.records import to_json
    from bratsfuse.release.loadable import loading_warning
    from bratsfuse.release.manifest import read_manifest

    manifest = read_manifest(release)
    if as_json:
        click.echo(to_json(manifest), nl=False)
        return
    if told := loading_warning(release):
        click.echo(told, err=True)
    source, recipe = manifest.source, manifest.recipe
    rows, width = manifest.image_shape
    click.echo(f"{counted(manifest.slice_sets, 'slice set')} from {source.title}")
    for name, split in manifest.splits.items():
        click.echo(
            f"  {name:<10} {split.slice_sets:5d} slice sets  {split.cases:4d} cases  "
            f"{split.patients:4d} patients"
        )
    click.echo(f"images      {rows} x {width} pixels, 8-bit")
    if manifest.withheld:
        click.echo(f"labels      hidden: {', '.join(manifest.withheld)}")
    made_of = " + ".join(recipe.sources)
    click.echo(f"fusion      {', '.join(recipe.fusers)} of {made_of}")
    for name, product in manifest.added.items():
        made_of = " + ".join(product.sources)
        click.echo(f"added       {name} by {product.made_by} of {made_of}")
    click.echo(f"regions     {', '.join(source.regions)}")
    click.echo(f"seed        {recipe.seed}")
    if recipe.folds:
        click.echo(f"test fold   {recipe.fold}, from 0, of {recipe.folds}")
    click.echo(f"terms       {source.licence}")
    click.echo(f"built by    bratsfuse {manifest.bratsfuse}")
    click.echo(f"fingerprint {manifest.fingerprint}")
