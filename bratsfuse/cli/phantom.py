"""``bratsfuse phantom``: synthetic raw cases."""

from pathlib import Path

import click

from bratsfuse.cli._checked import layout as layout_name
from bratsfuse.cli._options import FOLDER, workers_option


@click.command
@click.argument("raw", type=FOLDER)
@click.option(
    "--layout",
    default="brats2021",
    show_default=True,
    callback=layout_name,
    help="Any dataset layout that build reads.",
)
@click.option(
    "--cases",
    default=12,
    show_default=True,
    type=click.IntRange(1, 99),
    help="How many cases.",
)
@click.option("--seed", default=0, show_default=True, help="Equal seeds, equal files.")
@workers_option
def command(raw: Path, layout: str, cases: int, seed: int, workers: int | None) -> None:
    """Write synthetic heads with tumours into RAW, as raw files of a dataset layout.

    They look like MRI and stand in for BraTS wherever it may not go: tests,
    tutorials, continuous integration. Nothing in them comes from a patient.
    """
    from bratsfuse.builders import BUILDERS
    from bratsfuse.parallel import available_cores
    from bratsfuse.phantom.write import write_phantoms
    from bratsfuse.terminal.progress import progress

    form = BUILDERS[layout]
    with progress() as report:
        write_phantoms(
            form,
            raw,
            cases=cases,
            seed=seed,
            workers=workers or available_cores(),
            progress=report,
        )
    click.echo(f"{raw}: {cases} phantom cases in the layout of {form.title}")
