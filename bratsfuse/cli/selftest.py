"""``bratsfuse selftest``: the metrics of this computer against golden values."""

import sys

import click


@click.command
def command() -> None:
    """Prove that every metric gives its golden values on this computer.

    Prints the agreement of each metric and the versions of the libraries used. Exit
    status 1 if any value differs.
    """
    from bratsfuse.selftest import selftest, to_text

    checks = selftest()
    click.echo(to_text(checks))
    sys.exit(0 if all(check.passed for check in checks) else 1)
