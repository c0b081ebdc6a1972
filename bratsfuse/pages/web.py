"""Untrusted addresses: which of them a page may link to."""

from typing import Final
from urllib.parse import urlsplit

_SCHEMES: Final = frozenset({"http", "https"})


def web_address(text: str) -> str | None:
    """Return an address if it is one of the web, else None.

    Anything else, such as ``javascript:`` or a path, is shown as text and not linked.

    Examples
    --------
    >>> web_address("https://example.org/method")
    'https://example.org/method'
    >>> web_address("javascript:alert(1)") is None
    True
    """
    if not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return text if parts.scheme in _SCHEMES and host else None
