"""``bratsfuse check``: every problem of a submission, without scoring."""

import json
import sys
from pathlib import Path

import click

from bratsfuse.cli._checked import one_split
from bratsfuse.cli._options import FOLDER


@click.command
@click.argument("submission", type=click.Path(path_type=Path))
@click.option("--release", required=True, type=FOLDER, help="What it is for.")
@click.option("--split", default="test", show_default=True, callback=one_split)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(submission: Path, release: Path, split: str, as_json: bool) -> None:
    """List every problem of SUBMISSION, a folder, zip or HDF5 file.

    \b
    Examples:
      bratsfuse check submission --release release
      bratsfuse check submission.zip --release release --split validation
      bratsfuse check submission --release release --json

    Exit status 1 if there is any error; warnings alone do not refuse a submission.
    """
    from bratsfuse.issues import errors_in, lines_of
    from bratsfuse.submission.check import check
    from bratsfuse.wording import counted

    result = check(submission, release, split)
    if as_json:
        content = {
            "submission": None if result.record is None else result.record.name,
            "sha256": result.sha256,
            "coverage": {
                track: {"present": present, "expected": result.expected}
                for track, present in result.coverage.items()
            },
            "issues": [issue.to_json() for issue in result.issues],
        }
        click.echo(json.dumps(content, indent=1))
    else:
        for line in lines_of(result.issues):
            click.echo(line)
        for track, present in result.coverage.items():
            expected = counted(result.expected, "slice set")
            click.echo(f"{track}: {present} of {expected}")
        errors = len(errors_in(result.issues))
        verdict = counted(errors, "error") if errors else "valid"
        click.echo(f"{submission}: {verdict}")
        click.echo(f"sha256 {result.sha256}")
    sys.exit(1 if errors_in(result.issues) else 0)
