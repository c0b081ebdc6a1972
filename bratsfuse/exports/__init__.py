"""A release in the form that other people's tools read: one file per export format.

To add a format, add a file here with a `FORMAT`; its name becomes the name of the
format. A third party declares an entry point in the group ``bratsfuse.exports`` that
points to a module with a `FORMAT`, or to a `bratsfuse.exports.ExportFormat` itself.
docs/exporting.md says what each writes, and how its library reads it.

- `_format`: the form of a format, and what it is asked for;
- `_slices`: the slice sets of a release, one after the other;
- `_pictures`: images as PNG files.

Every folder has the terms of the data in it, by `bratsfuse.release.terms`;
folds of patients are those of `bratsfuse.release.folds`.
"""

from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish
from bratsfuse.registry import Registry

__all__ = ["FORMATS", "ExportFormat", "Wish"]

FORMATS: Final = Registry[ExportFormat](
    "bratsfuse.exports", attribute="FORMAT", kind="export format", type_=ExportFormat
)
"""Name -> export format, of every file of this folder and every third party's."""
