"""The terms of the data, beside every copy of them."""

import shutil
from pathlib import Path
from typing import Final

from bratsfuse.place.document import write_document
from bratsfuse.release.datasheet import DATASHEET_NAME
from bratsfuse.release.manifest import Manifest

TERMS_NAME: Final = "TERMS.md"

MIND: Final = "mind its TERMS.md before you pass it on"
"""What every export says when it is done."""


def write_terms(folder: Path, release: Path, manifest: Manifest) -> None:
    """Write ``TERMS.md`` into an export, and a copy of the release's datasheet."""
    write_document(folder / TERMS_NAME, terms(manifest))
    shutil.copyfile(release / DATASHEET_NAME, folder / DATASHEET_NAME)


def terms(manifest: Manifest) -> str:
    """Return what may be done with an export, whom to cite, and what it was made of."""
    source = manifest.source
    works = "\n".join(f"- {work}" for work in source.citation)
    cite = f"\n## Cite\n\n{works}\n" if works else ""
    return f"""\
# Terms of these data

Exported by bratsfuse from a release of {source.title}, fingerprint
`{manifest.fingerprint}`. The release stays the reference: `bratsfuse verify` proves it,
and nothing proves this copy.

{source.licence} (<{source.licence_url}>).

{_PHANTOMS if source.synthetic else _PATIENTS}
Not for clinical use.
{cite}"""


_PHANTOMS: Final = """\
The images are synthetic: no patient's data are in them, and they may be passed on.
"""

_PATIENTS: Final = """\
The images show patients. Another file format does not change these terms: do not upload
or pass on images, masks, previews or anything else from which they can be had, unless
these terms allow it. Whoever wants the data gets them from the organisers and builds
the release. Splits, ids, digests and scores may be shared.
"""
