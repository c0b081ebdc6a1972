"""The metrics inside a training script: tensors in, a dictionary of tensors out.

`FusionEvaluator`
    Fused images of a validation loop against their sources.
`SegmentationEvaluator`
    Predicted label maps against those of the release.

Both are used like a metric of torchmetrics, which they do not need: ``update`` takes a
batch, prediction first, ``compute`` returns the scores of all batches, ``reset``
forgets them, and calling the evaluator updates it and returns the scores of that batch
alone. They give the numbers of ``bratsfuse evaluate``: the arithmetic is that of
`bratsfuse.metrics`, on the processor, and with ``case_id`` the case is the unit. Where
a training runs in several processes, each has its own: gather predictions first.
"""

from bratsfuse.evaluators.of_fusion import FusionEvaluator
from bratsfuse.evaluators.of_segmentation import SegmentationEvaluator

__all__ = ["FusionEvaluator", "SegmentationEvaluator"]
