"""The two figures of the experiment: likeness against use, and what predicts use."""

from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np
from answer_scores import FOLDER, REGIONS, by_patient, frozen_dice
from scipy import stats

from bratsfuse.metrics.fusion import METRICS

BLUE, ORANGE, GREY = "#2b6a99", "#c4622d", "#9aa5ad"
FROZEN = "reference segmenter"
SHOWN = ("ssim", "vif", "qabf", "lesion ssim", "lesion vif", FROZEN)
LABEL_HEIGHT = 0.014  # of Dice
LIKENESS_NAME, PREDICTORS_NAME = "use_and_likeness.svg", "use_and_metrics.svg"


def columns(found, known):
    """Return use by row, and metric -> row -> value, larger being better."""
    use = {row: np.mean([*by_patient(found[row], REGIONS).values()]) for row in known}
    values = {}
    for row, one in known.items():
        for key, value in one["metrics"].items():
            better = METRICS[key].higher_is_better
            if better is not None:
                values.setdefault(key, {})[row] = value if better else -value
        for key, value in one["lesion"].items():
            values.setdefault(f"lesion {key}", {})[row] = value
        values.setdefault(FROZEN, {})[row] = frozen_dice(one)
    return use, values


def rank_correlations(use, values):
    """Return metric -> Spearman's rank correlation with use, the largest last."""
    found = {
        key: float(stats.spearmanr([*use.values()], [of_row[row] for row in use])[0])
        for key, of_row in values.items()
    }
    return dict(sorted(found.items(), key=lambda one: one[1]))


def smallest_significant(methods):
    """Return the least rank correlation with an exact two-sided p of at most .05.

    Over all orders of that many methods, of which there have to be five or more.
    """
    ranks = np.arange(methods)
    orders = np.array([*permutations(ranks)])
    rho = 1 - 6 * ((orders - ranks) ** 2).sum(1) / (methods * (methods**2 - 1))
    rare = [one for one in np.unique(rho) if np.mean(np.abs(rho) >= one - 1e-9) <= 0.05]
    return float(min(rare))


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


def label_heights(use):
    """Return where labels stand: at their values, or just above the one below."""
    heights, last = {}, -np.inf
    for row, value in sorted(use.items(), key=lambda one: one[1]):
        heights[row] = last = max(value, last + LABEL_HEIGHT)
    return heights


def in_print(key):
    """Return the name of a metric as the field prints it."""
    inside = key.removeprefix("lesion ")
    title = METRICS[inside].title if inside in METRICS else inside
    return f"{title} within the lesion" if inside != key else title


def draw_likeness(use, values, titles):
    """Draw use against likeness to the sources, and the Pareto fronts."""
    drawing, axes = plt.subplots(2, 3, figsize=(9.6, 7), layout="constrained")
    for place, key in zip(axes.flat, SHOWN, strict=True):
        of_row = values[key]
        best = front(of_row, use)
        place.plot(
            [of_row[row] for row in best],
            [use[row] for row in best],
            color=ORANGE,
            linewidth=1,
            zorder=0,
        )
        place.scatter([of_row[row] for row in use], [*use.values()], color=BLUE)
        middle = (min(of_row.values()) + max(of_row.values())) / 2
        for row, height in label_heights(use).items():
            right = of_row[row] > middle
            title = titles[row].removeprefix("new U-Net on images of ")
            place.text(
                of_row[row],
                height,
                f"{title}   " if right else f"   {title}",
                ha="right" if right else "left",
                va="center",
                fontsize=7,
            )
        place.margins(0.14)
        place.set(xlabel=in_print(key))
    for place in axes[:, 0]:
        place.set_ylabel("mean Dice of the segmenter")
    saved(drawing, LIKENESS_NAME)


def draw_predictors(use, values):
    """Draw the rank correlation of every image metric with use."""
    ordered = rank_correlations(use, values)
    drawing, place = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    limit = smallest_significant(len(use))
    place.axvspan(-limit, limit, color="#eef1f3", zorder=0)
    colours = [BLUE if value > 0 else ORANGE for value in ordered.values()]
    place.barh([in_print(key) for key in ordered], [*ordered.values()], color=colours)
    place.axvline(0, color="black", linewidth=0.8)
    place.set(xlim=(-1, 1), xlabel=f"rank correlation with use, {len(use)} methods")
    place.tick_params(labelsize=8)
    saved(drawing, PREDICTORS_NAME)


def saved(drawing, name):
    """Write one figure, the same bytes for the same numbers."""
    with plt.rc_context({"svg.hashsalt": "bratsfuse"}):
        drawing.savefig(FOLDER / name, metadata={"Date": None})
    plt.close(drawing)
