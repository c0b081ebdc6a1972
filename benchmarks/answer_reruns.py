"""Trainings of the experiment that were done a second time, from the raw cases on."""

from answer_scores import FOLDER, REGIONS

from bratsfuse.experiments.outcome import Outcome
from bratsfuse.records import from_json

HOW = (
    "[The plan](plan.md#rows) has the commands. The cases of a fold are named in its "
    "files; 21 are of the training data of BraTS 2018, 22 of the folder "
    "`sample_vol/brats` of the public repository koriavinash1/BioExp. With "
    "`OMP_NUM_THREADS=1` and the same kind of processor a training gives the same "
    "bits; elsewhere sums are rounded in another order, and a trained network differs "
    "as it would with another seed. Done a second time, raw cases to scores:"
)


def pairs():
    """Return fold, row, and the outcome of each rerun and of the first run."""
    found = []
    for path in sorted(FOLDER.glob("reruns/fold*/*.json")):
        first = FOLDER / "stage1" / path.parent.name / path.name
        both = (from_json(Outcome, one.read_bytes()) for one in (path, first))
        found.append((path.parent.name, path.stem, *both))
    return found


def largest_difference(again, first):
    """Return the largest difference of a Dice of a patient between two runs."""
    scores = [{case.case: case.dice for case in one.cases} for one in (again, first)]
    if scores[0].keys() != scores[1].keys():
        raise SystemExit(f"{again.row}: the two runs tested different cases")
    return max(
        abs((scores[0][case][region] or 0) - (scores[1][case][region] or 0))
        for case in scores[0]
        for region in REGIONS
    )


def reruns(named):
    """Return how to check a number, and a line for each that was."""
    lines = []
    for fold, row, again, first in pairs():
        off = largest_difference(again, first)
        equal = "the same to the last digit" if off == 0 else f"at most {off:.4f} off"
        same = again.fingerprint == first.fingerprint
        release = "the fingerprint" if same else "another fingerprint"
        lines.append(
            f"- {named[row]}, {fold}: {release} `{again.fingerprint[:8]}`, every Dice "
            f"of its {len(again.cases)} patients {equal}."
        )
    return HOW + "\n\n" + "\n".join(lines)
