"""Phantoms: synthetic cases, for tests, examples and pictures that anybody may see.

Nothing in them comes from a patient. Read it in this order:

- `head`: one synthetic patient: four modalities and the tumour labels;
- `space`: the template grid, smooth noise and signed distances;
- `solids`, `brain`, `lesions`, `tumour`: what a head is made of;
- `write`: the same as raw files of any dataset layout.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.phantom.head import Phantom as Phantom
    from bratsfuse.phantom.head import phantom as phantom
    from bratsfuse.phantom.write import write_phantoms as write_phantoms

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "head": ["Phantom", "phantom"],
        "write": ["write_phantoms"],
    },
)
