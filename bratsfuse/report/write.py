"""Writing a report folder: as a whole, and never over anything else."""

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, check_target, lacking, new_result, workplace
from bratsfuse.report.figures import Plate, draw, figure_files
from bratsfuse.report.files import (
    DOWNSTREAM_NAME,
    PER_CASE_NAME,
    PER_SLICE_NAME,
    REPORT_NAME,
    read_report,
    to_csv,
    to_json,
)
from bratsfuse.report.page import render_page
from bratsfuse.report.records import Evaluation
from bratsfuse.report.slice_pages import SLICES_NAME, write_slices

PAGE_NAME: Final = "report.html"
FIGURES_NAME: Final = "figures"

OURS: Final = frozenset(
    {
        REPORT_NAME,
        PER_SLICE_NAME,
        PER_CASE_NAME,
        DOWNSTREAM_NAME,
        PAGE_NAME,
        FIGURES_NAME,
    }
)


def _flaw(folder: Path) -> str:
    strange = sorted({path.name for path in folder.iterdir()} - OURS)
    if strange:
        return f"found {', '.join(strange[:3])}"
    return lacking(REPORT_NAME)(folder)


def _is_refusal(folder: Path) -> bool:
    try:
        return read_report(folder).status == "refused"
    except InvalidInputError:  # of another version, perhaps: not ours to replace
        return False


REPORT: Final = Kind(
    name="report",
    parents=True,
    flaw=_flaw,
    spare=_is_refusal,  # which contains nothing that would be lost
    advice="choose a new folder, or --overwrite to replace it",
)


@contextmanager
def room_for_slices(folder: Path, *, asked: bool = True) -> Iterator[Path | None]:
    """Yield an empty folder beside a report that is gone afterwards; None if not asked.

    Crops of slices are made while a submission is scored, before its report is there.
    """
    if not asked:
        yield None
        return
    place = folder.absolute()
    with workplace(place.with_name(f"{place.name}.slices"), REPORT) as room:
        yield room


def write_report(
    evaluation: Evaluation, folder: Path, *, overwrite: bool = False
) -> None:
    """Write the folder of a report; it appears complete or not at all.

    Record and page always; tables and figures if the submission was scored; crops of
    its slices if the evaluation has them.

    Parameters
    ----------
    evaluation
        What scoring found. ``report.files`` is filled in here.
    folder
        Where to; folders above it are made.
    overwrite
        Replace an older report.

    Raises
    ------
    InvalidInputError
        If something else is there, or a report of scores that is not to be replaced;
        if it cannot be written.
    """
    check_target(folder, REPORT, overwrite=overwrite)
    evaluation, tables = _with_tables(evaluation)
    scored = evaluation.report.status == "scored"
    plates = draw(evaluation) if scored else ()
    texts = {
        **tables,
        REPORT_NAME: to_json(evaluation.report),
        PAGE_NAME: render_page(evaluation, plates),
    }
    with new_result(folder, REPORT, overwrite=overwrite) as new:
        for name, text in texts.items():
            (new / name).write_bytes(text.encode())
        if scored:
            write_figures(new / FIGURES_NAME, plates)
            if evaluation.slices is not None:
                place = new / FIGURES_NAME / SLICES_NAME
                write_slices(evaluation, evaluation.slices, place)


def _with_tables(evaluation: Evaluation) -> tuple[Evaluation, dict[str, str]]:
    """Return the evaluation with the digests of its tables, and these as text."""
    tables = {
        name: to_csv(results)
        for name, results in (
            (PER_SLICE_NAME, evaluation.per_slice),
            (PER_CASE_NAME, evaluation.per_case),
            (DOWNSTREAM_NAME, evaluation.downstream),
        )
        if results is not None
    }
    digests = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in tables.items()
    }
    report = dataclasses.replace(evaluation.report, files=digests)
    return dataclasses.replace(evaluation, report=report), tables


def write_figures(folder: Path, plates: tuple[Plate, ...]) -> None:
    """Write the figures of a report into a new folder."""
    folder.mkdir()
    for name, svg in figure_files(plates).items():
        (folder / name).write_bytes(svg.encode())
