"""What ``bratsfuse info`` prints, sooner than pydantic could be imported.

To define the records of a manifest takes twice as long as all else that the command
does. So JSON is read, and trusted if its fingerprint is that of its content and nothing
that is printed is missing. Otherwise the strict reader says what is wrong.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bratsfuse.release.fingerprint import release_fingerprint
from bratsfuse.release.inside import refuse_outside
from bratsfuse.release.scored import MANIFEST_NAME, SCHEMA, scored_facts
from bratsfuse.wording import counted

_NOT_PLAIN: Final = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError),
    RecursionError,
)
"""What JSON of another form than a manifest's leads to."""


def glance(release: Path) -> list[str] | None:
    """Return what a release contains, in lines; None where that is not plain to see.

    Parameters
    ----------
    release
        Its folder.

    Raises
    ------
    ReleaseError
        If the manifest is a link to elsewhere.
    """
    refuse_outside(release, [MANIFEST_NAME])
    try:
        values = json.loads((release / MANIFEST_NAME).read_bytes())
        if values["schema"] == SCHEMA and values["fingerprint"] == _proven(values):
            return lines_about(values)
    except _NOT_PLAIN:
        pass
    return None


def lines_about(manifest: Mapping[str, Any]) -> list[str]:
    """Return what a manifest, given as JSON values, says of a release, in lines."""
    source, recipe = manifest["source"], manifest["recipe"]
    rows, width = manifest["image_shape"]
    splits = manifest["splits"]
    slice_sets = sum(split["slice_sets"] for split in splits.values())
    lines = [f"{counted(slice_sets, 'slice set')} from {source['title']}"]
    for name, split in splits.items():
        lines.append(
            f"  {name:<10} {split['slice_sets']:5d} slice sets  "
            f"{split['cases']:4d} cases  {split['patients']:4d} patients"
        )
    lines.append(f"images      {rows} x {width} pixels, 8-bit")
    if manifest["withheld"]:
        lines.append(f"labels      hidden: {', '.join(manifest['withheld'])}")
    made_of = " + ".join(recipe["sources"])
    lines.append(f"fusion      {', '.join(recipe['fusers'])} of {made_of}")
    for name, product in manifest["added"].items():
        made_of = " + ".join(product["sources"])
        lines.append(f"added       {name} by {product['made_by']} of {made_of}")
    lines.append(f"regions     {', '.join(source['regions'])}")
    lines.append(f"seed        {recipe['seed']}")
    if recipe["folds"]:
        lines.append(f"test fold   {recipe['fold']}, from 0, of {recipe['folds']}")
    lines.append(f"terms       {source['licence']}")
    lines.append(f"built by    bratsfuse {manifest['bratsfuse']}")
    lines.append(f"fingerprint {manifest['fingerprint']}")
    return lines


def _proven(manifest: Mapping[str, Any]) -> str:
    """Return the fingerprint that the content of a manifest gives."""
    source, recipe, cases = (manifest[key] for key in ("source", "recipe", "cases"))
    facts = scored_facts(
        image_shape=manifest["image_shape"],
        sources=recipe["sources"],
        fusers=recipe["fusers"],
        label_map=source["label_map"],
        regions=source["regions"],
        synthetic=source["synthetic"],
        spacing_mm={name: case["spacing_mm"] for name, case in cases.items()},
    )
    digests = {name: split["sha256"] for name, split in manifest["splits"].items()}
    return release_fingerprint(digests, facts)
