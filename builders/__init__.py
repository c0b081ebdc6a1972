"""Builders: one file per dataset layout, each a form that says where things are.

To add a layout, add one file here with a `LAYOUT`; its name becomes the name of the
layout. Its form says which part of a case id names the patient, because splits go by
patients; without that rule it is refused. A third party declares an entry point in the
group ``bratsfuse.builders`` that points to a module with a `LAYOUT`, or to a
`bratsfuse.raw.Layout` itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bratsfuse.anatomy.codings import layout_of
from bratsfuse.raw import find
from bratsfuse.raw.layout import Layout
from bratsfuse.registry import Registry

BUILDERS: Final = Registry[Layout](
    "bratsfuse.builders", attribute="LAYOUT", kind="layout", type_=Layout
)
"""Name -> layout, for every file of this folder and every third party's."""


def find_cases(
    raw: Path, layout: str = "auto", name_mappings: Sequence[Path] = ()
) -> find.Collection:
    """Return the cases below a raw folder, found by their names.

    Parameters
    ----------
    raw
        The folder; it is searched completely, links to folders included.
    layout
        A name in `BUILDERS`, an edition with the layout of an earlier one such as
        ``"brats2026-ped"``, or ``"auto"`` to detect it from file and folder names.
    name_mappings
        Tables that join patients across releases, see `bratsfuse.raw.find.find_cases`.

    Raises
    ------
    RawDataError
        If there is no such folder, no layout fits, or several do.
    UnknownNameError
        If `layout` is no builder's name.
    """
    chosen = None if layout == "auto" else BUILDERS[layout_of(layout)]
    return find.find_cases(raw, dict(BUILDERS.usable()), chosen, name_mappings)
