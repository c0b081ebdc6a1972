"""What the fused images of an experiment's rows look like, beside what they are worth.

    python benchmarks/images_of_rows.py RELEASE EXPERIMENT RESULTS

For every row of the experiment (a folder of `bratsfuse experiment` on that one release)
whose segmenter learned on fused images: the mean of every fusion metric over the test
slices, likeness to the sources within lesions, and the Dice of the frozen reference
segmenter. One file per row, RESULTS/images_<row>.json; what is there is kept. Images
are made by the row's own run, or taken from the release.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from bratsfuse.baselines import load
from bratsfuse.evaluation.downstream_rules import WEAKEST
from bratsfuse.experiments.definition import read_definition
from bratsfuse.experiments.fidelity import in_lesion
from bratsfuse.fusers import fuser
from bratsfuse.methods import method as method_of
from bratsfuse.metrics import fusion
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training.validation import CaseDice

SPLIT = "test"


def fused_images(release, source):
    """Yield case, sources, fused image and mask of every test slice."""
    manifest = read_manifest(release)
    stored = f"fusion_{source}" if source in manifest.products else None
    method = None if stored else method_of(str(source), manifest.recipe.sources)
    with SplitFile(release / manifest.splits[SPLIT].file) as file:
        for row, case in enumerate(file.texts("case_id")):
            images = {name: file.pixels(name, row) for name in manifest.recipe.sources}
            fused = file.pixels(stored, row) if stored else method(images)["fusion"]
            yield case, np.stack([*images.values()]), fused, file.pixels("mask", row)


def measured(release, source):
    """Return what is said of the images of one source."""
    scorer = load("reference_segmenter")
    metrics, lesion, weakest, dice = [], [], [], CaseDice()
    for case, sources, fused, mask in fused_images(release, source):
        metrics.append(fusion.evaluate(sources, fused))
        lesion.append(in_lesion(sources, fused, mask))
        weakest.append(in_lesion(sources, fuser(WEAKEST)(sources), mask))
        pair = scorer.segment(fused), mask
        dice.add([case], *(torch.tensor(one)[None] for one in pair))
    return {
        "slices": len(metrics),
        "metrics": means(metrics),
        "lesion": means(lesion),
        "weakest": means(weakest),
        "reference_segmenter": dice.scores(),
    }


def means(rows):
    """Return key -> mean over the rows that have a value."""
    return {
        key: float(np.nanmean([row[key] for row in rows if row[key] is not None]))
        for key in rows[0]
    }


def main():
    """Write one file for each row that is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", type=Path)
    parser.add_argument("experiment", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--definition", default="baselines/experiments/claims.toml")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.results.mkdir(parents=True, exist_ok=True)
    for name, row in read_definition(given.definition).rows.items():
        done = list((given.experiment / "results").glob(f"*/{name}.json"))
        target = given.results / f"images_{name}.json"
        if not row.fused_by or not done or target.exists():
            continue
        runs = list((given.experiment / "runs").glob(f"*/{row.fused_by}"))
        found = measured(given.release, runs[0] if runs else row.fused_by)
        target.write_text(json.dumps(found, indent=1) + "\n")
        print(target)


if __name__ == "__main__":
    main()
