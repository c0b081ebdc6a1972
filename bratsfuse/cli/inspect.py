"""``bratsfuse inspect``: what a raw folder contains and what is wrong."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bratsfuse.cli._options import FOLDER, workers_option
from bratsfuse.cli._raw_options import raw_options
from bratsfuse.issues import lines_of
from bratsfuse.wording import counted

if TYPE_CHECKING:
    from bratsfuse.building.inspection import Inspection


@click.command
@click.argument("raw", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@raw_options
@workers_option
def command(
    raw: Path,
    as_json: bool,
    layout: str,
    name_mappings: tuple[Path, ...],
    clip_negatives: bool,
    any_shape: bool,
    min_area: int,
    min_gap: int,
    workers: int | None,
) -> None:
    """Say which dataset layout RAW has, how many usable cases, and every problem.

    \b
    Examples:
      bratsfuse inspect BraTS2021
      bratsfuse inspect BraTS-PEDs --layout brats2024_ped --json

    Every file is read to its end. Exit status 1 if any case has an error.
    """
    from bratsfuse.builders import find_cases
    from bratsfuse.building.inspection import inspect_cases
    from bratsfuse.parallel import available_cores
    from bratsfuse.raw.detection import NoLayoutError
    from bratsfuse.raw.loose_files import describe
    from bratsfuse.raw.read_case import read_case
    from bratsfuse.release.recipe import Recipe
    from bratsfuse.terminal.progress import progress

    try:
        found = find_cases(raw, layout, name_mappings)
    except NoLayoutError as problem:
        lines = describe(problem.tree)
        if as_json:
            click.echo(json.dumps({"layout": None, "files": lines}, indent=1))
        else:
            click.echo("\n".join(lines))
        raise
    recipe = Recipe(
        min_area=min_area,
        min_gap=min_gap,
        clip_negatives=clip_negatives,
        any_shape=any_shape,
    )
    with progress() as report:
        inspection = inspect_cases(
            found.layout,
            found.cases,
            recipe,
            read=read_case,
            workers=workers or available_cores(),
            progress=report,
        )
    if as_json:
        content = inspection.to_json()
        content["notes"] = [issue.to_json() for issue in found.notes()]
        click.echo(json.dumps(content, indent=1))
    else:
        click.echo("\n".join(_lines(inspection)))
        for line in lines_of(found.notes()):
            click.echo(line)
    sys.exit(0 if len(inspection.usable) == len(inspection.cases) else 1)


def _lines(inspection: "Inspection") -> list[str]:
    content = inspection.to_json()
    lines = [
        f"{inspection.layout.title} (layout {inspection.layout.name}): "
        f"{content['usable_cases']} of {counted(content['cases'], 'case')} usable, "
        f"{counted(content['patients'], 'patient')}, "
        f"{counted(content['usable_slices'], 'usable slice')}"
    ]
    width = max(len(case.id) for case in inspection.cases)
    for detail in content["details"]:
        state = f"{detail['slices']:3d} slices" if detail["usable"] else "not usable"
        lines.append(
            f"  {detail['case_id']:<{width}}  {state:<10}  {detail['grade']:<7}  "
            f"patient {detail['patient_id']}"
        )
    lines += lines_of(issue for issues in inspection.issues for issue in issues)
    return lines
