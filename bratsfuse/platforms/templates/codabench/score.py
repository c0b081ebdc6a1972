"""Scoring program: INPUT has ref/ and res/; scores.json goes into OUTPUT.

Run as: python3 score.py INPUT OUTPUT

Without scores.json a submission has no place in the table, which is what an invalid one
deserves; why it is invalid goes to standard error, which its author can read.
"""

import sys
from pathlib import Path

from bratsfuse.challenges.scoring import columns_of, finish, judge, read_rules


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    given, output = map(Path, sys.argv[1:])
    rules = read_rules(Path(__file__).resolve().parent / "challenge.toml")
    return finish(
        output / "scores.json",
        lambda: columns_of(rules.track, judge(given / "res", given / "ref", rules)),
    )


if __name__ == "__main__":
    sys.exit(main())
