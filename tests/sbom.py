"""Print a software bill of materials (CycloneDX 1.5): what bratsfuse is run with.

Of this environment, without those that only tests and documents need. Nothing is
fetched; the same environment gives the same bytes.
"""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution


def needed(name, found, extra=""):
    """Add a package and all that it requires, by name."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return  # for another system
    found[key] = package
    for line in package.requires or ():
        if "extra ==" not in line:
            needed(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0], found)


def component(key, package):
    facts = package.metadata
    one = {
        "type": "library",
        "name": key,
        "version": package.version,
        "purl": f"pkg:pypi/{key}@{package.version}",
    }
    licence = facts.get("License-Expression") or facts.get("License") or ""
    if licence and "\n" not in licence and len(licence) < 80:
        one["licenses"] = [{"license": {"name": licence}}]
    return one


def main():
    found = {}
    needed("bratsfuse", found)
    if not found:
        sys.exit("bratsfuse is not installed here; run make install")
    own = component("bratsfuse", found.pop("bratsfuse"))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own | {"type": "application"}},
        "components": [component(key, found[key]) for key in sorted(found)],
    }
    print(json.dumps(bill, indent=1))


if __name__ == "__main__":
    main()
