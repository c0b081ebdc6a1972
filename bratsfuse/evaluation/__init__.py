"""Evaluation: scoring a submission, from slices to cases to means with intervals.

- `pipeline`: all the way from files to an evaluation;
- `settings`: how to score, and what of that makes numbers comparable;
- `references`: the true masks, from the release or an answer key;
- `score`: a submission that was read, scored;
- `slices`: every slice as it is, undefined left undefined;
- `cases`: the slices of a case, pooled;
- `reference_segmenter`: what a frozen network finds in fused images;
- `missing`: what a slice that was not submitted is worth;
- `tables`, `summary`: scores as tables, then means and their intervals;
- `downstream_rules`: how use downstream is scored, and what may be ranked by it;
- `chosen_slices`, `slice_crops`: which slices a report shows, and crops of all;
- `stamps`: what a report says of data and software;
- `recheck`: whether an earlier report can be reproduced.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.evaluation.pipeline import GOLD as GOLD
    from bratsfuse.evaluation.pipeline import evaluate as evaluate
    from bratsfuse.evaluation.recheck import differences as differences
    from bratsfuse.evaluation.settings import Settings as Settings

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pipeline": ["GOLD", "evaluate"],
        "recheck": ["differences"],
        "settings": ["Settings"],
    },
)
