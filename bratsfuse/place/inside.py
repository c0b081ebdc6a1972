"""Whether a relative name from elsewhere stays in the folder that it is joined to."""

from pathlib import PurePosixPath, PureWindowsPath


def leads_out(name: str) -> bool:
    r"""Return whether a name is no relative path to something inside of a folder.

    Examples
    --------
    >>> leads_out("data/test.h5")
    False
    >>> [leads_out(name) for name in ("a/../b", "/a", "", "C:a", r"..\a")]
    [True, True, True, True, True]
    """
    windows = PureWindowsPath(name)
    return bool(
        not PurePosixPath(name).parts
        or {"..", "\\", "\0"} & {*windows.parts, *name}
        or windows.anchor
    )
