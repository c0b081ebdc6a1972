"""What one split of 21 patients says: the tables of docs/downstream.md.

    python benchmarks/one_split.py

From the scores of every test case that docs/experiment/one_split keeps. Rows that
differ in the seed of the fusion network are also averaged case by case. Intervals of
paired differences are bootstraps over the six patients, and rough.
"""

from pathlib import Path

import numpy as np

from bratsfuse.experiments.outcome import Outcome
from bratsfuse.records import from_json
from bratsfuse.statistics.intervals import mean_intervals

FOLDER = Path(__file__).parents[1] / "docs/experiment/one_split"
REGIONS = ("WT", "TC", "ET")
LEADERS = "unet_on_fuse4seg_joint_seed"


def scores_of(path):
    """Return Dice, cases by regions, and the patients of the cases."""
    outcome = from_json(Outcome, path.read_bytes())
    cases = sorted(outcome.cases, key=lambda case: case.case)
    table = [[case.dice[region] for region in REGIONS] for case in cases]
    return np.array(table), [case.patient for case in cases]


def main():
    """Print rows and differences."""
    found = {path.stem: scores_of(path) for path in sorted(FOLDER.glob("*.json"))}
    rows = {name: table for name, (table, _) in found.items()}
    patients = next(iter(found.values()))[1]
    leaders = [table for name, table in rows.items() if name.startswith(LEADERS)]
    rows[f"{LEADERS}s, mean of {len(leaders)}"] = ours = np.mean(leaders, axis=0)
    print("| row | WT | TC | ET | mean |\n|---|---|---|---|---|")
    for name, table in sorted(rows.items(), key=lambda row: -row[1].mean()):
        cells = [*table.mean(axis=0), table.mean()]
        print(f"| {name} |", " | ".join(f"{value:.3f}" for value in cells), "|")
    print("\nMean of the leaders less a row, mean of the three regions:\n")
    for name, table in rows.items():
        if table is ours or name.startswith(LEADERS):
            continue
        less = (ours - table).mean(axis=1)
        (ends,) = mean_intervals(less[:, None], patients, seed=0)
        print(f"| {name} | {ends.mean:+.3f} [{ends.low:+.3f}, {ends.high:+.3f}] |")


if __name__ == "__main__":
    main()
