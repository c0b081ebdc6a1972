"""A Laplacian pyramid: mean of the bases, details weighted by local energy."""

from functools import partial
from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._pyramid import fuse_pyramids

FUSER: Final = Fuser(
    function=partial(fuse_pyramids, base="mean", detail="energy"),
    summary="Laplacian pyramid: base mean, details by local energy",
)
