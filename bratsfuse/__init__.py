"""bratsfuse: paired BraTS slices for image fusion and segmentation.

The command line is ``bratsfuse --help``. From Python, `BraTSFuse` is a built release as
a torch dataset. It is looked up on first use, so that importing the package stays
cheap: nothing here imports torch or NumPy.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bratsfuse.release.torch_dataset import BraTSFuse

__version__ = "0.1.0"
__all__ = ["BraTSFuse", "__version__"]


def __getattr__(name: str) -> object:
    if name == "BraTSFuse":
        from bratsfuse.release.torch_dataset import BraTSFuse

        return BraTSFuse
    raise AttributeError(f"module 'bratsfuse' has no attribute {name!r}")
