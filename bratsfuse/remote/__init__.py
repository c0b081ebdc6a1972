"""Folders and files elsewhere, by any address that fsspec knows.

Work is done on copies of this machine, so that nothing else has to know:

- `address`: what is an address, and where its copy lies;
- `fetch`: from there to the copy, what has changed alone;
- `send`: a finished result from here to there, complete or not at all.
"""
