"""Scores of boundary pixels that challenges use, beside those of the metrics' files."""

import numpy as np

from bratsfuse.metrics.of_segmentation._surface import Boundaries


def nsd_between(boundaries: Boundaries, tolerance: float) -> float:
    """Return the mean of the two directed fractions of boundary pixels in tolerance.

    The definition of panoptica and, apart from a 1e-8 in its divisor, of nnU-Net. Other
    than the metric ``nsd_1mm``: boundary pixels are counted, and each direction weighs
    the same.
    """
    within = [float(np.mean(distances <= tolerance)) for distances in boundaries]
    return sum(within) / 2


def pooled_hd95(boundaries: Boundaries) -> float:
    """Return the 95th percentile of the distances of both directions together."""
    return float(np.percentile(np.concatenate(boundaries), 95))
