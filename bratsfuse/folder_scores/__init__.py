"""Scores of plain folders of masks or of fused images: no release is needed.

- `places`, `matching`, `partners`: where images lie, which belong together, and which
  have no partner;
- `label_file`, `coding`, `place_codings`, `partial_volumes`: a mask file as a label
  map, what its labels mean, and whether slices of it were left out;
- `masks`, `mask_rules`, `mask_case`, `lesion_rows`, `challenge`, `mask_doubts`,
  `mask_sample`: segmentation metrics of masks, how they are scored, a case, its
  lesions, a challenge's own scores, what looks like a mistake, and in a sample;
- `survey`, `plausible`: fused images with their sources, and what a sample of them
  shows to be wrong;
- `score`, `fused`, `image_rows`, `columns`, `score_table`: fusion metrics of images of
  the same name, where each looks, and the table of one folder;
- `patients`: who the patient of a case is;
- `methods`: several methods on the same cases, with their statistics;
- `table`, `mask_tables`, `record`: the scores as CSV and JSON;
- `method_text`, `page`, `mask_page`, `figures`: for a terminal and for a browser;
- `report_folder`, `mask_report`, `fused_report`: the whole folder.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.folder_scores.fused import FusedScores as FusedScores
    from bratsfuse.folder_scores.fused import score_fused as score_fused
    from bratsfuse.folder_scores.fused_report import (
        write_fused_scores as write_fused_scores,
    )
    from bratsfuse.folder_scores.mask_report import (
        write_mask_scores as write_mask_scores,
    )
    from bratsfuse.folder_scores.masks import MaskScores as MaskScores
    from bratsfuse.folder_scores.masks import score_masks as score_masks
    from bratsfuse.folder_scores.score import UnscorableError as UnscorableError
    from bratsfuse.folder_scores.score import score_folders as score_folders
    from bratsfuse.folder_scores.score_table import ScoreTable as ScoreTable
    from bratsfuse.folder_scores.score_table import Summary as Summary
    from bratsfuse.folder_scores.table import write_scores as write_scores

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "fused": ["FusedScores", "score_fused"],
        "fused_report": ["write_fused_scores"],
        "mask_report": ["write_mask_scores"],
        "masks": ["MaskScores", "score_masks"],
        "score": ["UnscorableError", "score_folders"],
        "score_table": ["ScoreTable", "Summary"],
        "table": ["write_scores"],
    },
)
