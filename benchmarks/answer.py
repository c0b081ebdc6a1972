"""The answer of the experiment: the page and figures of docs/experiment, from JSON.

    python benchmarks/answer.py

Reads the scores of every test case in docs/experiment/stage1/fold*/<row>.json, and what
is known of the images of a row in images_<row>.json, and writes answer.md and its
figures into docs/experiment. Tests are those of docs/experiment/plan.md, no others. A
row is compared where both rows are tested on the same patients; as long as folds are
missing the page says so and names no outcome.
"""

from answer_comparisons import OUTCOMES, described, planned
from answer_figures import draw_likeness, draw_predictors
from answer_reruns import reruns
from answer_scores import FOLDER, FOLDS, REGIONS, outcomes, titles
from answer_tables import (
    claims,
    comparisons,
    differences,
    image_metrics,
    in_list,
    predictors,
    scores,
    state,
)


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
