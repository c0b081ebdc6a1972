"""Which image metrics go with use for segmentation: over methods, from their reports.

    python benchmarks/use_and_metrics.py REPORT REPORT ...

Every report comes from `bratsfuse downstream` on one release with one recipe. Printed
are the mean Dice of the segmenter that learned on the images, that of the frozen
reference segmenter, and the rank correlation of every fusion metric with the former,
over methods. A metric whose lower values are better is turned round.
"""

import sys
from pathlib import Path

import numpy as np
from scipy import stats

from bratsfuse.metrics.fusion import METRICS
from bratsfuse.report import read_report


def mean_dice(scores):
    """Return the mean over regions of the mean Dice over cases."""
    return float(np.mean([region["dice"].mean for region in scores.values()]))


def main():
    """Print the table and the correlations."""
    reports = [read_report(Path(folder)) for folder in sys.argv[1:]]
    rows = {}
    for report in reports:
        found = report.downstream
        frozen = report.scores.reference_segmenter
        rows[report.submission.name] = {
            "use": mean_dice(found.scores),
            "frozen": mean_dice(frozen) if frozen else np.nan,
            **{f"lesion {key}": value for key, value in found.fidelity.items()},
            **{
                key: score.mean * (1 if METRICS[key].higher_is_better else -1)
                for key, score in report.scores.fusion.items()
                if METRICS[key].higher_is_better is not None
            },
        }
    columns = list(next(iter(rows.values())))
    print("| images |", " | ".join(columns[:4]), "|")
    print("|---|" + "---|" * 4)
    for name, row in sorted(rows.items(), key=lambda item: -item[1]["use"]):
        print(f"| {name} |", " | ".join(f"{row[key]:.3f}" for key in columns[:4]), "|")
    use = [row["use"] for row in rows.values()]
    print(f"\nSpearman and Pearson correlation with use, over {len(rows)} methods:\n")
    found = []
    for key in columns[1:]:
        values = [row[key] for row in rows.values()]
        rank = stats.spearmanr(use, values).statistic
        found.append((rank, stats.pearsonr(use, values).statistic, key))
    for rank, linear, key in sorted(found, reverse=True):
        print(f"| {key} | {rank:+.2f} | {linear:+.2f} |")


if __name__ == "__main__":
    main()
