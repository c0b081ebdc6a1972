"""``bratsfuse challenge``: a folder that is ready for a challenge platform."""

from pathlib import Path

import click

from bratsfuse.cli._names import RegisteredName
from bratsfuse.cli._options import FOLDER
from bratsfuse.platforms import PLATFORMS


@click.group
def command() -> None:
    """Run a challenge on a platform.

    \b
    Examples:
      bratsfuse challenge init public --key public.key.h5 -o board --platform git
    """


@command.command
@click.argument("release", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new folder.")
@click.option(
    "--platform",
    type=RegisteredName(PLATFORMS, hyphens=True),
    default="git",
    show_default=True,
    help="Where the challenge is to run: the list is above.",
)
@click.option("--title", help="Of the challenge.  [default: the name of the folder]")
@click.option("--split", default="test", show_default=True, help="What is predicted.")
@click.option(
    "--track",
    type=click.Choice(["segmentation", "fusion"]),
    default="segmentation",
    show_default=True,
    help="What is ranked; a repository ranks both where both are submitted.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The answer key, where the release hides the masks of the split.",
)
def init(
    release: Path,
    output: Path,
    platform: str,
    title: str | None,
    split: str,
    track: str,
    key: Path | None,
) -> None:
    """Make a folder that is ready for a challenge platform.

    \b
    git              a repository as leaderboard: submissions by pull request
    codabench        a bundle with scoring program and reference data
    grand-challenge  an evaluation container, with its ground truth

    \b
    Examples:
      bratsfuse challenge init release -o board
      bratsfuse challenge init public --key public.key.h5 -o bundle --platform codabench
      bratsfuse challenge init public --key public.key.h5 -o gc
        --platform grand-challenge --title "Fusion of gliomas" --track fusion

    The folders of codabench and grand-challenge contain images and all masks of the
    split; that of git contains no data. See docs/challenges.md.
    """
    from bratsfuse.challenges.init import init_challenge

    chosen = PLATFORMS[platform]
    init_challenge(
        chosen,
        release,
        output,
        title=title,
        split=split,
        track="fusion" if track == "fusion" else "segmentation",
        key=key,
    )
    click.echo(f"{output}: {chosen.summary}")
    click.echo(chosen.then)
