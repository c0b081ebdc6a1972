"""The answer of the experiment: the page and figures of docs/experiment, from JSON.

    python benchmarks/answer.py

Reads the scores of every test case in docs/experiment/stage1/fold*/<row>.json, and what
is known of the images of a row in images_<row>.json, and writes answer.md and its
figures into docs/experiment. Tests are those of docs/experiment/plan.md, no others. A
row is compared where both rows are tested on the same patients; as long as folds are
missing the page says so and names no outcome.
"""

import numpy as np
from answer_comparisons import MARGIN, OUTCOMES, described, planned
from answer_figures import (
    FROZEN,
    columns,
    draw_likeness,
    draw_predictors,
    rank_correlations,
    smallest_significant,
)
from answer_reruns import reruns
from answer_scores import (
    FOLDER,
    FOLDS,
    REGIONS,
    by_patient,
    comparable_images,
    frozen_dice,
    images,
    outcomes,
    titles,
)

from bratsfuse.evaluation.downstream_rules import FIDELITY, below_floor, floor_of
from bratsfuse.statistics.intervals import mean_interval

JOINT, ALTERNATING, NONE = "unet_joint", "unet_alternating", "unet_none"

CLAIMS = (
    (
        "Guidance by segmentation makes images that serve a segmenter better",
        ((JOINT, NONE), (ALTERNATING, NONE)),
    ),
    ("It is the bi-level coupling that does it", ((ALTERNATING, JOINT),)),
    (
        "One such image serves a segmenter better than other fused images",
        ((JOINT, "fusion_maximum"), (ALTERNATING, "fusion_maximum")),
    ),
    (
        "One such image is worth as much as both sequences side by side",
        ((JOINT, "two_channels"), (ALTERNATING, "two_channels")),
    ),
    (
        "One such image is worth more than a single sequence",
        ((JOINT, "t1ce"), (ALTERNATING, "t1ce")),
    ),
)
"""What the paper claims, in our words, and the planned comparisons that answer it."""

OPEN = (
    (
        "Fusing images is better than joining features",
        "open: stage 2 of the plan, not run",
    ),
    (
        "MRI with PET or SPECT, too",
        "open: BraTS has neither",
    ),
    (
        "A Dice of 93.7 in ET on BraTS 2021",
        "cannot be compared: other patients, and neither their number nor the way of "
        "averaging is public",
    ),
)


def table(head, rows):
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def shown(interval):
    """Return a difference and its interval."""
    return f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def short(title):
    """Return the title of a row within a sentence."""
    return title.removeprefix("new U-Net on images of ")


def claims(comparisons, named):
    """Return what the experiment answers to each claim."""
    by_pair = {(one.ours, one.theirs): one for one in comparisons}
    rows = []
    for claim, pairs in CLAIMS:
        answers = [
            f"`{short(named[one.ours])}` less {short(named[one.theirs])}: "
            f"{shown(one.mean)}, **{one.verdict}**"
            for one in (by_pair[pair] for pair in pairs)
        ]
        rows.append([claim, "<br>".join(answers)])
    return table(["claim", "answer"], [*rows, *OPEN])


def state(found, named):
    """Return which folds of which rows are done."""
    rows = []
    for row, title in named.items():
        folds = found.get(row, {})
        done = ", ".join(name.removeprefix("fold") for name in sorted(folds)) or "none"
        patients = len(by_patient(folds, REGIONS))
        rows.append([title, done, patients])
    return table(["the segmenter is given", "folds done", "patients tested"], rows)


def scores(found, named):
    """Return the mean Dice of every row, its images' likeness beside it."""
    rows = []
    for row, folds in found.items():
        each = {region: by_patient(folds, (region,)) for region in REGIONS}
        mean = by_patient(folds, REGIONS)
        of_row = images(row)
        lesion = of_row["lesion"] if of_row else {}
        below = of_row and below_floor(lesion, floor_of(of_row["weakest"]))
        ends = mean_interval([*mean.values()], [*mean])
        likeness = [f"{lesion[key]:.3f}" if key in lesion else "" for key in FIDELITY]
        cells = [
            named[row] + (" (below the floor: no claim)" if below else ""),
            len(mean),
            *(f"{np.mean([*each[region].values()]):.3f}" for region in REGIONS),
            f"{ends.mean:.3f} [{ends.low:.3f}, {ends.high:.3f}]",
            *likeness,
            f"{frozen_dice(of_row):.3f}" if of_row else "",
        ]
        rows.append((ends.mean, cells))
    head = ["the segmenter is given", "patients", *REGIONS, "mean [95 %]"]
    head += [f"lesion {key.upper()}" for key in FIDELITY] + [FROZEN]
    return table(head, [cells for _, cells in sorted(rows, key=lambda one: -one[0])])


def comparisons(done, named):
    """Return the table of planned comparisons of one outcome."""
    rows = []
    for one in done:
        name = f"{short(named[one.ours])} less {short(named[one.theirs])}"
        if one.mean is None:
            rows.append([one.question, name, one.patients, *[""] * 6])
            continue
        rows.append(
            [
                one.question,
                name,
                one.patients,
                shown(one.mean),
                in_words(one.p),
                in_words(one.corrected),
                "yes" if one.alike else "no",
                f"{one.seen:.3f}",
                one.verdict,
            ]
        )
    head = ["question", "difference", "patients", "mean [95 %]", "p", "p (Holm)"]
    head += [f"within ±{MARGIN} (90 %)", "smallest that is seen (power .8)", "outcome"]
    return table(head, rows)


def differences(done, named):
    """Return the table of what nobody planned."""
    rows = [
        [
            f"{short(named[one.ours])} less {short(named[one.theirs])}",
            one.patients,
            shown(one.mean),
            f"{one.seen:.3f}",
        ]
        for one in done
    ]
    head = ["difference", "patients", "mean [95 %]", "smallest that is seen (power .8)"]
    return table(head, rows)


def in_words(p):
    """Return a p value; below four decimals, that it is."""
    return f"{p:.4f}" if p >= 0.0001 else "< 0.0001"


def image_metrics(found, named):
    """Return the mean of every image metric of every row, the folds they share."""
    known, folds = comparable_images(found)
    rows = [
        [short(named[row]), *(f"{value:.3f}" for value in one["metrics"].values())]
        for row, one in known.items()
    ]
    keys = next(iter(known.values()))["metrics"]
    return table(["images of", *keys], rows), folds


def predictors(found):
    """Return what the figure of rank correlations says, in words and numbers."""
    use, values, folds = columns(found)
    ordered = rank_correlations(use, values)
    limit = smallest_significant(len(use))
    numbers = ", ".join(f"{key} {rho:+.2f}" for key, rho in reversed(ordered.items()))
    chance = (
        "So few methods cannot tell any of these from chance."
        if limit is None
        else f"With so few methods, what is within ±{limit:.2f}, the shaded part, "
        "cannot be told from chance (exact two-sided p above .05, not corrected)."
    )
    return (
        f"Spearman's rank correlation, over {len(use)} methods, of an image metric "
        "with the mean Dice of a segmenter that learned on the images; metrics count "
        f"so that larger is better. Images of folds {in_list(folds)}. {chance}"
        f"\n\n{numbers}."
    )


def in_list(folds):
    """Return the numbers of folds."""
    return ", ".join(name.removeprefix("fold") for name in sorted(folds))


def page(found, named):
    """Yield the parts of the page, and draw its figures."""
    whole = all(len(found.get(row, {})) == FOLDS for row in named)
    yield "# The answer" if whole else "# What the experiment says so far"
    yield (
        "Made by `python benchmarks/answer.py` from the scores in [stage1](stage1); "
        "planned in [plan.md](plan.md) before any of them. Fuse4Seg is here our "
        "re-creation ([card](../../baselines/fuse4seg/MODEL_CARD.md)): the paper's own "
        "code and weights are not published."
    )
    if not whole:
        yield (
            "**Not all folds are done**: a comparison names no outcome before all "
            "folds of both rows are, and the numbers of the others can change."
        )
    tested = {name: planned(found, regions) for name, regions in OUTCOMES.items()}
    main = tested[next(iter(OUTCOMES))]
    if all(one.mean for one in main):
        yield "## What becomes of the paper's claims"
        yield claims(main, named)
        yield (
            "Differences of the mean Dice of WT, TC and ET, patient by patient, with "
            "95 % intervals by the bootstrap over patients; the words follow "
            "[the plan](plan.md#what-each-outcome-will-mean)."
        )
    yield "## Dice of the segmenter"
    yield scores(found, named)
    yield (
        "The mean over patients, each tested once. Likeness to the sources within "
        "the box of the lesion, and the Dice of the [frozen reference segmenter]"
        "(../downstream.md#the-frozen-reference-segmenter), where they are measured."
    )
    for name, done in tested.items():
        yield f"## Planned comparisons: {name}"
        yield comparisons(done, named)
    yield "## Not planned: described, not tested"
    yield differences(described(found, REGIONS), named)
    likeness = draw_likeness(found, named)
    if likeness:
        yield "## Likeness and use"
        yield f"![Use against likeness to the sources]({likeness.name})"
        yield (
            "Lines join the rows that no other row beats in both: the Pareto front. "
            "Up is use for segmentation, right is likeness to the sources, or, in the "
            "last, the Dice of the frozen reference segmenter."
        )
        metrics, folds = image_metrics(found, named)
        yield metrics
        yield f"Means over the test slices of folds {in_list(folds)}."
    drawn = draw_predictors(found)
    if drawn:
        yield "## Which image metrics go with use"
        yield f"![Rank correlation of image metrics with use]({drawn.name})"
        yield predictors(found)
    again = reruns(named)
    if again:
        yield "## To check a number"
        yield again
    if not whole:
        yield "## What is done"
        yield state(found, named)


def main():
    """Write the page."""
    text = "\n\n".join(page(outcomes(), titles()))
    (FOLDER / "answer.md").write_text(text + "\n")
    print(FOLDER / "answer.md")


if __name__ == "__main__":
    main()
