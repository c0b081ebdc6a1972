"""The names of files: what anyone may call a submission, made harmless."""

import hashlib
import re
import unicodedata
from typing import Final

_LONGEST: Final = 48


def slug(name: str) -> str:
    """Return the name of an entry's file, without suffix: only ``a-z 0-9 -``.

    Names that differ in case, spaces and punctuation marks of ``- _ .`` alone share
    one, as they would be taken for each other in a table. A name that loses anything
    else keeps apart by eight digits of its hash.

    Examples
    --------
    >>> slug("U-Net 2.0")
    'u-net-2-0'
    >>> slug("../../U-Net++")
    'u-net-0109f7e9'
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    if plain and len(plain) <= _LONGEST and not re.search(r"[^a-z0-9 ._-]", folded):
        return plain
    start = plain[:_LONGEST].strip("-") or "entry"
    return f"{start}-{hashlib.sha256(folded.encode()).hexdigest()[:8]}"
