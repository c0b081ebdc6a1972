"""One file per metric of masks; `bratsfuse.metrics.segmentation` is the chapter.

What only metrics need is in the files with an underscore. The names here are for scores
of folders, for the command line and for tests.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.metrics.of_segmentation._asked import metrics_asked as metrics_asked
    from bratsfuse.metrics.of_segmentation._challenges import (
        find_challenge as find_challenge,
    )
    from bratsfuse.metrics.of_segmentation._coded import expressed as expressed
    from bratsfuse.metrics.of_segmentation._counts import count as count
    from bratsfuse.metrics.of_segmentation._instances import clear_pairs as clear_pairs
    from bratsfuse.metrics.of_segmentation._instances import (
        find_instances as find_instances,
    )
    from bratsfuse.metrics.of_segmentation._lesion_presets import (
        find_preset as find_preset,
    )
    from bratsfuse.metrics.of_segmentation._masks import check_regions as check_regions
    from bratsfuse.metrics.of_segmentation._pair import RegionPair as RegionPair
    from bratsfuse.metrics.of_segmentation._surfels import surfel_sizes as surfel_sizes

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_asked": ["metrics_asked"],
        "_challenges": ["find_challenge"],
        "_coded": ["expressed"],
        "_counts": ["count"],
        "_instances": ["clear_pairs", "find_instances"],
        "_lesion_presets": ["find_preset"],
        "_masks": ["check_regions"],
        "_pair": ["RegionPair"],
        "_surfels": ["surfel_sizes"],
    },
)
