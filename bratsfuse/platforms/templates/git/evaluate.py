"""Score every submission of this repository and write the site of the leaderboard.

Run as: python evaluate.py REFERENCE SITE

REFERENCE has release/ and, where labels are hidden, answer.key.h5. A submission that
is refused is listed on the site with the reasons, and never ranked. Nothing but the
site is left behind.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bratsfuse.challenges.scoring import check_reference, read_rules

HERE = Path(__file__).resolve().parent


def bratsfuse(*words: object) -> int:
    command = [sys.executable, "-m", "bratsfuse", *map(str, words)]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    reference, site = map(Path, sys.argv[1:])
    rules = read_rules(HERE / "challenge.toml")
    release, key = check_reference(reference, rules)
    options = ["--release", release, "--split", rules.split, "--quiet"]
    options += ["--no-reference-segmenter"]
    if key is not None:
        options += ["--key", key]
    names = sorted(path for path in (HERE / "submissions").iterdir() if path.is_dir())
    refused = 0
    with tempfile.TemporaryDirectory() as work:
        board = Path(work) / "board"
        board.mkdir()
        for path in names:
            report = Path(work) / path.name
            print(f"== {path.name}", flush=True)
            bratsfuse("evaluate", path, *options, "-o", report)
            if bratsfuse("leaderboard", "add", report, "--to", board):
                print(f"{path.name}: not on the board", flush=True)
                refused += 1
        if bratsfuse("leaderboard", "render", board, "-o", site, "--overwrite"):
            return 1
    print(f"{site}: {len(names) - refused} of {len(names)} submissions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
