"""Principal component weights, from every pixel."""

from functools import partial
from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._principal import fuse_principal

FUSER: Final = Fuser(
    function=partial(fuse_principal, background=True),
    summary="weights of the first principal component of all pixels",
)
