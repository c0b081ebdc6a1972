"""The stationary wavelet transform."""

from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._wavelets import fuse_stationary

FUSER: Final = Fuser(
    function=fuse_stationary,
    summary="stationary wavelets: mean approximation, strongest details",
    exact=False,
    extra="wavelets",
)
