"""A folder with the scores of masks: record, tables, page and figures."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bratsfuse.folder_scores import record
from bratsfuse.folder_scores.challenge import means_of
from bratsfuse.folder_scores.figures import draw
from bratsfuse.folder_scores.lesion_rows import wants_lesions
from bratsfuse.folder_scores.mask_page import text_of
from bratsfuse.folder_scores.mask_tables import (
    cases_to_csv,
    challenge_to_csv,
    lesions_to_csv,
)
from bratsfuse.folder_scores.masks import MaskScores
from bratsfuse.folder_scores.page import render_page
from bratsfuse.folder_scores.report_folder import (
    CASES_NAME,
    CHALLENGE_NAME,
    FOLDER,
    LESIONS_NAME,
    PAGE_NAME,
    RECORD_NAME,
    as_text,
    write_folder,
)
from bratsfuse.place import check_target, new_result

SCHEMA: Final = 1


def write_mask_scores(
    scores: MaskScores, folder: Path, *, overwrite: bool = False
) -> None:
    """Write scores of masks as a folder; it appears complete or not at all.

    Parameters
    ----------
    scores
        What `score_masks` returned.
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
    tables = {CASES_NAME: cases_to_csv(scores.methods)}
    if wants_lesions(scores.rules.metrics):
        tables[LESIONS_NAME] = lesions_to_csv(scores)
    if scores.rules.challenge:
        tables[CHALLENGE_NAME] = challenge_to_csv(scores)
    content = to_record(scores, tables)
    plates = draw(scores.methods, scores.cases)
    text = text_of(scores, content["files"])
    page = render_page(scores.methods, text, plates, scores.issues, content)
    texts = tables | {RECORD_NAME: as_text(content), PAGE_NAME: page}
    with new_result(folder, FOLDER, overwrite=overwrite) as new:
        write_folder(new, texts, plates)


def to_record(scores: MaskScores, tables: Mapping[str, str]) -> dict[str, Any]:
    """Return all that is known of the scores but single values, as JSON values."""
    rules = scores.rules
    table = scores.methods.first
    return {
        "schema": SCHEMA,
        "kind": "masks",
        **record.made_by(),
        "reference": {
            "place": str(scores.reference),
            "taken_off": list(scores.affix),
        },
        "rules": {
            "coding": rules.told,
            "reference_coding": rules.reference_told,
            "regions": dict(rules.regions),
            "preset": rules.preset,
            "policy": rules.policy,
            "spacing_mm": rules.spacing_mm,
            "challenge": rules.challenge,
        },
        "cases": len(table),
        "patients": len(set(table.patients)),
        **record.of_methods(scores.methods),
        "challenge": {
            name: means_of([case.methods[name].challenge for case in scores.cases])
            for name in scores.methods.by_name
            if scores.rules.challenge
        },
        "grids": [
            {
                "case": case.case,
                "shape": list(case.shape),
                "spacing_mm": list(case.spacing_mm),
                "dimensions": case.ndim,
            }
            for case in scores.cases
        ],
        "issues": [issue.to_json() for issue in scores.issues],
        "files": {
            name: hashlib.sha256(text.encode()).hexdigest()
            for name, text in tables.items()
        },
    }
