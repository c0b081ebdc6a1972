"""Scoring program: INPUT has ref/ and res/; scores.json goes into OUTPUT.

Run as: python3 score.py INPUT OUTPUT

Without scores.json a submission has no place in the table, which is what an invalid one
deserves; why it is invalid goes to standard error, which its author can read.
"""

import json
import sys
from pathlib import Path

from bratsfuse.challenges.scoring import RefusedError, columns_of, judge, read_rules
from bratsfuse.errors import BratsfuseError


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    given, output = map(Path, sys.argv[1:])
    rules = read_rules(Path(__file__).resolve().parent / "challenge.toml")
    try:
        evaluation = judge(given / "res", given / "ref", rules)
        columns = columns_of(rules.track, evaluation)
    except RefusedError as problem:
        print("\n".join(problem.lines()), file=sys.stderr)
        return 1
    except BratsfuseError as problem:
        print(f"for the organiser: {problem}", file=sys.stderr)
        return 1
    text = json.dumps(columns, indent=1, allow_nan=False)
    (output / "scores.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
