"""Counts in words."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, which takes an s unless `many` says otherwise.

    Examples
    --------
    >>> counted(1, "patient"), counted(4, "patient"), counted(0, "entry", "entries")
    ('1 patient', '4 patients', '0 entries')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
