"""Which dataset layout a raw folder has, by the names in it alone."""

import re
from collections.abc import Mapping

from bratsfuse.errors import RawDataError
from bratsfuse.raw.layout import Layout, RawTree
from bratsfuse.records import Case
from bratsfuse.wording import counted, some


class NoLayoutError(RawDataError):
    """The names in a raw folder fit no layout.

    Attributes
    ----------
    tree
        The files that were found.
    """

    def __init__(self, tree: RawTree, message: str) -> None:
        self.tree = tree
        super().__init__(message)


def detect(tree: RawTree, layouts: Mapping[str, Layout]) -> tuple[Layout, list[Case]]:
    """Return the one layout that the names in a raw folder fit, and its cases.

    Raises
    ------
    NoLayoutError
        If none fits.
    RawDataError
        If several do.
    """
    found = {}
    for name, layout in layouts.items():
        cases = layout.arrangement.find(layout, tree)
        if cases:
            found[name] = (layout, cases)
    fitting = _with_patients(_without_wrong_years(found, tree))
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    if not fitting:
        raise NoLayoutError(tree, _nothing_fits(tree, layouts))
    candidates = "; ".join(
        f"{name} ({counted(len(cases), 'case')}, {_place(tree, cases)})"
        for name, (_, cases) in fitting.items()
    )
    raise RawDataError(
        f"{tree.root}: several layouts fit: {candidates}; "
        "name one with --layout, or name the folder of one release"
    )


def _without_wrong_years(
    found: dict[str, tuple[Layout, list[Case]]], tree: RawTree
) -> dict[str, tuple[Layout, list[Case]]]:
    """Return the candidates less those whose twin's year stands in the path."""
    hinted = {
        name
        for name, (layout, cases) in found.items()
        if layout.year_hint and _path_matches(tree, cases[0], layout.year_hint)
    }
    ids = {name: {case.id for case in cases} for name, (_, cases) in found.items()}
    return {
        name: entry
        for name, entry in found.items()
        if name in hinted or not any(ids[other] == ids[name] for other in hinted)
    }


def _with_patients(
    found: dict[str, tuple[Layout, list[Case]]],
) -> dict[str, tuple[Layout, list[Case]]]:
    """Return the candidates less those that read files without naming their patients.

    A folder may carry the id of a case whose files were given other numbers.
    """
    named = {
        path
        for layout, cases in found.values()
        if layout.patients is None
        for case in cases
        for path in case.files()
    }
    return {
        name: (layout, cases)
        for name, (layout, cases) in found.items()
        if layout.patients is None
        or not all(named.issuperset(case.files()) for case in cases)
    }


def _path_matches(tree: RawTree, case: Case, hint: str) -> bool:
    """Return whether the raw folder or one below it names the year.

    Folders above the raw folder are the user's own and say nothing of the release.
    """
    below = case.folder.relative_to(tree.root).parts
    return any(re.search(hint, name) for name in (tree.root.resolve().name, *below))


def _place(tree: RawTree, cases: list[Case]) -> str:
    relative = cases[0].folder.relative_to(tree.root)
    return f"for example {relative}" if relative.parts else "here"


def _nothing_fits(tree: RawTree, layouts: Mapping[str, Layout]) -> str:
    names = [path.name for path in tree.files]
    return (
        f"{tree.root}: no layout fits the names {some(names)}; expected names such as "
        "BraTS2021_00000_t1ce.nii.gz or BraTS-GLI-00000-000-t1c.nii.gz "
        f"(layouts: {', '.join(layouts)})"
    )
