"""Evaluation of a submission as grand-challenge.org runs it.

/input                           what a participant handed in: a submission as folder or
                                 zip, or predictions.json and the outputs of its jobs
/opt/ml/input/data/ground_truth  the organiser's folder ground_truth, read-only
/output/metrics.json             the scores; without it the evaluation has failed

INPUT, OUTPUT and GROUND_TRUTH in the environment name other folders, for tries.
"""

import os
import sys
import tempfile
from pathlib import Path

from bratsfuse.challenges.jobs import submission_of_jobs
from bratsfuse.challenges.scoring import (
    Rules,
    columns_of,
    finish,
    judge,
    read_rules,
)

INPUT = Path(os.environ.get("INPUT", "/input"))
OUTPUT = Path(os.environ.get("OUTPUT", "/output"))
GROUND_TRUTH = Path(os.environ.get("GROUND_TRUTH", "/opt/ml/input/data/ground_truth"))


def handed_in(work: Path, rules: Rules) -> Path:
    """Return the submission, wherever the platform has put it."""
    if (INPUT / "predictions.json").is_file():
        return submission_of_jobs(INPUT, GROUND_TRUTH / "release", work, rules)
    zips = sorted(INPUT.glob("*.zip"))
    return zips[0] if len(zips) == 1 else INPUT


def main() -> int:
    rules = read_rules(Path(__file__).resolve().parent / "challenge.toml")

    def scores() -> dict[str, object]:
        with tempfile.TemporaryDirectory() as work:
            submission = handed_in(Path(work) / "submission", rules)
            evaluation = judge(submission, GROUND_TRUTH, rules)
            return {"aggregates": columns_of(rules.track, evaluation)}

    return finish(OUTPUT / "metrics.json", scores)


if __name__ == "__main__":
    sys.exit(main())
