"""``bratsfuse verify``: a release against its own digests and rules."""

import json
import sys
from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER
from bratsfuse.wording import counted


@click.command
@click.argument("release", type=FOLDER)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Answer key of RELEASE: check that it belongs to it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(release: Path, key: Path | None, as_json: bool) -> None:
    """Check every array of RELEASE against its digest, and every rule.

    All problems are reported at once. Exit status 1 if there is any.
    """
    from bratsfuse.issues import lines_of
    from bratsfuse.release.label_key import key_issues
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.release.verify.release import verify
    from bratsfuse.terminal.progress import progress

    with progress() as report:
        issues = verify(release, report)
    manifest = read_manifest(release, check=False)
    if key is not None:
        issues += key_issues(key, release, manifest)
    if as_json:
        content = {
            "fingerprint": manifest.fingerprint,
            "slice_sets": manifest.slice_sets,
            "issues": [issue.to_json() for issue in issues],
        }
        click.echo(json.dumps(content, indent=1))
    else:
        for line in lines_of(issues):
            click.echo(line)
        verdict = counted(len(issues), "problem") if issues else "nothing wrong"
        click.echo(f"{release}: {counted(manifest.slice_sets, 'slice set')}, {verdict}")
        click.echo(f"fingerprint {manifest.fingerprint}")
        if issues:
            click.echo("it is not what was built: copy it again, or build again")
    sys.exit(1 if issues else 0)
