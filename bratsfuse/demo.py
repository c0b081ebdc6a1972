"""The whole story on phantom cases, in a few minutes on two cores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.building.pipeline import build
from bratsfuse.errors import ReleaseError
from bratsfuse.evaluation.pipeline import evaluate
from bratsfuse.evaluation.settings import Settings
from bratsfuse.issues import errors_in
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.render import INDEX_NAME, render
from bratsfuse.methods.predictions import predict
from bratsfuse.phantom.write import write_phantoms
from bratsfuse.place import Kind, new_result
from bratsfuse.progress import Progress
from bratsfuse.raw.read_case import read_case
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.preview import write_preview
from bratsfuse.release.recipe import Recipe
from bratsfuse.release.verify.release import verify
from bratsfuse.report.slice_pages import ADDRESS
from bratsfuse.report.write import PAGE_NAME, room_for_slices, write_report

CASES: Final = 12
SLICES: Final = 120
METHODS: Final = ("average", "maximum", "laplacian", "threshold", "fuse4seg")
"""What is scored without training: three fusion methods, a segmenter, and Fuse4Seg with
the weights that come with bratsfuse."""
SHOWN: Final = "fuse4seg"
"""Whose slices can be looked through beside its report."""
TRAINED: Final = "fuse4seg tiny"
STEPS: Final = 60
"""Of the smallest Fuse4Seg, which shows how training goes and no more."""

COST: Final = "About three minutes on two cores and 152 MB on disk"
"""Measured with ``make demo``; nothing is downloaded."""

READING: Final = (
    "How to read the board: phantoms of noise and a training of a minute show that "
    "every step works; which method is better on patients, these ranks do not say."
)

DEMO: Final = Kind(name="folder", parents=True, advice="choose a new folder with -o")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Where to look, once the demo is done.

    Attributes
    ----------
    raw, release, montage
        The phantom cases, the release built from them, a picture of it.
    reports
        Method -> the page of its report.
    slices
        The page of all slices beside one of them.
    learning_curve
        What the training did.
    leaderboard
        The page that ranks them.
    manifest
        What the release contains.
    """

    raw: Path
    release: Path
    montage: Path
    reports: Mapping[str, Path]
    slices: Path
    leaderboard: Path
    learning_curve: Path
    manifest: Manifest

    def moved(self, old: Path, new: Path) -> "DemoResult":
        """Return the same places in a folder of another name."""

        def there(path: Path) -> Path:
            return new / path.relative_to(old)

        return DemoResult(
            raw=there(self.raw),
            release=there(self.release),
            montage=there(self.montage),
            reports={name: there(page) for name, page in self.reports.items()},
            slices=there(self.slices),
            leaderboard=there(self.leaderboard),
            learning_curve=there(self.learning_curve),
            manifest=self.manifest,
        )


def demo(folder: Path, *, workers: int, say: Say, progress: Progress) -> DemoResult:
    """Return where the results of the complete workflow are.

    Phantom cases are written, built into a release, verified, loaded with
    ``datasets`` and with torch, and drawn. A small Fuse4Seg is trained on it. That
    network, Fuse4Seg with its bundled weights, and methods that need no training
    predict the test split, are scored, and ranked.

    Parameters
    ----------
    folder
        A new folder for everything.
    workers
        Processes.
    say
        Called with a sentence at every step.
    progress
        Called after every finished item.

    Raises
    ------
    InvalidInputError
        If the folder exists and is not empty.
    ReleaseError
        If the release is not what it should be.
    """
    with new_result(folder, DEMO) as new:
        made = _whole_story(new, workers=workers, say=say, progress=progress)
    return made.moved(new, folder)


def _whole_story(
    folder: Path, *, workers: int, say: Say, progress: Progress
) -> DemoResult:
    """Do everything in an empty folder, which becomes the demo's at the end."""
    raw, release, montage = folder / "raw", folder / "release", folder / "preview.png"
    say(f"1. {CASES} phantom cases: heads made of noise, no patient's data")
    write_phantoms(
        BUILDERS["brats2021"], raw, cases=CASES, workers=workers, progress=progress
    )
    say(f"2. build: {SLICES} slice sets, split by patient")
    found = find_cases(raw)
    manifest = build(
        found.layout,
        found.cases,
        Recipe(slices=SLICES),
        release,
        read=read_case,
        workers=workers,
        progress=progress,
    )
    say(f"   fingerprint {manifest.fingerprint}")
    say("3. verify: every array against its digest, every rule")
    issues = errors_in(verify(release, progress))
    if issues:
        raise ReleaseError(f"{release}: {issues[0]}; run the demo in another folder")
    say("4. load with datasets and with torch")
    for line in _load_both_ways(release):
        say(f"   {line}")
    say("5. preview")
    write_preview(release, manifest, montage)
    say(f"6. train: {TRAINED}, {STEPS} steps")
    run = _train(release, folder, progress)
    methods = {name: name for name in METHODS} | {TRAINED: run}
    say(f"7. predict and evaluate: {', '.join(methods)}")
    reports = {}
    for name, method in methods.items():
        say(f"   {name}")
        reports[name] = _score(name, method, release, folder, workers, progress)
    say("8. leaderboard")
    for report in reports.values():
        admit(report, folder / "board")
    render(folder / "board", folder / "site")
    return DemoResult(
        raw=raw,
        release=release,
        montage=montage,
        reports={name: report / PAGE_NAME for name, report in reports.items()},
        slices=reports[SHOWN] / ADDRESS,
        leaderboard=folder / "site" / INDEX_NAME,
        learning_curve=Path(run) / "figures" / "learning_curve.svg",
        manifest=manifest,
    )


def _train(release: Path, folder: Path, progress: Progress) -> str:
    """Return the folder of a run of the smallest Fuse4Seg, as text."""
    from bratsfuse.baselines.fuse4seg.trainable import TRAINING  # imports torch
    from bratsfuse.training.loop import train
    from bratsfuse.training.read_config import read_config

    run = folder / "runs" / TRAINED.replace(" ", "_")
    run.parent.mkdir(exist_ok=True)
    settings = ("preset='tiny'", f"steps={STEPS}", "log_every=5")
    train(
        "fuse4seg",
        TRAINING,
        release,
        run,
        read_config(TRAINING.config, settings=settings),
        report=lambda done, total, _row: progress("train", done, total),
    )
    return str(run)


def _score(
    name: str,
    method: str,
    release: Path,
    folder: Path,
    workers: int,
    progress: Progress,
) -> Path:
    """Return the report of a method's submission for the test split."""
    place = name.replace(" ", "_")
    submission, report = folder / "submissions" / place, folder / "reports" / place
    for parent in (submission.parent, report.parent):
        parent.mkdir(exist_ok=True)
    predict(
        method, release, submission, workers=workers, name_as=name, progress=progress
    )
    shown = name == SHOWN
    with room_for_slices(report, asked=shown) as room:
        settings = Settings(
            workers=workers,
            slices=room,
            command=f"bratsfuse evaluate submissions/{place} --release release "
            f"-o reports/{place}{' --slices' if shown else ''}",
        )
        write_report(evaluate(submission, release, settings, progress), report)
    return report


def _load_both_ways(release: Path) -> list[str]:
    import datasets

    from bratsfuse.release.torch_dataset import BraTSFuse

    shown_before = datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        table = datasets.load_dataset(
            str(release),
            "fusion",
            split="train",
            cache_dir=str(release.parent / "datasets-cache"),
        )
    finally:
        if shown_before:
            datasets.enable_progress_bars()
    train = BraTSFuse(release, split="train", sources=("t1ce", "flair"))
    sample = train[0]
    shapes = ", ".join(
        f"{name} {tuple(sample[name].shape)}" for name in ("image", "fused", "mask")
    )
    return [
        f'load_dataset(release, "fusion", split="train"): {len(table)} rows of '
        f"{', '.join(table.column_names[:4])}, ...",
        f"BraTSFuse(release)[0]: {shapes}",
    ]
