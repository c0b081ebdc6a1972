"""Methods: whatever fuses or predicts, found by its name and applied to a release.

- `find`: what ``NAME_OR_RUN`` of the command line may be: a fusion method, a baseline,
  a run, or ``module:object``, which `imported` finds;
- `predictions`: a method over a split of a release: a submission;
- `from_submission`: a submission's images as one more product of a release;
- `fuse`: a method's images as one more product of a release;
- `own_images`: a method over folders of a user's own images;
- `command`, `exchange`, `by_command`: the same for a third party's program, which is
  given folders of images and writes a folder of images.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.methods.by_command import (
        add_product_by_command as add_product_by_command,
    )
    from bratsfuse.methods.by_command import predict_by_command as predict_by_command
    from bratsfuse.methods.command import Command as Command
    from bratsfuse.methods.command import CommandFailedError as CommandFailedError
    from bratsfuse.methods.command import parse_command as parse_command
    from bratsfuse.methods.exchange import UnusableOutputError as UnusableOutputError
    from bratsfuse.methods.find import Listing as Listing
    from bratsfuse.methods.find import Method as Method
    from bratsfuse.methods.find import listings as listings
    from bratsfuse.methods.find import method as method
    from bratsfuse.methods.fuse import add_product as add_product
    from bratsfuse.methods.own_images import fuse_folders as fuse_folders
    from bratsfuse.methods.own_images import segment_folders as segment_folders
    from bratsfuse.methods.predictions import predict as predict

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "by_command": ["add_product_by_command", "predict_by_command"],
        "command": ["Command", "CommandFailedError", "parse_command"],
        "exchange": ["UnusableOutputError"],
        "find": ["Listing", "Method", "listings", "method"],
        "fuse": ["add_product"],
        "own_images": ["fuse_folders", "segment_folders"],
        "predictions": ["predict"],
    },
)
