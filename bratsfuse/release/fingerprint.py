"""Content digests: what makes two builds of the same data provably equal.

The digest of a row covers names, types, shapes and values, so that it does not depend
on how HDF5 lays out its bytes or which zlib compressed them. The fingerprint of a
release covers its rows and everything else that a score depends on, see
`bratsfuse.release.scored`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from bratsfuse.release.column import Column

    Value = np.ndarray | np.generic | str | int
    """One cell of a row: an array, a number or a text."""


def row_digest(columns: "Sequence[Column]", row: "Mapping[str, Value]") -> str:
    """Return the SHA-256 of one row, in hexadecimal.

    Parameters
    ----------
    columns
        The table of columns, in storage order; the digest column is left out.
    row
        Column name -> value.
    """
    import numpy as np  # here, so that a manifest can be proven without it

    digest = hashlib.sha256()
    for column in columns:
        if not column.hashed:
            continue
        value = row[column.name]
        if column.kind == "text":
            content = str(value).encode()
            head = f"{column.name}:str:{len(content)};"
        else:
            dtype = np.dtype(column.dtype).newbyteorder("<")
            array = np.ascontiguousarray(value, dtype=dtype)
            content = array.tobytes()
            head = f"{column.name}:{dtype.str}:{np.shape(value)};"
        digest.update(head.encode())
        digest.update(content)
    return digest.hexdigest()


def split_digest(row_digests: Iterable[str]) -> str:
    """Return the SHA-256 of a split: of its row digests, one a line, in row order."""
    digest = hashlib.sha256()
    for row in row_digests:
        digest.update(f"{row}\n".encode())
    return digest.hexdigest()


def release_fingerprint(splits: Mapping[str, str], scored: Mapping[str, object]) -> str:
    """Return the fingerprint of a release.

    Parameters
    ----------
    splits
        Split name -> split digest.
    scored
        What else scoring reads: name -> JSON value.
    """
    return json_digest({"splits": dict(splits), "scored": part_digests(scored)})


def part_digests(scored: Mapping[str, object]) -> dict[str, str]:
    """Return name -> SHA-256 of each thing that scoring reads besides the rows.

    A split file carries them, so that `bratsfuse verify` can name what was changed.
    """
    return {name: json_digest(value) for name, value in scored.items()}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(content: object) -> str:
    """Return the SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def canonical_json(content: object) -> str:
    """Return JSON on one line with sorted keys and no blanks."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
