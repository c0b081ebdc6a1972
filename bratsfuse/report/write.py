"""Writing a report folder: as a whole, and never over anything else."""

import dataclasses
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.report.figures import Plate, draw, figure_files
from bratsfuse.report.files import (
    PER_CASE_NAME,
    PER_SLICE_NAME,
    REPORT_NAME,
    read_report,
    to_csv,
    to_json,
)
from bratsfuse.report.page import render_page
from bratsfuse.report.records import Evaluation

PAGE_NAME: Final = "report.html"
FIGURES_NAME: Final = "figures"

_OURS: Final = frozenset(
    {REPORT_NAME, PER_SLICE_NAME, PER_CASE_NAME, PAGE_NAME, FIGURES_NAME}
)


def write_report(
    evaluation: Evaluation, folder: Path, *, overwrite: bool = False
) -> None:
    """Write the folder of a report; it appears whole or not at all.

    Record and page always; tables and figures if the submission was scored.

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
        If `check_report_target` refuses the folder.
    """
    check_report_target(folder, overwrite=overwrite)
    evaluation, tables = _with_tables(evaluation)
    scored = evaluation.report.status == "scored"
    plates = draw(evaluation) if scored else ()
    texts = {
        **tables,
        REPORT_NAME: to_json(evaluation.report),
        PAGE_NAME: render_page(evaluation, plates),
    }
    folder = folder.absolute()
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for name, text in texts.items():
            (partial / name).write_bytes(text.encode())
        if scored:
            _write_figures(partial / FIGURES_NAME, plates)
        _put_in_place(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_report_target(
    folder: Path, *, overwrite: bool, outside: Iterable[Path] = ()
) -> None:
    """Refuse a folder that a report may not replace, best before scoring.

    Parameters
    ----------
    folder
        Where the report is to be.
    overwrite
        Replace an older report.
    outside
        Folders that a report would spoil, such as the release.

    Raises
    ------
    InvalidInputError
        If it exists and is neither empty nor a report, or is a report of scores that
        is not to be replaced, or is no folder, or lies in one of `outside`. A report
        of a refusal holds nothing that would be lost.
    """
    for place in outside:
        if folder.resolve().is_relative_to(place.resolve()):
            raise InvalidInputError(
                f"{folder}: lies in {place}, where a report is out of place; choose a "
                "folder outside"
            )
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise InvalidInputError(f"{folder}: exists and is no folder; choose a new name")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    if REPORT_NAME not in names or names - _OURS:
        strange = ", ".join(sorted(names - _OURS)[:3]) or "no report.json"
        raise InvalidInputError(
            f"{folder}: exists and is no report (found {strange}); choose a new folder"
        )
    if not overwrite and not _is_refusal(folder):
        raise InvalidInputError(
            f"{folder}: holds a report; choose a new folder, or --overwrite to "
            "replace it"
        )


def _is_refusal(folder: Path) -> bool:
    try:
        return read_report(folder).status == "refused"
    except InvalidInputError:  # of another version, perhaps: not ours to replace
        return False


def _with_tables(evaluation: Evaluation) -> tuple[Evaluation, dict[str, str]]:
    """Return the evaluation with the digests of its tables, and these as text."""
    tables = {
        name: to_csv(results)
        for name, results in (
            (PER_SLICE_NAME, evaluation.per_slice),
            (PER_CASE_NAME, evaluation.per_case),
        )
        if results is not None
    }
    digests = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in tables.items()
    }
    report = dataclasses.replace(evaluation.report, files=digests)
    return dataclasses.replace(evaluation, report=report), tables


def _write_figures(folder: Path, plates: tuple[Plate, ...]) -> None:
    folder.mkdir()
    for name, svg in figure_files(plates).items():
        (folder / name).write_bytes(svg.encode())


def _put_in_place(partial: Path, folder: Path) -> None:
    """Rename a finished folder; an older report goes only once the new one is there."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        partial.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
