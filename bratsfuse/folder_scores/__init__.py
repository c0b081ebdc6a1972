"""Scores of plain folders of images: no release is needed.

- `partners`: which images belong together by their names, and which have no partner;
- `plausible`: what a sample of them shows to be wrong;
- `score`: fusion metrics of images of the same name;
- `table`: the scores as CSV, JSON and text.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.folder_scores.score import ScoreTable as ScoreTable
    from bratsfuse.folder_scores.score import Summary as Summary
    from bratsfuse.folder_scores.score import UnscorableError as UnscorableError
    from bratsfuse.folder_scores.score import score_folders as score_folders
    from bratsfuse.folder_scores.table import write_scores as write_scores

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "score": ["ScoreTable", "Summary", "UnscorableError", "score_folders"],
        "table": ["write_scores"],
    },
)
