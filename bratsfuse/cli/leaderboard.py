"""``bratsfuse leaderboard``: submissions ranked by their reports."""

from pathlib import Path

import click

from bratsfuse.cli._options import FOLDER


@click.group
def command() -> None:
    """Rank submissions by their reports.

    \b
    Examples:
      bratsfuse leaderboard add report --to board
      bratsfuse leaderboard add new_report --to board --replace
      bratsfuse leaderboard render board -o site
    """


@command.command
@click.argument("report", type=FOLDER)
@click.option("--to", "board", required=True, type=FOLDER, help="The board.")
@click.option("--replace", is_flag=True, help="Replace the entry of the same name.")
def add(report: Path, board: Path, replace: bool) -> None:
    """Add a report of bratsfuse evaluate to a board.

    \b
    Examples:
      bratsfuse leaderboard add report --to board
      bratsfuse leaderboard add new_report --to board --replace

    A report of other data or another protocol, of predictions that are there under
    another name, or with altered tables is refused, and all reasons are listed. The
    board is created if missing.
    """
    from bratsfuse.leaderboard.admit import admit

    entry = admit(report, board, replace=replace)
    if entry.failed:
        click.echo("refused by bratsfuse evaluate: shown apart, never ranked", err=True)
    for track in entry.tracks:
        if not entry.complete(track):
            why = "too far from its sources" if track == "downstream" else "incomplete"
            click.echo(f"{track} is {why}: shown apart, never ranked", err=True)
    click.echo(board / f"{entry.slug}.json")


@command.command
@click.argument("board", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The new site.")
@click.option("--overwrite", is_flag=True, help="Replace the site that is there.")
def render(board: Path, output: Path, overwrite: bool) -> None:
    """Write a board as a static site, with a CSV and a Markdown file.

    \b
    Examples:
      bratsfuse leaderboard render board -o site
      bratsfuse leaderboard render board -o site --overwrite

    The same entries give the same files, byte for byte.
    """
    from bratsfuse.leaderboard.render import INDEX_NAME
    from bratsfuse.leaderboard.render import render as render_site
    from bratsfuse.wording import counted

    rendered = render_site(board, output, overwrite=overwrite)
    count = counted(len(rendered.entries), "entry", "entries")
    click.echo(f"{output / INDEX_NAME}: {count}")
