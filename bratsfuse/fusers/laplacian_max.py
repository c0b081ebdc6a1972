"""A Laplacian pyramid: brightest base, strongest detail."""

from functools import partial
from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._pyramid import fuse_pyramids

FUSER: Final = Fuser(
    function=partial(fuse_pyramids, base="max", detail="max"),
    summary="Laplacian pyramid: base maximum, strongest detail",
)
