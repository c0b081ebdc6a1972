"""``--format npz``: one NumPy archive of all splits, as MedMNIST has them."""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.exports._format import ExportFormat, Wish

if TYPE_CHECKING:
    import numpy.typing as npt

    from bratsfuse.release.manifest import Manifest

ARCHIVE_NAME: Final = "bratsfuse.npz"

_SHORT: Final = {"validation": "val"}
"""What MedMNIST calls a split."""

_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same release gives the same bytes


def _write(wish: Wish) -> list[str]:
    from bratsfuse.anatomy import Modality
    from bratsfuse.exports._slices import images_and_mask
    from bratsfuse.place import new_result
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.release.parquet import EXPORT
    from bratsfuse.release.terms import MIND, write_terms

    release = Path(wish.source)
    manifest = read_manifest(release)
    channels = images_and_mask(manifest, wish.columns, tuple(Modality))
    with new_result(wish.target, EXPORT, outside=[release]) as new:
        with zipfile.ZipFile(new / ARCHIVE_NAME, "w", zipfile.ZIP_DEFLATED) as archive:
            for split in manifest.splits:
                _write_split(archive, release, manifest, split, channels, wish)
            _member(archive, "channels", [_texts(channels)])
        write_terms(new, release, manifest)
    return [
        f"{wish.target / ARCHIVE_NAME}: {', '.join(channels)} as channels; {MIND}",
        "numpy.load reads whole arrays into memory",
    ]


def _write_split(
    archive: zipfile.ZipFile,
    release: Path,
    manifest: "Manifest",
    split: str,
    channels: Sequence[str],
    wish: Wish,
) -> None:
    """Write images, labels and ids of a split, one slice set in memory at a time."""
    import numpy as np

    from bratsfuse.records import SliceId
    from bratsfuse.release.columns import MASK
    from bratsfuse.release.masks import read_pixels
    from bratsfuse.release.split_file import SplitFile

    prefix = _SHORT.get(split, split)
    with SplitFile(release / manifest.splits[split].file) as rows:
        count = len(rows)
        shape = (count, *manifest.image_shape)

        def images() -> Iterable["npt.NDArray[np.uint8]"]:
            for row in range(count):
                yield np.stack([rows.pixels(name, row) for name in channels], axis=-1)
                wish.progress(f"export {split}", row + 1, count)

        _member(archive, f"{prefix}_images", images(), (*shape, len(channels)))
        if manifest.has_labels(split):
            labels = manifest.source.labels
            masks = (read_pixels(rows, MASK, row, labels) for row in range(count))
            _member(archive, f"{prefix}_labels", masks, shape)
        cases, zs = rows.texts("case_id"), rows.array("slice_index").tolist()
        ids = [str(SliceId(case, z)) for case, z in zip(cases, zs, strict=True)]
        _member(archive, f"{prefix}_ids", [_texts(ids)])
        patients = [manifest.case(case).patient for case in cases]
        _member(archive, f"{prefix}_patients", [_texts(patients)])


def _texts(values: Sequence[str]) -> "npt.NDArray[Any]":
    """Return texts as an array that is read without unpickling."""
    import numpy as np

    return np.array([str(value) for value in values], dtype=np.str_)


def _member(
    archive: zipfile.ZipFile,
    name: str,
    parts: "Iterable[npt.NDArray[Any]]",
    shape: tuple[int, ...] | None = None,
) -> None:
    """Write an array of an archive: uint8 of a shape in parts, or one whole array."""
    import numpy as np

    info = zipfile.ZipInfo(f"{name}.npy", _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as file:
        if shape is None:
            for whole in parts:
                np.lib.format.write_array(file, whole, allow_pickle=False)
            return
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part).data)


FORMAT: Final = ExportFormat(
    summary=f"{ARCHIVE_NAME} with train_images, train_labels, ..., like MedMNIST",
    write=_write,
    takes=frozenset({"columns"}),
)
