"""A Laplacian pyramid: brightest base, details weighted by local energy."""

from functools import partial
from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._pyramid import fuse_pyramids

FUSER: Final = Fuser(
    function=partial(fuse_pyramids, base="max", detail="energy"),
    summary="Laplacian pyramid: base maximum, details by local energy",
)
