"""What the downstream track judges: images of a method, a submission or a program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.methods.by_command import add_product_by_command
from bratsfuse.methods.command import Command, Told
from bratsfuse.methods.find import method_for
from bratsfuse.methods.from_submission import add_submission
from bratsfuse.methods.fuse import add_product
from bratsfuse.methods.predictions import seen_patients
from bratsfuse.progress import Progress, silent
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.submission.file_names import PREDICTIONS_NAME, RECORD_NAME
from bratsfuse.training.run import is_run

PRODUCT: Final = "entry"
"""The fusion product that an entry's images become."""

_FILES: Final = (".zip", ".h5", ".hdf5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the track is to judge.

    Attributes
    ----------
    name
        What tables call it.
    images
        Called with a release and a folder: writes the release into the folder, with
        the entry's images as the product `PRODUCT`.
    submission
        Where the images were submitted; None if a method makes them.
    seen
        Called with a release and the name of a split: returns the patients of the split
        that the method has learned from, as far as that is known.
    """

    name: str
    images: Callable[[Path, Path], Manifest]
    submission: Path | None = None
    seen: Callable[[Path, str], tuple[str, ...]] = lambda _release, _split: ()


def entry_of(
    word: str,
    *,
    name: str | None = None,
    sources: Sequence[Modality] | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Entry:
    """Return the entry of a submission, a method or a run.

    Parameters
    ----------
    word
        The path of a submission for all splits, the folder of a run, or the name of a
        method, see `bratsfuse.methods.method`.
    name
        What to call it; None for the name of the file or the method.
    sources
        The modalities that a method is given; None for those that it takes.
    workers
        Processes that fuse.
    progress
        Called with every fused slice.
    """
    path = Path(word)
    if _is_submission(path):
        images = partial(add_submission, path, product=PRODUCT, progress=progress)
        return Entry(name=name or path.stem, images=images, submission=path)
    images = partial(
        add_product,
        word,
        product=PRODUCT,
        sources=sources,
        workers=workers,
        progress=progress,
    )
    return Entry(
        name=name or (path.name if is_run(path) else word),
        images=images,
        seen=partial(_seen, word, sources),
    )


def _seen(
    word: str, sources: Sequence[Modality] | None, release: Path, split: str
) -> tuple[str, ...]:
    manifest = read_manifest(release)
    return seen_patients(method_for(manifest, word, sources), release, manifest, split)


def entry_of_command(
    command: Command, name: str, *, told: Told, progress: Progress = silent
) -> Entry:
    """Return the entry of a third party's program.

    Parameters
    ----------
    command
        The program.
    name
        What to call it.
    told
        Called with what the program prints.
    progress
        Called with every slice.
    """
    images = partial(
        add_product_by_command, command, product=PRODUCT, told=told, progress=progress
    )
    return Entry(name=name, images=images)


def _is_submission(path: Path) -> bool:
    if path.is_dir():
        return any((path / name).exists() for name in (RECORD_NAME, PREDICTIONS_NAME))
    return path.is_file() and path.suffix.lower() in _FILES
