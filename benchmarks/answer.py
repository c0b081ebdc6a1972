"""The answer of the experiment: the page and the figure of docs/experiment, from JSON.

    python benchmarks/answer.py

Reads the scores of every test case in docs/experiment/stage1/fold*/<row>.json, and what
is known of the images of a row in images_<row>.json, and writes answer.md and
use_and_metrics.svg into docs/experiment. Comparisons are those of
docs/experiment/plan.md, no others. A row is compared where both rows are tested on the
same patients; as long as folds are missing the page says so and names no outcome.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from bratsfuse.evaluation.downstream_rules import FIDELITY, below_floor, floor_of
from bratsfuse.experiments.definition import read_definition
from bratsfuse.experiments.outcome import Outcome
from bratsfuse.metrics.fusion import METRICS
from bratsfuse.records import from_json
from bratsfuse.statistics.intervals import mean_interval
from bratsfuse.statistics.significance import holm, sign_flip_test

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/experiment"
DEFINITION = ROOT / "baselines/experiments/claims.toml"
FOLDS = 5
MARGIN = 0.05
REGIONS = ("WT", "TC", "ET")
OUTCOMES = {"mean of WT, TC, ET": REGIONS, "ET": ("ET",)}
POWER = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)

PLANNED = (
    ("unet_alternating", "unet_none", "does guidance by segmentation help?"),
    ("unet_alternating", "unet_joint", "does bi-level coupling do more than joint?"),
    ("unet_joint", "unet_none", "does joint training help?"),
    ("unet_joint", "fusion_maximum", "does it beat a classical image?"),
    ("unet_alternating", "fusion_maximum", "does it beat a classical image?"),
    ("unet_joint", "two_channels", "is one image enough?"),
    ("unet_alternating", "two_channels", "is one image enough?"),
    ("unet_joint", "t1ce", "does it beat a single sequence?"),
    ("unet_alternating", "t1ce", "does it beat a single sequence?"),
)


def outcomes():
    """Return row -> fold -> outcome."""
    found = {}
    for path in sorted(FOLDER.glob("stage1/fold*/*.json")):
        if not path.name.startswith("images_"):
            outcome = from_json(Outcome, path.read_bytes())
            if outcome.cases:
                found.setdefault(path.stem, {})[path.parent.name] = outcome
    return found


def by_patient(folds, regions):
    """Return patient -> Dice, the mean over some regions of those that are defined."""
    values = {}
    for outcome in folds.values():
        for case in outcome.cases:
            known = [case.dice[r] for r in regions if case.dice[r] is not None]
            if known:
                values.setdefault(case.patient, []).append(np.mean(known))
    return {patient: float(np.mean(one)) for patient, one in values.items()}


def images_of(row):
    """Return what is known of a row's images, the mean over folds by slices."""
    files = sorted(FOLDER.glob(f"stage1/fold*/images_{row}.json"))
    records = [json.loads(path.read_text()) for path in files]
    if not records:
        return None
    weights = [record["slices"] for record in records]
    means = {
        group: {
            key: np.average([one[group][key] for one in records], weights=weights)
            for key in records[0][group]
        }
        for group in ("metrics", "lesion", "weakest", "reference_segmenter")
    }
    return {"folds": len(records), **means}


def frozen_dice(images):
    """Return the mean Dice of the frozen reference segmenter over regions."""
    return np.mean([images["reference_segmenter"][f"dice_{one}"] for one in REGIONS])


def interval(values, patients, confidence=0.95):
    """Return the interval of a mean, as text."""
    found = mean_interval(values, patients, confidence=confidence)
    return found, f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def table(head, rows):
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def state(found, titles):
    """Return which folds of which rows are done."""
    rows = []
    for row, title in titles.items():
        folds = found.get(row, {})
        done = ", ".join(name.removeprefix("fold") for name in sorted(folds)) or "none"
        patients = len(by_patient(folds, REGIONS))
        rows.append([title, done, patients])
    return table(["the segmenter is given", "folds done", "patients tested"], rows)


def scores(found, titles):
    """Return the mean Dice of every row, its images' likeness beside it."""
    rows = []
    for row, folds in found.items():
        each = {region: by_patient(folds, (region,)) for region in REGIONS}
        mean = by_patient(folds, REGIONS)
        images = images_of(row)
        lesion = images["lesion"] if images else {}
        below = images and below_floor(lesion, floor_of(images["weakest"]))
        cells = [f"{np.mean([*each[region].values()]):.3f}" for region in REGIONS]
        ends = mean_interval([*mean.values()], [*mean])
        frozen = f"{frozen_dice(images):.3f}" if images else ""
        likeness = [f"{lesion[key]:.3f}" if key in lesion else "" for key in FIDELITY]
        rows.append(
            (
                ends.mean,
                [
                    titles[row] + (" (below the floor: no claim)" if below else ""),
                    len(mean),
                    *cells,
                    f"{ends.mean:.3f} [{ends.low:.3f}, {ends.high:.3f}]",
                    *likeness,
                    frozen,
                ],
            )
        )
    head = ["the segmenter is given", "patients", *REGIONS, "mean"]
    head += [f"lesion {key.upper()}" for key in FIDELITY] + ["reference segmenter"]
    return table(head, [cells for _, cells in sorted(rows, key=lambda one: -one[0])])


def comparisons(found, titles, regions):
    """Return the table of planned comparisons of one outcome."""
    rows, p_values, tested = [], [], []
    for ours, theirs, question in PLANNED:
        first = by_patient(found.get(ours, {}), regions)
        second = by_patient(found.get(theirs, {}), regions)
        patients = sorted(first.keys() & second.keys())
        name = f"{titles[ours]} less {titles[theirs]}"
        if len(patients) < 2:
            rows.append([question, name, len(patients), "", "", "", "", ""])
            continue
        less = np.array([first[one] - second[one] for one in patients])
        _, shown = interval(less, patients)
        narrow, _ = interval(less, patients, 0.9)
        alike = narrow.low > -MARGIN and narrow.high < MARGIN
        seen = POWER * less.std(ddof=1) / np.sqrt(len(less))
        p_values.append(float(sign_flip_test(less[:, None]).two_sided[0]))
        tested.append(len(rows))
        rows.append([question, name, len(patients), shown, p_values[-1]])
        rows[-1] += ["", "yes" if alike else "no", f"{seen:.3f}"]
    for place, raw, corrected in zip(
        tested, p_values, corrected_for_all(p_values), strict=False
    ):
        rows[place][4:6] = [in_words(raw), in_words(corrected)]
    head = ["question", "difference", "patients", "mean [95 %]", "p", "p (Holm)"]
    head += [f"within ±{MARGIN} (90 %)", "smallest that is seen (power .8)"]
    return table(head, rows)


def in_words(p):
    """Return a p value; below four decimals, that it is."""
    return f"{p:.4f}" if p >= 0.0001 else "< 0.0001"


def corrected_for_all(p_values):
    """Return Holm's p-values over all planned comparisons, those not done as 1."""
    return holm([*p_values, *[1.0] * (len(PLANNED) - len(p_values))])


def correlations(found):
    """Return metric -> rank correlation with use over rows, and the two columns."""
    rows = {row: images_of(row) for row in found if images_of(row)}
    use = {row: np.mean([*by_patient(found[row], REGIONS).values()]) for row in rows}
    columns = {}
    for row, images in rows.items():
        for key, value in images["metrics"].items():
            better = METRICS[key].higher_is_better
            if better is not None:
                columns.setdefault(key, {})[row] = value if better else -value
        for key, value in images["lesion"].items():
            columns.setdefault(f"lesion {key}", {})[row] = value
        columns.setdefault("reference segmenter", {})[row] = frozen_dice(images)
    return use, {
        key: (float(stats.spearmanr([*use.values()], [*values.values()])[0]), values)
        for key, values in columns.items()
    }


def front(values, use):
    """Return the rows that no other row beats in both, by their values (Pareto)."""
    return [
        row
        for row in sorted(values, key=values.get)
        if not any(
            values[other] >= values[row]
            and use[other] >= use[row]
            and (values[other], use[other]) != (values[row], use[row])
            for other in values
        )
    ]


def figure(found, titles):
    """Draw use against four image metrics, their fronts, and all rank correlations."""
    use, columns = correlations(found)
    if len(use) < 3:
        return None
    ordered = sorted(columns, key=lambda key: columns[key][0])
    shown = [key for key in ("vif", "qabf", "ssim", "lesion ssim") if key in columns]
    size = 3 * (len(shown) + 1), 4
    drawing, axes = plt.subplots(1, len(shown) + 1, figsize=size, layout="constrained")
    for place, key in zip(axes, shown, strict=False):
        values = columns[key][1]
        place.scatter([values[row] for row in use], [*use.values()], color="#2b6a99")
        best = front(values, use)
        place.plot(
            [values[row] for row in best],
            [use[row] for row in best],
            color="#c4622d",
            linewidth=1,
            zorder=0,
        )
        middle = (min(values.values()) + max(values.values())) / 2
        for row, value in use.items():
            right = values[row] > middle
            place.annotate(
                titles[row].removeprefix("new U-Net on images of "),
                (values[row], value),
                (-5 if right else 5, 0),
                textcoords="offset points",
                ha="right" if right else "left",
                va="center",
                fontsize=7,
            )
        place.margins(0.12)
        place.set(xlabel=key, ylabel="mean Dice of the segmenter")
        place.set_title(f"rank correlation {columns[key][0]:+.2f}", fontsize=9)
    axes[-1].barh(ordered, [columns[key][0] for key in ordered], color="#2b6a99")
    axes[-1].set(xlim=(-1, 1), xlabel=f"rank correlation, {len(use)} methods")
    axes[-1].axvline(0, color="black", linewidth=0.8)
    axes[-1].tick_params(labelsize=7)
    path = FOLDER / "use_and_metrics.svg"
    with plt.rc_context({"svg.hashsalt": "bratsfuse"}):
        drawing.savefig(path, metadata={"Date": None})
    plt.close(drawing)
    return path


def main():
    """Write the page."""
    rows = read_definition(str(DEFINITION)).rows
    titles = {name: row.title for name, row in rows.items() if row.method != "fuse4seg"}
    found = outcomes()
    whole = all(len(found.get(row, {})) == FOLDS for row in titles)
    parts = ["# What the experiment says so far" if not whole else "# The answer"]
    parts.append(
        "Made by `python benchmarks/answer.py` from the scores in "
        "[stage1](stage1); planned in [plan.md](plan.md) before any of them."
    )
    if not whole:
        parts.append(
            "**Not all folds are done**: no outcome is named yet, and every number "
            "below can change."
        )
    parts += ["## What is done", state(found, titles)]
    if found:
        parts += ["## Dice of the segmenter", scores(found, titles)]
        for name, regions in OUTCOMES.items():
            parts.append(f"## Planned comparisons: {name}")
            parts.append(comparisons(found, titles, regions))
        drawn = figure(found, titles)
        if drawn:
            parts.append("## Which image metrics go with use")
            parts.append(f"![Use against image metrics]({drawn.name})")
            parts.append(
                "Lines join the rows that no other row beats in both: the Pareto front."
            )
    (FOLDER / "answer.md").write_text("\n\n".join(parts) + "\n")
    print(FOLDER / "answer.md")


if __name__ == "__main__":
    main()
