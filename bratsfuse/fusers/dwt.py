"""The discrete wavelet transform."""

from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._wavelets import fuse_decimated

FUSER: Final = Fuser(
    function=fuse_decimated,
    summary="discrete wavelets: mean approximation, strongest details",
    exact=False,
    extra="wavelets",
)
