"""Every command that writes, on small inputs: what faults are tried on.

`test_faults_of_writers` walks the tree of commands, so that a new command which writes
has to be added here.
"""

import csv
import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OUT = "{out}"
"""Stands for the result among the words of a command."""
TINY = ("preset=tiny", "steps=2", "batch_size=2", "downsample=1")

_PROGRAM = """
import pathlib, shutil, sys
for path in pathlib.Path(sys.argv[1]).iterdir():
    shutil.copy(path, pathlib.Path(sys.argv[2], path.name))
"""
COPY = f"{shlex.join([sys.executable, '-c', _PROGRAM])} {{{{t1ce}}}} {{{{fused}}}}"
"""A program that gives a modality back as the fused image."""


def _is_folder(*names: str) -> Callable[[Path], bool]:
    return lambda out: all((out / name).is_file() for name in names)


def _is_release(out: Path) -> bool:
    from bratsfuse.release.verify import verify

    return verify(out) == []


def _is_picture(out: Path) -> bool:
    from PIL import Image

    with Image.open(out) as image:
        image.load()
    return True


def _is_board(out: Path) -> bool:
    return all(json.loads(path.read_bytes()) for path in out.glob("*.json"))


def _is_run(out: Path) -> bool:
    """Return whether whatever a run has is whole: it is there from its start on."""
    from safetensors.numpy import load_file

    for path in out.rglob("*.safetensors"):
        load_file(path)
    return True


def _is_table(out: Path) -> bool:
    with out.open(newline="") as file:
        return len(list(csv.reader(file))) > 1


def _is_experiment(out: Path) -> bool:
    return all(json.loads(path.read_bytes()) for path in out.rglob("*.json"))


@dataclass(frozen=True, slots=True)
class Writer:
    """A command that writes.

    Attributes
    ----------
    words
        What is typed.
    whole
        Returns whether what is under the name of its result is complete.
    out
        The name of its result.
    goes_on
        Whether its result is a folder that it works in, and goes on in.
    resumed
        What is typed besides where it was killed.
    beside
        Names of what it may leave beside its result, whole or not there.
    over
        Whether it is tried where a result is already, which it replaces.
    """

    words: tuple[str, ...]
    whole: Callable[[Path], bool]
    out: str = "out"
    goes_on: bool = False
    resumed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    over: bool = False

    def to(self, folder: Path, *, again: bool = False) -> list[str]:
        """Return the words of a command whose result is in a folder."""
        resumed = self.resumed if again and (folder / self.out).exists() else ()
        words = [
            word.format(out=folder / self.out, folder=folder) for word in self.words
        ]
        return [*words, *resumed]


def inputs(folder: Path, call: Callable[[list[str]], object]) -> Path:
    """Make what the commands read; `call` runs one and raises if it fails."""
    import numpy as np
    from PIL import Image
    from toys import write_toys

    raw, release = write_toys(folder / "raw", cases=4), folder / "release"
    build = ["build", str(raw), "-o", str(release), "--slices", "20", "--min-area", "4"]
    call([*build, "--any-shape", "--workers", "1"])
    everything = ["--split", "all", "--workers", "1"]
    for name, more in (("submission", ["--workers", "1"]), ("everywhere", everything)):
        call(["predict", "average", str(release), "-o", str(folder / name), *more])
    report = ["evaluate", str(folder / "submission"), "--release", str(release)]
    report += ["--no-reference-segmenter", "--slices", "--workers", "1"]
    call([*report, "-o", str(folder / "report")])
    call(["leaderboard", "add", str(folder / "report"), "--to", str(folder / "board")])
    volumes = ["--format", "nifti", "--column", "mask"]
    call(["export", str(release), "-o", str(folder / "volumes"), *volumes])
    settings = [word for one in TINY for word in ("--set", one)]
    run = ["train", "fuse4seg", str(release), "-o", str(folder / "run"), *settings]
    call([*run, "--device", "cpu"])
    rng = np.random.default_rng(17)
    for name in ("t1ce", "flair", "fused"):
        (folder / name).mkdir()
        for number in range(3):
            pixels = rng.integers(0, 256, (24, 20), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"p{number}.png")
    return folder


def writers(folder: Path) -> dict[str, Writer]:
    """Return the name of each command that writes -> what to type; see `inputs`."""
    release, run = str(folder / "release"), str(folder / "run")
    one, o = ("--workers", "1"), ("-o", OUT)
    build = ("build", str(folder / "raw"), *o, "--slices", "20", "--min-area", "4")
    build += ("--any-shape", *one)
    own = (f"--source=t1ce={folder / 't1ce'}", f"--source=flair={folder / 'flair'}")
    evaluate = ("evaluate", str(folder / "submission"), "--release", release, *o)
    evaluate += ("--no-reference-segmenter", *one)
    masks = str(folder / "volumes" / "mask")
    score = ("score", str(folder / "fused"), "--source", str(folder / "t1ce"))
    score += ("--source", str(folder / "flair"), "--metrics", "en,mi", *one)
    settings = tuple(word for text in TINY for word in ("--set", text))
    experiment = ("experiment", release, *o, "--row", "threshold", *settings, *one)
    train = ("train", "fuse4seg", release, *o, *settings, "--device", "cpu")
    downstream = ("downstream", "average", "--release", release, *o, *settings, *one)
    downstream += ("--cache", "{folder}/cache", "--no-reference-segmenter")
    export = ("export", release, *o)
    table = ("table", str(folder / "report"))
    submission = _is_folder("submission.toml")
    return {
        "build": Writer(build, _is_release, beside=("out.building",)),
        "build --withhold-labels": Writer(
            (*build, "--withhold-labels", "test"),
            _is_release,
            beside=("out.building", "out.key.h5"),
        ),
        "evaluate": Writer(evaluate, _is_folder("report.json", "report.html")),
        "evaluate --slices": Writer(
            (*evaluate, "--slices"), _is_folder("report.json", "report.html")
        ),
        "browse": Writer(("browse", release, *o, *one), _is_folder("index.html")),
        "build --overwrite": Writer(
            (*build, "--overwrite"), _is_release, beside=("out.building",), over=True
        ),
        "predict --overwrite": Writer(
            ("predict", "average", release, *o, *one, "--overwrite"),
            submission,
            over=True,
        ),
        "challenge init": Writer(
            ("challenge", "init", release, *o), _is_folder("README.md")
        ),
        "demo": Writer(
            ("demo", *o, *one), _is_folder("preview.png", "site/index.html")
        ),
        "downstream": Writer(downstream, _is_folder("report.json"), beside=("cache",)),
        "experiment": Writer(experiment, _is_experiment, goes_on=True),
        "export": Writer(export, _is_folder("README.md")),
        "export --format nifti": Writer(
            (*export, "--format", "nifti"), lambda out: any(out.rglob("*.nii.gz"))
        ),
        "export --format nnunet": Writer(
            (*export, "--format", "nnunet"),
            _is_folder("dataset.json"),
            out="Dataset501_Toys",
        ),
        "export --format torch": Writer(
            ("export", run, *o, "--format", "torch"), lambda out: any(out.iterdir())
        ),
        "fuse": Writer(("fuse", "pca", release, *o, *one), _is_release),
        "fuse --source": Writer(
            ("fuse", "maximum", *own, *o, *one), _is_folder("p0.png", "p2.png")
        ),
        "import-predictions": Writer(
            ("import-predictions", masks, "--release", release, *o, *one), submission
        ),
        "leaderboard add": Writer(
            ("leaderboard", "add", str(folder / "report"), "--to", OUT), _is_board
        ),
        "leaderboard render": Writer(
            ("leaderboard", "render", str(folder / "board"), *o),
            _is_folder("index.html"),
        ),
        "phantom": Writer(
            ("phantom", OUT, "--cases", "1", *one), lambda out: any(out.iterdir())
        ),
        "predict": Writer(("predict", "average", release, *o, *one), submission),
        "predict --command": Writer(
            ("predict", "--command", COPY, release, *o, "--name", "copy"),
            submission,
        ),
        "predict RUN": Writer(("predict", run, release, *o, *one), submission),
        "preview": Writer(("preview", release, *o), _is_picture, out="out.png"),
        "score": Writer((*score, *o), _is_table, out="out.csv"),
        "score --report": Writer((*score, "--report", OUT), _is_folder("scores.json")),
        "score-masks": Writer(
            ("score-masks", masks, "--reference", masks, *o, *one),
            _is_folder("scores.json", "report.html"),
        ),
        "table": Writer((*table, "--format", "csv", *o), _is_table, out="out.csv"),
        "table --figure": Writer((*table, "--figure", OUT), _is_picture, out="out.png"),
        "template": Writer(("template", release, *o), submission),
        "train": Writer(train, _is_run, goes_on=True, resumed=("--resume",)),
    }
