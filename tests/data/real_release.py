from click.testing import CliRunner

from bratsfuse.cli import main


def built(raw, target, slices, *options):
    """Return a release, once the command line has built it."""
    words = ["build", raw, "-o", target, "--slices", slices, *options]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return target
