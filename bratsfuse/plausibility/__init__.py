"""Plausibility: what images show to be wrong that every rule of form lets pass.

A fused image that is transposed, a mask in another label coding: each is of the right
shape and type, scores badly, and nobody is warned. What is measured here are doubts,
never errors: a number and what it would be the other way. Read it in this order:

- `doubt`: one doubt, and the table of all kinds with their fix;
- `sample`: which slices are looked at;
- `turns`: the ways in which an image can be turned round;
- `detail`: how well fine detail of two images agrees, at every shift;
- `fused_orientation`: fused images against their sources, turned and shifted;
- `fused_order`: fused images against the sources of other slices;
- `fused_values`: never scaled, inverted, not 0 in the background;
- `fused_copies`: equal to a source;
- `repeats`: one value, or one image, for different slices; for masks, too;
- `mask_orientation`: masks against the reference, turned and shifted;
- `mask_codings`: masks against the reference, their labels exchanged;
- `mask_contents`: labels outside the head, one label alone; no reference is needed;
- `fused`, `masks`: all of these for a track.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.plausibility.doubt import DOUBTS as DOUBTS
    from bratsfuse.plausibility.doubt import Doubt as Doubt
    from bratsfuse.plausibility.fused import fused_doubts as fused_doubts
    from bratsfuse.plausibility.masks import mask_doubts as mask_doubts
    from bratsfuse.plausibility.repeats import Repeats as Repeats
    from bratsfuse.plausibility.sample import LOOKED_AT as LOOKED_AT
    from bratsfuse.plausibility.sample import spread as spread

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "doubt": ["DOUBTS", "Doubt"],
        "fused": ["fused_doubts"],
        "masks": ["mask_doubts"],
        "repeats": ["Repeats"],
        "sample": ["LOOKED_AT", "spread"],
    },
)
