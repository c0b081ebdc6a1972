"""The tables of the answer, in Markdown."""

import numpy as np
from answer_comparisons import MARGIN
from answer_figures import (
    FROZEN,
    columns,
    in_print,
    rank_correlations,
    smallest_significant,
)
from answer_scores import (
    REGIONS,
    by_patient,
    comparable_images,
    folds_below_the_floor,
    frozen_dice,
    images,
)

from bratsfuse.evaluation.downstream_rules import FIDELITY
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
            f"{shown(one.mean)}, **{one.verdict}**{floor_words(one.ours)}"
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


def floor_words(row):
    """Return whether images are below the floor of likeness, in which folds."""
    folds, whole = folds_below_the_floor(row)
    if whole:
        return f" (below the floor, by folds {in_list(folds)}: no claim)"
    return f" (folds {in_list(folds)} below the floor)" if folds else ""


def scores(found, named):
    """Return the mean Dice of every row, its images' likeness beside it."""
    rows = []
    for row, folds in found.items():
        each = {region: by_patient(folds, (region,)) for region in REGIONS}
        mean = by_patient(folds, REGIONS)
        of_row = images(row)
        lesion = of_row["lesion"] if of_row else {}
        ends = mean_interval([*mean.values()], [*mean])
        likeness = [f"{lesion[key]:.3f}" if key in lesion else "" for key in FIDELITY]
        cells = [
            named[row] + floor_words(row),
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
    keys = map(in_print, next(iter(known.values()))["metrics"])
    return table(["images of", *keys], rows), folds


def predictors(found):
    """Return what the figure of rank correlations says, in words and numbers."""
    use, values, folds = columns(found)
    ordered = rank_correlations(use, values)
    limit = smallest_significant(len(use))
    numbers = ", ".join(
        f"{in_print(key)} {rho:+.2f}" for key, rho in reversed(ordered.items())
    )
    sides = (
        {
            "Beyond chance predict use": [k for k in ordered if limit <= ordered[k]],
            "beyond chance go against it": [k for k in ordered if ordered[k] <= -limit],
        }
        if limit
        else {}
    )
    found = "; ".join(
        f"{words}: {', '.join(map(in_print, keys)) or 'none'}"
        for words, keys in sides.items()
    )
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
        f"\n\n{found or numbers}.\n\n{numbers}."
    )


def in_list(folds):
    """Return the numbers of folds."""
    return ", ".join(name.removeprefix("fold") for name in sorted(folds))
