"""The jobs of grand-challenge.org: one run of an algorithm for each case.

``predictions.json`` lists the jobs. Each names its inputs, of which one contains the
case id, and has one output volume below ``<job>/output/``.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bratsfuse.challenges.scoring import RefusedError, Rules
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import read_manifest
from bratsfuse.submission.from_volumes import UnimportableError, import_volumes

PREDICTIONS_JSON: Final = "predictions.json"
_VOLUMES: Final = (".nii.gz", ".nii", ".mha", ".nrrd")


def submission_of_jobs(given: Path, release: Path, work: Path, rules: Rules) -> Path:
    """Return the submission that the output volumes of all jobs make.

    Parameters
    ----------
    given
        The input folder of the platform, which is only read.
    release
        What the predictions are for.
    work
        A folder that does not exist yet, for what is made on the way.
    rules
        Of the challenge; its track says what the volumes are.

    Raises
    ------
    RefusedError
        If a job names no case or two, has no output or two, or a volume is not on the
        grid of its case: every reason at once where there are several.
    InvalidInputError
        If ``predictions.json`` is broken.
    """
    manifest = read_manifest(release)
    wanted = {name for name, one in manifest.cases.items() if one.split == rules.split}
    volumes = work / "volumes"
    volumes.mkdir(parents=True)
    problems = []
    seen: set[str] = set()
    for job in _jobs(given / PREDICTIONS_JSON):
        try:
            case, volume = _case_of(job, wanted), _output_of(job, given)
        except InvalidInputError as problem:
            problems.append(str(problem))
            continue
        if case in seen:
            problems.append(f"job {job.get('pk')}: case {case} is in another job, too")
        seen.add(case)
        ending = next(end for end in _VOLUMES if volume.name.endswith(end))
        shutil.copyfile(volume, volumes / f"{case}{ending}")
    if problems:
        raise RefusedError(
            "\n  ".join(["the jobs make no submission; correct:", *problems])
        )
    target = work / "predictions"
    try:
        import_volumes(
            volumes,
            release,
            target,
            track=rules.track,
            split=rules.split,
            coding="bratsfuse" if rules.track == "segmentation" else None,
        )
    except UnimportableError as problem:
        raise RefusedError(str(problem), problem.issues) from problem
    return target


def _jobs(path: Path) -> list[Mapping[str, Any]]:
    try:
        jobs = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidInputError(
            f"{path}: cannot be read ({problem}); write it again"
        ) from problem
    if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
        raise InvalidInputError(f"{path}: expected a list of jobs")
    return jobs


def _case_of(job: Mapping[str, Any], wanted: set[str]) -> str:
    """Return the case whose id a job's inputs name, the longest if one has others."""
    names = sorted(_image_names(job.get("inputs")))
    found = {case for case in wanted for name in names if case in name}
    longest = {
        case
        for case in found
        if not any(case != other and case in other for other in found)
    }
    if len(longest) != 1:
        shown = ", ".join(names) or "no image"
        raise InvalidInputError(
            f"job {job.get('pk')}: its inputs are {shown}; expected the id of one case "
            f"of {len(wanted)} in them, such as {min(wanted)}"
        )
    return longest.pop()


def _image_names(inputs: object) -> Iterator[str]:
    for one in inputs if isinstance(inputs, list) else ():
        image = one.get("image") if isinstance(one, dict) else None
        name = image.get("name") if isinstance(image, dict) else None
        if isinstance(name, str):
            yield name


def _output_of(job: Mapping[str, Any], given: Path) -> Path:
    """Return the one volume that a job wrote."""
    key = str(job.get("pk"))
    folder = given / Path(key).name / "output"
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name.endswith(_VOLUMES)
    )
    if len(found) != 1:
        raise InvalidInputError(
            f"job {key}: {len(found)} volumes in its output; expected one of "
            f"{', '.join(_VOLUMES)}"
        )
    return found[0]
