"""``bratsfuse table``: reports as the tables and the figure of a paper."""

from pathlib import Path
from typing import Final

import click

from bratsfuse.cli._options import FOLDER

_FORMATS: Final = ("latex", "markdown", "csv", "bibtex")


@click.command
@click.argument("reports", nargs=-1, required=True, type=FOLDER, metavar="REPORT...")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="latex",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--track",
    type=click.Choice(["fusion", "segmentation", "downstream"]),
    help="One section alone.  [default: all that are scored]",
)
@click.option("--metrics", help="Keys of metrics, in the order of the columns.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file in place of the terminal.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw slices of all methods side by side: a .pdf, .svg or .png.",
)
@click.option(
    "--slice",
    "slices",
    multiple=True,
    metavar="ID",
    help="A slice of the figure, such as BraTS2021_00000_z077; repeatable.  "
    "[default: three, evenly spread]",
)
@click.option(
    "--differences", is_flag=True, help="With --figure: |F - source| of every method."
)
@click.option(
    "--release",
    type=FOLDER,
    help="With --format bibtex: cite what the organisers of its data ask for, too.",
)
def command(
    reports: tuple[Path, ...],
    form: str,
    track: str | None,
    metrics: str | None,
    output: Path | None,
    figure: Path | None,
    slices: tuple[str, ...],
    differences: bool,
    release: Path | None,
) -> None:
    """Print the scores of REPORTs as one table for a paper.

    \b
    Examples:
      bratsfuse table report_a report_b > table.tex
      bratsfuse table report_a report_b --format markdown --track fusion
      bratsfuse table report_a report_b --format bibtex --release release
      bratsfuse table report_a report_b --figure slices.pdf

    The best is bold, the second underlined; the caption names protocol and release.
    Reports of different data or settings are refused. The figure needs reports that
    were written with --slices.
    """
    from bratsfuse.leaderboard.bibtex import to_bibtex
    from bratsfuse.leaderboard.paper import to_csv, to_latex, to_markdown
    from bratsfuse.leaderboard.paper_figure import write_figure
    from bratsfuse.leaderboard.paper_reports import entries_of, papers_of
    from bratsfuse.place import write_file
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.results import SECTIONS

    if (slices or differences) and figure is None:
        raise click.UsageError("--slice and --differences need --figure FILE")
    if release is not None and form != "bibtex":
        raise click.UsageError("--release needs --format bibtex; leave it out")
    entries = entries_of(reports)
    if figure is not None:
        names = [entry.name for entry in entries]
        shown = write_figure(
            figure,
            dict(zip(names, reports, strict=True)),
            slices,
            differences=differences,
        )
        if not entries[0].report.data.synthetic:
            terms = "the figure shows patient data, under the terms of the data"
            click.echo(f"warning: {terms}", err=True)
        click.echo(f"{figure}: {', '.join(shown)}", err=output is None)
        if output is None:
            return
    keys = [key.strip() for key in metrics.split(",")] if metrics else []
    section = next((one for one in SECTIONS if one == track), None)
    papers = papers_of(entries, section, keys)
    if form == "bibtex":
        works = () if release is None else read_manifest(release).source.citation
        text = to_bibtex(papers, works)
    else:
        writers = {"latex": to_latex, "markdown": to_markdown, "csv": to_csv}
        text = writers[form](papers)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
        click.echo(output)
