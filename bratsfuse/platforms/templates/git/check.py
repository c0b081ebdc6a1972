"""Check the form of the submissions of this repository: no data, no label, no network.

Run as: python check.py [NAME ...]

What is in the predictions is checked by `bratsfuse check SUBMISSION --release RELEASE`,
which needs the release: participants run it, and the evaluation does.
"""

import re
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "submissions"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
PICTURE = re.compile(r"(fused|mask)/[A-Za-z0-9._-]+\.png")
LARGEST = 500_000_000


def problems(folder: Path) -> list[str]:
    """Return what is wrong with the form of a submission."""
    if not NAME.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
        return ["expected a folder named with letters, digits, - and _"]
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(f"{name}: is a link")
        elif path.is_file():
            if path.stat().st_size > LARGEST:
                found.append(f"{name}: is larger than {LARGEST} bytes")
            known = name in ("submission.toml", "predictions.h5", "README.md")
            if not known and not PICTURE.fullmatch(name):
                found.append(f"{name}: is no part of a submission")
    try:
        content = tomllib.loads((folder / "submission.toml").read_text("utf-8"))
    except (OSError, ValueError) as problem:
        return [*found, f"submission.toml: cannot be read ({problem})"]
    if not isinstance(content.get("name"), str):
        found.append("submission.toml: no name")
    if not set(content.get("tracks") or ["none"]) <= {"fusion", "segmentation"}:
        found.append("submission.toml: tracks: expected fusion, segmentation or both")
    return found


def main() -> int:
    names = sys.argv[1:] or sorted(
        path.name for path in FOLDER.iterdir() if path.name != "README.md"
    )
    bad = 0
    for name in names:
        found = problems(FOLDER / name)
        print(f"{name}: {len(found) or 'no'} problems")
        for line in found:
            print(f"  {line}")
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
