"""``bratsfuse info``: what a release contains."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("release", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the complete manifest.")
def command(release: Path, as_json: bool) -> None:
    """Say what RELEASE contains and give its fingerprint.

    Reads the manifest only; `bratsfuse verify` looks at every array.
    """
    from bratsfuse.release.glance import glance, lines_about
    from bratsfuse.release.loadable import loading_warning

    lines = None if as_json else glance(release)
    if lines is None:
        from bratsfuse.records import json_values, to_json
        from bratsfuse.release.manifest import read_manifest

        manifest = read_manifest(release)
        if as_json:
            click.echo(to_json(manifest), nl=False)
            return
        lines = lines_about(json_values(manifest))
    if told := loading_warning(release):
        click.echo(told, err=True)
    click.echo("\n".join(lines))
