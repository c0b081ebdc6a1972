"""The look of every HTML page: one base, one style sheet, safe by construction.

A page is a template that extends ``base.html``. It is one file that needs no network:
style and script lie inside it, pictures are data URIs, and its content security policy
forbids everything else. Whatever a template prints is escaped, since names, authors and
addresses are untrusted input; only the figures, which bratsfuse draws, are not.
"""

from bratsfuse.pages._environment import environment

__all__ = ["environment"]
