"""The jinja2 environment that renders every page."""

import base64
import functools
import hashlib
from typing import Final

import jinja2
from markupsafe import Markup

from bratsfuse.pages.numbers import interval, number, p_value, signed
from bratsfuse.pages.web import web_address
from bratsfuse.wording import printable

_TEMPLATES: Final = "templates"


@functools.cache  # so that a process reads and compiles a template once
def environment(*packages: str) -> jinja2.Environment:
    """Return the environment of the pages: ``base.html`` and what packages add.

    It escapes everything and refuses unknown names. Its filters are those of
    `bratsfuse.pages.numbers`, `web_address`, and ``script_digest``, by which the
    content security policy of a page allows the page's own script and no other.

    Parameters
    ----------
    packages
        Packages with a folder ``templates``, such as ``"bratsfuse.report"``; they are
        looked through in this order, the shared templates last.
    """
    loaders = [
        jinja2.PackageLoader(package, _TEMPLATES)
        for package in (*packages, "bratsfuse.pages")
    ]
    pages = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_printable,
    )
    pages.filters |= {
        "interval": interval,
        "metric_title": _metric_title,
        "number": number,
        "p_value": p_value,
        "script_digest": _script_digest,
        "signed": signed,
        "web_address": web_address,
    }
    return pages


def _printable(value: object) -> object:
    """Return what is shown of a value: of text nothing that turns or hides others."""
    return type(value)(printable(value)) if isinstance(value, str) else value


def _metric_title(title: str) -> Markup:
    """Return the title of a metric, such as ``Q^AB/F`` or ``Q_S``, in HTML."""
    for sign, form in (
        ("^", Markup("{}<sup>{}</sup>")),
        ("_", Markup("{}<sub>{}</sub>")),
    ):
        base, found, raised = title.partition(sign)
        if found:
            return form.format(base, raised)
    return Markup.escape(title)


def _script_digest(script: str) -> str:
    """Return the source by which a policy names one inline script (CSP level 3)."""
    digest = hashlib.sha256(str(script).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
