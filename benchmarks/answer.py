"""The answer of the experiment: the page and figures of docs/experiment, from JSON.

    python benchmarks/answer.py

Reads the scores of every test case in docs/experiment/stage1/fold*/<row>.json, and what
is known of the images of a row in images_<row>.json, and writes answer.md and its
figures into docs/experiment. Tests are those of docs/experiment/plan.md, no others.
"""

from answer_comparisons import OUTCOMES, described, planned
from answer_figures import (
    LIKENESS_NAME,
    PREDICTORS_NAME,
    columns,
    draw_likeness,
    draw_predictors,
)
from answer_reruns import reruns
from answer_scores import FOLDER, REGIONS, all_images, outcomes, titles
from answer_tables import (
    claims,
    comparisons,
    differences,
    image_metrics,
    predictors,
    scores,
)


def page(found, known, named):
    """Yield the parts of the page."""
    yield "# The answer"
    yield (
        "Made by `python benchmarks/answer.py` from the scores in [stage1](stage1); "
        "planned in [plan.md](plan.md) before any of them. Fuse4Seg is here our "
        "re-creation ([card](../../baselines/fuse4seg/MODEL_CARD.md)): the paper's own "
        "code and weights are not published."
    )
    tested = {name: planned(found, regions) for name, regions in OUTCOMES.items()}
    yield "## What becomes of the paper's claims"
    yield claims(tested[next(iter(OUTCOMES))], named)
    yield (
        "Differences of the mean Dice of WT, TC and ET, patient by patient, with "
        "95 % intervals by the bootstrap over patients; the words follow "
        "[the plan](plan.md#what-each-outcome-will-mean)."
    )
    yield "## Dice of the segmenter"
    yield scores(found, known, named)
    yield (
        "The mean over patients, each tested once. Likeness to the sources within "
        "the box of the lesion, and the Dice of the [frozen reference segmenter]"
        "(../downstream.md#the-frozen-reference-segmenter), of rows with fused images."
    )
    for name, done in tested.items():
        yield f"## Planned comparisons: {name}"
        yield comparisons(done, named)
    yield "## Not planned: described, not tested"
    yield differences(described(found, REGIONS), named)
    yield "## Likeness and use"
    yield f"![Use against likeness to the sources]({LIKENESS_NAME})"
    yield (
        "Lines join the rows that no other row beats in both: the Pareto front. "
        "Up is use for segmentation, right is likeness to the sources, or, in the "
        "last, the Dice of the frozen reference segmenter."
    )
    yield image_metrics(known, named)
    yield "Means over the test slices of all folds."
    yield "## Which image metrics go with use"
    yield f"![Rank correlation of image metrics with use]({PREDICTORS_NAME})"
    yield predictors(*columns(found, known))
    yield "## To check a number"
    yield reruns(named)


def document(found, known):
    """Return the page."""
    return "\n\n".join(page(found, known, titles())) + "\n"


def main():
    """Write the page and draw its figures."""
    found = outcomes()
    known = all_images(found)
    path = FOLDER / "answer.md"
    path.write_text(document(found, known), encoding="utf-8")
    use, values = columns(found, known)
    draw_likeness(use, values, titles())
    draw_predictors(use, values)
    print(path)


if __name__ == "__main__":
    main()
