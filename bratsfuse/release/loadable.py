"""Whether `datasets.load_dataset` can open a release where it is."""

import re
from pathlib import Path
from typing import Final

_PATTERN: Final = re.compile(r"[*?\[\]]|::")
"""What `datasets` reads as a pattern or as a chain of addresses, not as a name."""


def loading_warning(release: Path) -> str:
    """Return a warning that `load_dataset` will not find a release; empty if it will.

    Parameters
    ----------
    release
        Its folder. Everything else of bratsfuse opens it wherever it is.

    Examples
    --------
    >>> loading_warning(Path("/data/release"))
    ''
    """
    found = _PATTERN.findall(str(release.absolute()))
    if not found:
        return ""
    shown = " ".join(dict.fromkeys(found))
    return (
        f"warning: {release}: datasets.load_dataset reads {shown} in a path as a "
        "pattern and finds no files; rename the folder for it"
    )
