"""Challenge platforms: one file each, which makes a folder that is ready for it.

To add a platform, add a file here with a `PLATFORM`; its name becomes the name of the
platform. A third party declares an entry point in the group ``bratsfuse.platforms``.
docs/challenges.md says how each is used, tested and kept fair. The files that are
copied are in ``templates/``.
"""

from typing import Final

from bratsfuse.challenges.platform import Challenge, Platform
from bratsfuse.registry import Registry

__all__ = ["PLATFORMS", "Challenge", "Platform"]

PLATFORMS: Final = Registry[Platform](
    "bratsfuse.platforms", attribute="PLATFORM", kind="platform", type_=Platform
)
"""Name -> platform, of every file of this folder and every third party's."""
