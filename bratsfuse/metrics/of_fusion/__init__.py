"""One file per metric of fused images; `bratsfuse.metrics.fusion` is the chapter.

What only metrics need is in the files with an underscore. The names here are for tests.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.metrics.of_fusion._fmi import (
        published_information as published_information,
    )
    from bratsfuse.metrics.of_fusion._scene import Image as Image
    from bratsfuse.metrics.of_fusion._scene import Scene as Scene

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_fmi": ["published_information"],
        "_scene": ["Image", "Scene"],
    },
)
