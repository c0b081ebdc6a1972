"""Raw cases to a release: measure, plan, slice, merge, rename.

Each step leaves files in ``<release>.building``, so that a build that was interrupted
goes on where it stopped. The release appears under its name complete, in one rename.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bratsfuse import __version__
from bratsfuse.building.assemble import assemble
from bratsfuse.building.measuring import duplicate_issues, survey_case
from bratsfuse.building.parts import Choice, Part, Read, common_image_shape, make_part
from bratsfuse.building.plan import Plan, plan_slices
from bratsfuse.building.survey import Survey
from bratsfuse.building.surveying import survey_all
from bratsfuse.errors import (
    BratsfuseError,
    InvalidInputError,
    RawDataError,
    ReleaseError,
    WorkerDiedError,
    unwritable,
)
from bratsfuse.fusers import check as check_fusers
from bratsfuse.issues import Issue, errors_in
from bratsfuse.parallel import in_order
from bratsfuse.place import check_target, new_result, own_folder, write_file
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.layout import Layout
from bratsfuse.records import Case, from_json, to_json
from bratsfuse.release.columns import columns
from bratsfuse.release.fingerprint import json_digest
from bratsfuse.release.label_key import check_key_target, key_path, place_key
from bratsfuse.release.manifest import (
    RELEASE,
    RELEASE_FILE,
    Manifest,
    building_folder,
)
from bratsfuse.release.recipe import Recipe


class BadCasesError(RawDataError):
    """Some cases cannot enter a release.

    Attributes
    ----------
    issues
        All of their problems.
    """

    def __init__(self, issues: Sequence[Issue], bad: int, total: int) -> None:
        self.issues = tuple(issues)
        super().__init__(
            f"{bad} of {total} cases cannot be used; fix or remove them, "
            "or pass --skip-bad to build without them"
        )


def build(
    layout: Layout,
    cases: Sequence[Case],
    recipe: Recipe,
    target: Path,
    *,
    read: Read,
    workers: int = 1,
    skip_bad: bool = False,
    allow_fewer: bool = False,
    overwrite: bool = False,
    progress: Progress = silent,
    notes: Sequence[Issue] = (),
    withhold: Sequence[str] = (),
    key: Path | None = None,
) -> Manifest:
    """Return the manifest of a new release, which appears complete or not at all.

    Parameters
    ----------
    layout
        The dataset layout, for licence and citation.
    cases
        Its cases, sorted by id.
    recipe
        All choices that change what is built.
    target
        The folder of the release; it appears in one rename.
    read
        Reads a case; a module-level function, because workers import it.
    workers
        Processes. The release is the same for any number.
    skip_bad
        Build without the cases that have errors instead of refusing.
    allow_fewer
        Take as many slice sets as there can be if they are fewer than asked for.
    overwrite
        Replace a release that already exists.
    progress
        Called after every finished item.
    notes
        More to keep on record in the manifest.
    withhold
        Splits whose masks are left out and written into an answer key.
    key
        The file of that answer key; None for the release's name with ``.key.h5``.

    Raises
    ------
    BadCasesError
        If cases have errors and `skip_bad` is false.
    InvalidInputError
        If there are too few patients or slices, or none in a split to hide.
    UnknownNameError, MissingExtraError
        If a fusion method does not exist, or needs what is not installed.
    ReleaseError
        If the target or the answer key cannot be written, exists, or is being built by
        another process.
    """
    check_fusers(recipe.fusers)
    check_target(target, RELEASE, overwrite=overwrite)
    key = key_path(target) if key is None else key
    if withhold:
        check_key_target(key, target, overwrite=overwrite)
    building = building_folder(target)
    written = building / "key.h5"

    def finish() -> None:
        if withhold:  # a release without its key is taken back
            place_key(written, key, overwrite=overwrite)
        shutil.rmtree(building)

    with (
        new_result(target, RELEASE, overwrite=overwrite, then=finish) as new,
        _kept(building),
    ):
        surveys = _surveyed(cases, recipe, building, read, workers, progress)
        usable, issues = _usable(cases, surveys, skip_bad=skip_bad)
        by_id = {survey.case_id: survey for survey in surveys}
        plan = plan_slices(usable, by_id, recipe, allow_fewer=allow_fewer)
        chosen = _choices(plan, usable, by_id, withhold)
        parts = _sliced(chosen, recipe, building, read, workers, progress)
        return assemble(
            new,
            layout,
            recipe,
            chosen,
            parts,
            (*notes, *issues, *plan.issues),
            key=written,
        )


@contextmanager
def _kept(building: Path) -> Iterator[None]:
    """Keep what an interrupted build leaves in a folder for the next one.

    A refusal leaves nothing, unless an earlier build had left something. Trouble of the
    machine keeps it: a full disk, a failing one, a worker that was killed.
    """
    existed = building.exists()
    own_folder(building, RELEASE)
    try:
        yield
    except OSError as problem:
        text = f"{building}: {unwritable(problem)}; {_go_on(building)}"
        raise ReleaseError(text) from problem
    except BratsfuseError as problem:
        if isinstance(problem.__cause__, OSError):
            raise ReleaseError(f"{problem}; {_go_on(building)}") from problem
        if not (existed or isinstance(problem, WorkerDiedError)):
            shutil.rmtree(building, ignore_errors=True)
        raise


def _go_on(building: Path) -> str:
    return f"what is finished is kept in {building}: fix that and build again"


def _surveyed(
    cases: Sequence[Case],
    recipe: Recipe,
    building: Path,
    read: Read,
    workers: int,
    progress: Progress,
) -> list[Survey]:
    folder = building / "surveys"
    own_folder(folder, RELEASE)
    work = partial(_survey, recipe=recipe, folder=folder, read=read)
    progress("survey", 0, len(cases))
    return survey_all(
        work, cases, workers, lambda done: progress("survey", done, len(cases))
    )


def _survey(case: Case, *, recipe: Recipe, folder: Path, read: Read) -> Survey:
    """Return the statistics of a case, of an earlier run if its files are equal."""
    policy = {
        "clip_negatives": recipe.clip_negatives,
        "any_shape": recipe.any_shape,
    }
    try:
        stats = [(str(path), *_identity(path)) for path in case.files()]
    except OSError:  # reading tells what is wrong with the file
        return survey_case(case, read(case), **policy)
    key = json_digest([__version__, policy, repr(case), stats])
    path = folder / f"{key}.json"
    with suppress(FileNotFoundError, InvalidInputError):  # measured again
        return from_json(Survey, path.read_bytes(), every_key=True)
    survey = survey_case(case, read(case), **policy)
    write_file(path, to_json(survey), RELEASE_FILE)
    return survey


def _identity(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _usable(
    cases: Sequence[Case], surveys: Sequence[Survey], *, skip_bad: bool
) -> tuple[list[Case], list[Issue]]:
    """Return the cases that may enter the release and the issues of all."""
    duplicates = duplicate_issues([survey for survey in surveys if survey.usable])
    usable, issues = [], []
    for case, survey in zip(cases, surveys, strict=True):
        own = [*survey.issues, *duplicates.get(case.id, [])]
        issues += own
        if not errors_in(own):
            usable.append(case)
    bad = len(cases) - len(usable)
    if bad and (not skip_bad or not usable):
        raise BadCasesError(errors_in(issues), bad, len(cases))
    if len({tuple(sorted(case.label_map.items())) for case in usable}) > 1:
        raise InvalidInputError(
            "the cases code their labels in several ways (see their dataset.json "
            "files); build one release of each"
        )
    return usable, issues


def _choices(
    plan: Plan,
    cases: Sequence[Case],
    surveys: Mapping[str, Survey],
    withhold: Sequence[str],
) -> list[Choice]:
    for split in withhold:
        if split not in plan.slices:
            raise InvalidInputError(
                f"no slice sets in a split {split!r} whose labels are to be hidden; "
                f"the release will have {', '.join(plan.slices)}"
            )
    by_id = {case.id: case for case in cases}
    return [
        Choice(
            case=by_id[name],
            survey=surveys[name],
            slices=slices,
            split=split,
            withheld=split in withhold,
        )
        for split, chosen in plan.slices.items()
        for name, slices in chosen.items()
    ]


def _sliced(
    chosen: Sequence[Choice],
    recipe: Recipe,
    building: Path,
    read: Read,
    workers: int,
    progress: Progress,
) -> list[Part]:
    folder = building / "parts"
    own_folder(folder, RELEASE)
    work = partial(
        make_part,
        recipe=recipe,
        table=columns(recipe.fusers, recipe.sources),
        image_shape=common_image_shape([choice.survey for choice in chosen]),
        folder=folder,
        read=read,
    )
    parts = []
    progress("slice", 0, len(chosen))
    for part in in_order(work, chosen, workers):
        parts.append(part)
        progress("slice", len(parts), len(chosen))
    return parts
