"""The tables of the answer, in Markdown."""

import numpy as np
from answer_comparisons import MARGIN
from answer_figures import (
    FROZEN,
    in_print,
    rank_correlations,
    smallest_significant,
)
from answer_scores import (
    REGIONS,
    by_patient,
    folds_below_the_floor,
    frozen_dice,
    images,
    is_below_the_floor,
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


def floor_words(row):
    """Return whether images are below the floor of likeness, and in which folds."""
    folds = folds_below_the_floor(row)
    if not folds:
        return ""
    numbers = ", ".join(map(str, folds))
    below = is_below_the_floor(images(row))
    return f" (below the floor in folds {numbers}{': no claim' if below else ''})"


def scores(found, known, named):
    """Return the mean Dice of every row, its images' likeness beside it."""
    rows = []
    for row, folds in found.items():
        each = {region: by_patient(folds, (region,)) for region in REGIONS}
        mean = by_patient(folds, REGIONS)
        of_row = known.get(row)
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


def image_metrics(known, named):
    """Return the mean of every image metric of every row."""
    rows = [
        [short(named[row]), *(f"{value:.3f}" for value in one["metrics"].values())]
        for row, one in known.items()
    ]
    keys = map(in_print, next(iter(known.values()))["metrics"])
    return table(["images of", *keys], rows)


def predictors(use, values):
    """Return what the figure of rank correlations says, in words and numbers."""
    ordered = rank_correlations(use, values)
    limit = smallest_significant(len(use))
    numbers = ", ".join(
        f"{in_print(key)} {rho:+.2f}" for key, rho in reversed(ordered.items())
    )
    useful = [in_print(key) for key, rho in ordered.items() if rho >= limit]
    against = [in_print(key) for key, rho in ordered.items() if rho <= -limit]
    return (
        f"Spearman's rank correlation, over {len(use)} methods, of an image metric "
        "with the mean Dice of a segmenter that learned on the images; metrics count "
        "so that larger is better. With so few methods, what is less than "
        f"{limit:.2f} from 0, the shaded part, cannot be distinguished from chance "
        "(exact two-sided p above .05, not corrected).\n\n"
        f"Beyond chance, use is predicted by {' and '.join(useful) or 'none'}; against "
        f"it go {' and '.join(against) or 'none'}.\n\n{numbers}."
    )
