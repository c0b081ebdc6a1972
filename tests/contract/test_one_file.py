"""A thing of every kind is added by one file: found by its name, and then in use.

Columns are shown in test_columns.py; what comes from an outside package by entry point
in test_fusers.py, test_layouts.py, test_predict.py and test_outside_metrics.py, but for
export formats and figures.
"""

import json
import re
import subprocess
import sys

import pytest

FILES = {
    "fusers": """
from bratsfuse.fusers import Fuser

FUSER = Fuser(function=lambda images: images.min(axis=0), summary="the darkest")
""",
    "metrics.of_fusion": """
from bratsfuse.metrics import Metric


def added(sources, fused, *, inside=None):
    return float((fused == 0).mean())


METRIC = Metric(
    key="added", title="Added", function=added, family="fusion",
    pooling="slice mean", higher_is_better=False, low=0, high=1, unit="",
    undefined_when="never", worst=1, source="a file",
)
""",
    "metrics.of_segmentation": """
from bratsfuse.metrics import Metric
from bratsfuse.metrics.of_segmentation.sensitivity import sensitivity


def added_too(reference, prediction, spacing_mm=None):
    return 1 - sensitivity(reference, prediction)


METRIC = Metric(
    key="added_too", title="Added", function=added_too, family="overlap",
    shared="pixel counts", formula=lambda n: n.fn / n.reference if n.reference else
    float("nan"), pooling="counts", higher_is_better=False, low=0, high=1, unit="",
    undefined_when="the reference is empty", both_empty=0.0, one_empty=1.0, worst=1,
    source="a file",
)
""",
    "baselines": """
from bratsfuse.anatomy import Modality
from bratsfuse.baselines import Baseline

T1 = Modality.T1
BASELINE = Baseline(
    summary="t1 as it is", tracks=("fusion",), sources=(T1,),
    predict=lambda images: {"fusion": images[T1]},
)
""",
    "builders": r"""
from dataclasses import replace

from bratsfuse.anatomy import Label
from bratsfuse.builders.brats2021 import LAYOUT as BASE
from bratsfuse.raw.case_folders import CaseFolders

LAYOUT = replace(
    BASE, name="added", label_map={1: Label.ET, 2: Label.ED, 3: Label.NCR},
    arrangement=CaseFolders(
        case=r"(?P<patient>ADDED-\d+)", mask="seg",
        tokens=BASE.arrangement.tokens, phantom_case="ADDED-{}",
    ),
)
""",
    "report.figures": """
from bratsfuse.report.figures import Plate, ReportFigure

FIGURE = ReportFigure(
    draw=lambda evaluation: Plate(title="Added", caption="", drawings=()), order=15
)
""",
    "exports": """
from bratsfuse.exports import ExportFormat

FORMAT = ExportFormat(
    summary="nothing", write=lambda wish: [f"{wish.source} to {wish.target.name}"]
)
""",
    "cli": '''
import click


@click.command
def command():
    """Say that it is there."""
    click.echo("added")
''',
}
NAMES = {"metrics.of_segmentation": "added_too"}
POINTS = """
[bratsfuse.exports]
outside = outside:FORMAT

[bratsfuse.report.figures]
outside = outside
"""
OUTSIDE = """
from bratsfuse.exports import ExportFormat
from bratsfuse.report.figures import Plate, ReportFigure

FORMAT = ExportFormat(summary="from outside", write=lambda wish: ["written outside"])
FIGURE = ReportFigure(
    draw=lambda evaluation: Plate(title="Outside", caption="", drawings=()), order=1000
)
"""

LOOK = """
import importlib, json, pathlib, sys

sys.path.insert(0, sys.argv[1])
for place in sys.argv[2:]:
    package = importlib.import_module("bratsfuse." + place)
    package.__path__.append(str(pathlib.Path(sys.argv[1], place)))

import numpy as np
from click.testing import CliRunner
from reports import evaluation
from toys import write_toys

from bratsfuse.anatomy import Modality
from bratsfuse.builders import find_cases
from bratsfuse.cli import main
from bratsfuse.fusers import fuser
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.report.figures import draw

images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
mask, half = np.uint8([[3, 3]]), np.uint8([[3, 0]])
run = lambda *words: CliRunner().invoke(main, [str(word) for word in words]).output
(case, *_) = find_cases(write_toys(pathlib.Path(sys.argv[1], "raw"), "added")).cases
print(json.dumps({
    "fusers": fuser("added")(images).tolist(),
    "metrics.of_fusion": fusion.evaluate(images, images[0], ["added"]),
    "metrics.of_segmentation": segmentation.evaluate(mask, half, metrics=["added_too"]),
    "baselines": "added  " in run("baselines"),
    "builders": [case.patient, case.regions],
    "report.figures": [plate.title for plate in draw(evaluation(cases=4, slices=8))],
    "cli": ["added" in run("--help"), run("added")],
    "exports": [run("export", "x", "-o", "y", "--format", "added"),
        run("export", "x", "-o", "y", "--format", "outside"), run("export", "--help")],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory, request):
    """What a Python says in which every folder has one more file."""
    folder = tmp_path_factory.mktemp("files")
    for place, text in FILES.items():
        (folder / place).mkdir()
        (folder / place / f"{NAMES.get(place, 'added')}.py").write_text(text)
    info = folder / "outside-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: outside\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (folder / "outside.py").write_text(OUTSIDE)
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder), *FILES],
        cwd=request.config.rootpath / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("fusers", [[0, 1], [2, 3]]),
        ("metrics.of_fusion", {"added": 0.25}),
        (
            "metrics.of_segmentation",
            {region: {"added_too": 0.5} for region in ("WT", "TC", "ET")},
        ),
        ("baselines", True),
        ("builders", ["ADDED-1", ["WT", "TC", "ET"]]),
        ("cli", [True, "added\n"]),
    ],
)
def test_one_file_adds_one(seen, place, expected):
    assert seen[place] == expected


def test_one_file_adds_a_figure_in_its_order(seen):
    titles = seen["report.figures"]
    assert titles[1] == "Added"
    assert titles[-1] == "Outside"
    assert len(titles) > 4


def test_an_export_format_is_one_file_or_one_entry_point(seen):
    ours, outside, told = seen["exports"]
    assert "x to y" in ours
    assert "written outside" in outside
    for name, summary in (("added", "nothing"), ("outside", "from outside")):
        assert re.search(rf"(?m)^  {name} +{summary}$", told)
