"""Which fused images, sources and masks belong together, and what is wrong in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.folder_scores.partners import partner_issues
from bratsfuse.folder_scores.plausible import doubtful
from bratsfuse.image_files import find_pictures, grey_issue, inspect_picture
from bratsfuse.issues import Issue, error, warning


@dataclass(frozen=True, slots=True)
class FusedJob:
    """The files of one image: the fused one, its sources, its mask.

    ``colour`` is the source whose colours the fused image should have, if asked for.
    """

    name: str
    fused: Path
    sources: tuple[Path, ...]
    reference: Path | None
    colour: Path | None = None


def survey(
    fused: Path,
    sources: Sequence[Path],
    reference: Path | None,
    allow_missing: bool,
    colour: int | None = None,
) -> tuple[list[FusedJob], list[Issue]]:
    """Return what belongs together, and every problem; `colour` is a source's place."""
    folders = [fused, *sources] + ([] if reference is None else [reference])
    found = [find_pictures(folder) for folder in folders]
    issues = [issue for _, told in found for issue in told]
    pictures = [by_name for by_name, _ in found]
    if not all(pictures):
        return [], issues
    severity = warning if allow_missing else error
    issues += partner_issues(folders, pictures, severity)
    complete = sorted(set.intersection(*map(set, pictures)))
    if not complete and allow_missing:
        told = "no image name is common to all folders; rename the images alike"
        issues.append(error(str(fused), "nothing-in-common", told))
    count = 1 + len(sources)
    jobs = []
    for name in complete:
        paths = [by_name[name] for by_name in pictures]
        issues += _compare(name, paths, masks_from=count)
        mask = paths[count] if reference is not None else None
        coloured = None if colour is None else paths[1 + colour]
        if coloured is not None:
            issues += filter(None, map(grey_issue, (paths[0], coloured)))
        jobs.append(FusedJob(name, paths[0], tuple(paths[1:count]), mask, coloured))
    return jobs, issues


def doubts(jobs: Sequence[FusedJob]) -> list[Issue]:
    """Return what is not plausible; what cannot be decoded scoring refuses by name."""
    try:
        return doubtful(jobs)
    except OSError:
        return []


def _compare(name: str, paths: Sequence[Path], masks_from: int) -> Iterator[Issue]:
    """Yield what is wrong with the files of one image, from their headers."""
    shapes = {}
    for i, path in enumerate(paths):
        shape, issues = inspect_picture(path, mask=i >= masks_from)
        yield from issues
        if shape is not None:
            shapes[path] = shape
    if len(set(shapes.values())) > 1:
        sizes = ", ".join(f"{path} {h} x {w}" for path, (h, w) in shapes.items())
        told = f"found unequal sizes ({sizes}); expected one; resample the images"
        yield error(name, "unequal-sizes", told)
