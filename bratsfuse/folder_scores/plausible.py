"""Whether fused images in folders can be what is meant: a sample beside its sources."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from bratsfuse.arrays import Image
from bratsfuse.image_files import read_grey
from bratsfuse.issues import Issue, warning
from bratsfuse.plausibility import LOOKED_AT, Repeats, fused_doubts, spread

_SIDE: Final = 512
"""Of larger images the middle is looked at, which every flip maps upon itself."""
_PIXELS: Final = 4_000_000
_FEWEST: Final = 3


class Files(Protocol):
    """The files of one image."""

    @property
    def name(self) -> str:
        """The name that its files share."""
        ...

    @property
    def fused(self) -> Path:
        """The fused image."""
        ...

    @property
    def sources(self) -> tuple[Path, ...]:
        """The images that it was made of."""
        ...


def doubtful(jobs: Sequence[Files]) -> list[Issue]:
    """Return a warning for everything about fused images that is not plausible.

    Parameters
    ----------
    jobs
        The files of every image; of equal sizes in each.

    Raises
    ------
    OSError
        If pixels cannot be decoded.
    """
    if not jobs:
        return []
    most = max(_FEWEST, min(LOOKED_AT, _PIXELS // _middle(jobs[0].fused).size))
    looked_at = [jobs[place] for place in spread(len(jobs), most)]
    fused = [_middle(job.fused) for job in looked_at]
    folders = [path.parent for path in jobs[0].sources]
    sources = {
        str(folder): [_middle(job.sources[place]) for job in looked_at]
        for place, folder in enumerate(folders)
    }
    repeats = Repeats()
    for job, image in zip(looked_at, fused, strict=True):
        repeats.add(image, job.name)
    where = str(jobs[0].fused.parent)
    return [
        warning(where, doubt.code, doubt.message)
        for doubt in (*repeats.doubts(), *fused_doubts(fused, sources))
    ]


def _middle(path: Path) -> Image:
    """Return the middle of an image, all of it if it is not large."""
    image = read_grey(path)
    top, left = (max(0, (side - _SIDE) // 2) for side in image.shape)
    height, width = image.shape
    return image[top : height - top, left : width - left]
