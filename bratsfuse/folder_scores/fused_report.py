"""A folder with the scores of fused images: record, table, page and figures."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bratsfuse.folder_scores import record
from bratsfuse.folder_scores.figures import draw
from bratsfuse.folder_scores.fused import FusedScores
from bratsfuse.folder_scores.page import PageText, render_page
from bratsfuse.folder_scores.report_folder import (
    FOLDER,
    IMAGES_NAME,
    PAGE_NAME,
    RECORD_NAME,
    as_text,
    write_folder,
)
from bratsfuse.folder_scores.score_table import ScoreTable
from bratsfuse.folder_scores.table import methods_to_csv
from bratsfuse.place import check_target, new_result

SCHEMA: Final = 1


def write_fused_scores(
    scores: FusedScores, folder: Path, *, overwrite: bool = False
) -> None:
    """Write scores of fused images as a folder; it appears complete or not at all.

    Parameters
    ----------
    scores
        What `score_fused` returned.
    folder
        Where to; folders above it are made.
    overwrite
        Replace the scores that are there.

    Raises
    ------
    InvalidInputError
        If something else is there, or it cannot be written.
    """
    check_target(folder, FOLDER, overwrite=overwrite)
    tables = {IMAGES_NAME: methods_to_csv(scores.tables)}
    content = to_record(scores, tables)
    plates = draw(scores.methods)
    text = _text_of(scores, content["files"])
    page = render_page(scores.methods, text, plates, scores.issues, content)
    texts = tables | {RECORD_NAME: as_text(content), PAGE_NAME: page}
    with new_result(folder, FOLDER, overwrite=overwrite) as new:
        write_folder(new, texts, plates)


def to_record(scores: FusedScores, tables: Mapping[str, str]) -> dict[str, Any]:
    """Return all that is known of the scores but single values, as JSON values."""
    results = scores.methods.first
    return {
        "schema": SCHEMA,
        "kind": "fused images",
        **record.made_by(),
        **inputs_of(_any_table(scores)),
        "images": len(results),
        "patients": len(set(results.patients)),
        **record.of_methods(scores.methods),
        "issues": [issue.to_json() for issue in scores.issues],
        "files": {
            name: hashlib.sha256(text.encode()).hexdigest()
            for name, text in tables.items()
        },
    }


def inputs_of(table: ScoreTable) -> dict[str, Any]:
    """Return what images were compared with, and by whose definitions."""
    return {
        "convention": table.convention,
        "sources": [str(source) for source in table.sources],
        "reference": None if table.reference is None else str(table.reference),
        "brain": table.brain,
        "luminance": table.luminance,
        "per_source": list(table.per_source),
        "colour": None if table.colour is None else str(table.colour),
    }


def _any_table(scores: FusedScores) -> ScoreTable:
    return next(iter(scores.tables.values()))


def _text_of(scores: FusedScores, digests: Mapping[str, str]) -> PageText:
    table = _any_table(scores)
    numbered = [
        f"{place}. {source}" for place, source in enumerate(table.sources, start=1)
    ]
    where = [] if table.reference is None else [("Masks", str(table.reference))]
    if table.per_source:
        where.append(("Sources in columns", ", ".join(table.per_source)))
    if table.colour is not None:
        where.append(("Colours compared with", str(table.colour)))
    note = (
        "Definitions of bratsfuse."
        if table.convention == "bratsfuse"
        else f"Definitions of {table.convention}; not comparable with other ones."
    )
    return PageText(
        kicker="Scores of folders of fused images",
        unit="image",
        compared_with=" + ".join(source.name for source in table.sources),
        note=note,
        facts=[
            ("Sources, in this order", "; ".join(numbered)),
            *(
                (f"Fused by {name}", str(one.fused))
                for name, one in scores.tables.items()
            ),
            *where,
            ("Definitions", table.convention),
            *((f"Digest of {name}", digest) for name, digest in digests.items()),
        ],
    )
