"""The part of a scene that is not background: outside it every image is 0.

Most of a skull-stripped slice is background, and what a metric of small neighbourhoods
makes of it is known beforehand. Such a metric looks at the part alone: not an
approximation, the value is the same.
"""

import numpy as np

from bratsfuse.metrics.of_fusion._box import Box, around, grown, part
from bratsfuse.metrics.of_fusion._scene import Image, Pair, Scene, once

MARGIN = 2
"""Lines of zeros around it: beyond them every rule for a border finds zeros, too."""


def foreground(scene: Scene) -> tuple[Scene, int]:
    """Return the part of a scene with its margin, and how many pixels count outside.

    The maps of a source are kept with it, so the box must not depend on the fused
    image: it is that of the sources, or all if the fused image has something outside.
    """
    shape = scene.fused.shape
    images = scene.sources or (scene.fused,)
    box = grown(around(*(image.box for image in images)), MARGIN, shape)
    whole = (0, shape[0], 0, shape[1])
    if box == whole or around(box, scene.fused.box) != box:
        # Not remembered: a scene that refers to itself is not freed with its maps.
        return scene, 0
    return _inner(scene, box)


@once
def _inner(scene: Scene, box: Box) -> tuple[Scene, int]:
    found = Scene(
        [_cut(source, box) for source in scene.sources], _cut(scene.fused, box)
    )
    found.pairs = tuple(_cut_pair(pair, box) for pair in scene.pairs)
    if scene.inside is None:
        return found, scene.fused.grey.size - found.fused.grey.size
    found.inside = np.ascontiguousarray(scene.inside[part(box)])
    count = int(np.count_nonzero(scene.inside))
    return found, count - int(np.count_nonzero(found.inside))


@once
def _cut(image: Image, box: Box) -> Image:
    return Image(np.ascontiguousarray(image.grey[part(box)]))


@once
def _cut_pair(pair: Pair, box: Box) -> Pair:
    return Pair(_cut(pair.source, box), _cut(pair.fused, box))
