"""A method's images as one more product of a release: `bratsfuse fuse`."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.building.add_images import add_images
from bratsfuse.errors import InvalidInputError
from bratsfuse.methods.find import cached_method, method_for
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.manifest_parts import AddedProduct


def add_product(
    name: str,
    release: Path,
    target: Path,
    *,
    product: str | None = None,
    sources: Sequence[Modality] | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Manifest:
    """Return the manifest of a new release, with one more fusion product.

    Slice sets, splits and all other columns stay as they are. The new images are those
    that `bratsfuse.methods.predictions.predict` writes: 0 where all that the method was
    given is 0.

    Parameters
    ----------
    name
        A fusion method or a baseline, see `bratsfuse.methods.find.method`.
    release
        The release that it is added to; it is not changed.
    target
        The folder of the new release; it appears in one rename.
    product
        What to call the product; None for the name of the method.
    sources
        The modalities that the method is given; None for what it takes, or, where it
        takes any, for those of the release's own fusion images.
    workers
        Processes. The release is the same for any number.
    overwrite
        Replace a release that already exists.
    progress
        Called after every fused slice.

    Raises
    ------
    UnknownNameError, MissingExtraError, InvalidInputError
        If there is no such method, or it cannot do what is asked; if the product's
        name already exists or cannot name a column.
    ReleaseError
        If the release is not finished or not what it was built as, or if the target
        cannot be written or already exists.
    """
    manifest = read_manifest(release)
    chosen = method_for(manifest, name, sources)
    if "fusion" not in chosen.tracks:
        raise InvalidInputError(
            f"{chosen.name} predicts {', '.join(chosen.tracks)}; "
            "expected a method that fuses"
        )
    record = AddedProduct(
        made_by=chosen.name,
        method=chosen.summary,
        sources=tuple(map(str, chosen.sources)),
        training_data=chosen.training_data,
        added_to=manifest.fingerprint,
    )
    return add_images(
        partial(_by_method, name=name, sources=chosen.sources),
        product or chosen.name,
        record,
        release,
        target,
        workers=workers,
        overwrite=overwrite,
        progress=progress,
    )


def _by_method(
    _slice_id: SliceId,
    originals: Mapping[Modality, Image],
    *,
    name: str,
    sources: tuple[Modality, ...],
) -> Image:
    return cached_method(name, sources)(originals)["fusion"]
