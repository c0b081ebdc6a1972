"""Principal component weights, from the pixels of the head."""

from functools import partial
from typing import Final

from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._principal import fuse_principal

FUSER: Final = Fuser(
    function=partial(fuse_principal, background=False),
    summary="weights of the first principal component of the head",
)
