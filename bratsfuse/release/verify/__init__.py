"""Whether a release is what it promises: every array, every file, every rule.

- `release`: files, splits, patients, and the call of the others;
- `split_rows`: one split file: its attributes, its columns and every row;
- `documents`: index, splits, card and the other documents against the rows;
- `previews`: montages against the rows that they show;
- `withheld`: hidden labels against every channel that would leak them.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.release.verify.release import verify as verify

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "release": ["verify"],
    },
)
