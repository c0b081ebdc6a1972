"""Label maps to the three nested regions that a segmenter predicts, and back."""

from typing import Final

import torch
from torch import Tensor

from bratsfuse.anatomy import REGIONS, Label, Region, lookup_table

REGION_ORDER: Final = (Region.WT, Region.TC, Region.ET)
"""The region of each channel, largest first."""

_INSIDE: Final = tuple(
    lookup_table(REGIONS[region]).tolist() for region in REGION_ORDER
)


def labels_to_regions(labels: Tensor) -> Tensor:
    """Return one map per region that is 1 where the label belongs to it.

    Parameters
    ----------
    labels
        Integers of `Label`, shape (B, H, W).

    Returns
    -------
    torch.Tensor
        float32, shape (B, 3, H, W), 0 or 1, channels in `REGION_ORDER`.
    """
    inside = torch.tensor(_INSIDE, dtype=torch.float32, device=labels.device)
    return inside[:, labels.long()].movedim(0, 1).contiguous()


def regions_to_labels(regions: Tensor) -> Tensor:
    """Return the label map of three region maps, the innermost region deciding.

    Parameters
    ----------
    regions
        bool, shape (B, 3, H, W), channels in `REGION_ORDER`; they need not be nested.

    Returns
    -------
    torch.Tensor
        uint8, shape (B, H, W): enhancing tumour inside ET, else non-enhancing core
        inside TC, else oedema inside WT, else background. Resection cavity and cystic
        component are not among them: no region distinguishes them.
    """
    whole, core, enhancing = regions.unbind(dim=1)
    labels = torch.zeros_like(whole, dtype=torch.uint8)
    labels[whole] = Label.ED
    labels[core] = Label.NCR
    labels[enhancing] = Label.ET
    return labels


def logits_to_labels(logits: Tensor) -> Tensor:
    """Return the label map of a segmenter's logits, cut at probability one half.

    Parameters
    ----------
    logits
        Shape (B, 3, H, W), channels in `REGION_ORDER`.

    Returns
    -------
    torch.Tensor
        uint8, shape (B, H, W).
    """
    return regions_to_labels(logits > 0)
