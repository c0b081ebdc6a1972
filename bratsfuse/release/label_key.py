"""The answer key: the hidden masks of a release, and the proof that they are.

A release with hidden labels carries a digest of them in its manifest that is keyed with
a secret salt (HMAC-SHA256): without the salt it shows nothing and confirms no guess;
with the answer key, which contains salt and masks, anyone can see that the two belong
together.
"""

import hashlib
import hmac
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.issues import Issue, error
from bratsfuse.place import Kind, check_target, new_result
from bratsfuse.records import SliceId
from bratsfuse.release.column import Column
from bratsfuse.release.columns import MASK, label_columns
from bratsfuse.release.fingerprint import row_digest
from bratsfuse.release.manifest import Manifest, building_folder
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile, rows_of
from bratsfuse.release.store import merge

KEY_SUFFIX: Final = ".key.h5"
SALT_BYTES: Final = 32

_KIND: Final = "label key"
_DOMAIN: Final = b"bratsfuse withheld labels 1\n"


def _flaw(path: Path) -> str:
    try:
        with SplitFile(path) as file:
            return "" if file.attributes.get("kind") == _KIND else "another HDF5 file"
    except ReleaseError:
        return "no HDF5 file"


LABEL_KEY: Final = Kind(
    name="answer key",
    error=ReleaseError,
    file=True,
    private=True,
    flaw=_flaw,
    advice="without it nobody can score its release; move it away, choose another "
    "name or pass --overwrite",
)


@dataclass(frozen=True)
class LabelKey:
    """The hidden masks of one split, opened and found to be those of a release.

    It may travel to other processes: the file is opened where it is read.

    Attributes
    ----------
    path
        The answer key.
    split
        The split.
    fingerprint
        Of the release that the answer key is for.
    salt
        The secret of the keyed digest; shown nowhere.
    ids
        The slice sets, in the order of the split's file.
    labels
        The values that its masks may contain.
    """

    path: Path
    split: str
    fingerprint: str
    salt: bytes = field(repr=False)
    ids: tuple[SliceId, ...] = field(repr=False)
    labels: frozenset[Label] = field(repr=False)
    _rows: tuple[int, ...] = field(repr=False)
    _file: SplitFile = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.ids)

    def mask(self, row: int) -> npt.NDArray[np.uint8]:
        """Return the mask of a row of the split, uint8 (H, W), canonical labels."""
        return read_pixels(self._file, MASK, self._rows[row], self.labels)


def key_path(release: Path) -> Path:
    """Return where the answer key of a release is written by default."""
    release = release.absolute()
    return release.with_name(f"{release.name}{KEY_SUFFIX}")


def write_key(
    path: Path, table: Sequence[Column], parts: Sequence[Path], fingerprint: str
) -> dict[str, str]:
    """Write an answer key with a fresh salt; return the keyed digest of each split.

    Parameters
    ----------
    path
        The file, readable and writable by its owner only; replaced if it is there.
    table
        The columns of the release.
    parts
        Files with the label columns of the table, at least one, in row order.
    fingerprint
        Of the release.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    attributes = {"kind": _KIND, "fingerprint": fingerprint, "salt": salt.hex()}
    with new_result(path, LABEL_KEY, overwrite=True) as new:
        merge(parts, new, label_columns(table), attributes)
    with SplitFile(path) as file:
        return _digests(file, label_columns(table), salt)


def check_key_target(key: Path, release: Path, *, overwrite: bool) -> None:
    """Refuse a path where an answer key cannot or must not be, before any work is done.

    Raises
    ------
    ReleaseError
        If it is in the release, its folder is missing or cannot be written to, or
        something is there that is no answer key or that `overwrite` does not allow to
        replace.
    """
    outside = (release, building_folder(release))  # a release would leak its key
    check_target(key, LABEL_KEY, overwrite=overwrite, outside=outside)


def place_key(written: Path, key: Path, *, overwrite: bool) -> None:
    """Copy an answer key to its path, for its owner's eyes only."""
    with new_result(key, LABEL_KEY, overwrite=overwrite) as new:
        shutil.copyfile(written, new)


def open_key(path: Path, release: Path, manifest: Manifest, split: str) -> LabelKey:
    """Return the hidden masks of a split, proven to be those of the release.

    Parameters
    ----------
    path
        The answer key.
    release, manifest
        The release.
    split
        One of its splits.

    Raises
    ------
    InvalidInputError
        If there is no such split or its labels are public, or the file is no answer
        key.
    ReleaseError
        If the answer key is of another release, lacks the split, or does not contain
        the masks that the manifest's digest was made of.
    """
    _check_withheld(release, manifest, split)
    with SplitFile(path) as file:
        salt = _salt(file, manifest)
        splits, ids = file.texts("split"), _ids(file)
        table = label_columns(manifest.columns)
        digest = _digests(file, table, salt).get(split, "")
    rows = tuple(row for row, name in enumerate(splits) if name == split)
    chosen = tuple(ids[row] for row in rows)
    with SplitFile(release / manifest.splits[split].file) as stored:
        expected = _ids(stored)
    if chosen != expected:
        raise ReleaseError(
            f"{path}: its {len(chosen)} slice sets of {split} are not the "
            f"{len(expected)} of {release}; use the answer key written with it"
        )
    promised = manifest.withheld[split]
    if not hmac.compare_digest(digest.encode(), promised.encode()):
        raise ReleaseError(
            f"{path}: its masks and salt do not give the digest of {split} in the "
            f"manifest of {release}: one of the two was changed, or the release was "
            "built again; use the answer key that was written with it"
        )
    return LabelKey(
        path=path,
        split=split,
        fingerprint=manifest.fingerprint,
        salt=salt,
        ids=chosen,
        labels=manifest.source.labels,
        _rows=rows,
        _file=file,
    )


def key_issues(path: Path, release: Path, manifest: Manifest) -> Iterator[Issue]:
    """Yield why an answer key is not that of a release; nothing if it fits."""
    if not manifest.withheld:
        text = f"{release} hides no labels; leave --key out"
        yield error(str(path), "key-differs", text)
    for split in manifest.withheld:
        try:
            open_key(path, release, manifest, split)
        except (InvalidInputError, ReleaseError) as problem:
            yield error(f"answer key of {split}", "key-differs", str(problem))


def _check_withheld(release: Path, manifest: Manifest, split: str) -> None:
    if split not in manifest.splits:
        raise InvalidInputError(
            f"{release}: no split {split!r}; it has {', '.join(manifest.splits)}"
        )
    if manifest.has_labels(split):
        raise InvalidInputError(
            f"{release}: its {split} split has its masks; leave the answer key out"
        )


def _salt(file: SplitFile, manifest: Manifest) -> bytes:
    """Return the salt of an answer key that is in form and of a release."""
    if not file.path.is_file():
        raise InvalidInputError(f"{file.path}: no such file; expected an answer key")
    attributes = file.attributes
    forms = {
        column.name: (column.dtype, column.shape(manifest.image_shape))
        for column in label_columns(manifest.columns)
    }
    found = {name: file.form(name) for name in forms}
    shapes = {name: form and (form[0], form[1][1:]) for name, form in found.items()}
    lengths = {form[1][0] for form in found.values() if form and form[1]}
    salt = _from_hex(attributes.get("salt"))
    whole = shapes == forms and len(lengths) == 1 and len(salt) == SALT_BYTES
    if attributes.get("kind") != _KIND or not whole:
        raise InvalidInputError(
            f"{file.path}: not an answer key of this release's form; expected the file "
            "that bratsfuse build --withhold-labels wrote beside it"
        )
    fingerprint = attributes.get("fingerprint")
    if fingerprint != manifest.built_fingerprint:
        raise ReleaseError(
            f"{file.path}: the answer key of release {fingerprint}; "
            f"expected {manifest.built_fingerprint}"
        )
    return salt


def _from_hex(text: object) -> bytes:
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        return b""


def _ids(file: SplitFile) -> tuple[SliceId, ...]:
    slices = file.array("slice_index").tolist()
    return tuple(map(SliceId, file.texts("case_id"), slices))


def _digests(file: SplitFile, table: Sequence[Column], salt: bytes) -> dict[str, str]:
    """Return each split's HMAC-SHA256 over the digests of its rows, in row order.

    A row's digest covers split, id and labels; SHA-256 between changes nothing about
    what a keyed digest proves and hides.
    """
    keyed: dict[str, hmac.HMAC] = {}
    for row in rows_of(file, table):
        split = str(row["split"])
        if split not in keyed:
            keyed[split] = hmac.new(salt, _DOMAIN, hashlib.sha256)
        keyed[split].update(row_digest(table, row).encode())
    return {split: code.hexdigest() for split, code in keyed.items()}
