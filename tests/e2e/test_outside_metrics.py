"""Metrics of an outside package: one file each, from the entry point to the board."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.submission import SubmissionRecord, expected_of, write_submission

FILES = {
    "darkness": '''
import numpy as np
from bratsfuse.metrics import Metric


def darkness(sources, fused, *, inside=None):
    """Return the share of black pixels."""
    pixels = fused if inside is None else fused[inside]
    return float(np.mean(pixels == 0))


METRIC = Metric(
    key="darkness", title="Darkness", function=darkness, family="fusion",
    pooling="slice mean", higher_is_better=False, low=0, high=1, unit="",
    undefined_when="never", worst=1, headline=True, source="an outside package",
)
''',
    "missed_share": '''
from bratsfuse.metrics import Metric
from bratsfuse.metrics.segmentation import sensitivity


def missed_share(reference, prediction, spacing_mm=None):
    """Return how much of the reference the prediction lacks."""
    return 1 - sensitivity(reference, prediction)


METRIC = Metric(
    key="missed_share", title="Missed", function=missed_share, family="overlap",
    shared="pixel counts", formula=lambda n: n.fn / n.reference if n.reference else
    float("nan"), pooling="counts", higher_is_better=False, low=0, high=1, unit="",
    undefined_when="the reference is empty", both_empty=0.0, one_empty=1.0, worst=1,
    headline=True, source="an outside package",
)
''',
    "centre_distance": '''
import numpy as np
from bratsfuse.metrics import Metric


def centre_distance(reference, prediction, spacing_mm=None):
    """Return the distance between the centres of two masks in mm."""
    if not (reference.any() and prediction.any()):
        return float("nan")
    centres = [np.argwhere(mask).mean(axis=0) for mask in (reference, prediction)]
    return float(np.hypot(*(np.subtract(*centres) * spacing_mm)))


METRIC = Metric(
    key="centre_distance", title="Centres", function=centre_distance,
    family="surface", pooling="slice mean", higher_is_better=False, low=0,
    high=float("inf"), unit="mm", undefined_when="either mask is empty",
    both_empty=0.0, one_empty="diagonal", worst="diagonal",
    source="an outside package",
)
''',
    "iou": "from dataclasses import replace\nfrom outside.darkness import METRIC\n"
    "METRIC = replace(METRIC, key='iou')\n",
    "another_name": "from outside.darkness import METRIC\n",
    "empty": "",
}


@pytest.fixture
def outside(tmp_path):
    """A folder with an installed package that has one file per metric."""
    site = tmp_path / "site"
    (site / "outside").mkdir(parents=True)
    (site / "outside/__init__.py").write_text("")
    info = site / "outside-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: outside\nVersion: 1.0\n")
    points = "".join(f"{name} = outside.{name}\n" for name in FILES)
    (info / "entry_points.txt").write_text(f"[bratsfuse.metrics]\n{points}")
    for name, text in FILES.items():
        (site / f"outside/{name}.py").write_text(text)
    return site


def run(site, folder, code):
    """Run Python beside the outside package: its metrics are found at start."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


STORY = """
from bratsfuse.cli import main

for words in (
    "evaluate submission --release release -o report --workers 1",
    "leaderboard add report --to board",
    "leaderboard render board -o site-of-board",
):
    main(words.split(), standalone_mode=False)
"""


def submit(release, folder):
    """Write a submission of both tracks, neither of them good."""
    with SplitFile(release / "data/test.h5") as split:
        fused = split.array("t1ce") // 2 + split.array("flair") // 4
        masks = np.roll(split.array("mask"), 1, axis=2)
    manifest = read_manifest(release)
    record = SubmissionRecord(name="toy", tracks=("fusion", "segmentation"))
    expected = expected_of(release, manifest, "test")
    write_submission(
        folder, record, expected.ids, {"fusion": fused, "segmentation": masks}
    )


def cells(path, key):
    with path.open() as file:
        return [row for row in csv.DictReader(file) if row["metric"] == key]


@pytest.mark.slow  # whatever reads the metrics at start has to start beside them
def test_metrics_of_an_outside_package_go_all_the_way_to_the_board(
    outside, toy_release, tmp_path
):
    submit(toy_release, tmp_path / "submission")
    run(outside, tmp_path, STORY)

    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["protocol"]["fusion"][-1] == "darkness"
    assert report["protocol"]["segmentation"][-2:] == [
        "centre_distance",
        "missed_share",
    ]
    darkness = report["scores"]["fusion"]["darkness"]
    assert 0 < darkness["mean"] < 1
    assert darkness["n"] == len(cells(tmp_path / "report/per_slice.csv", "darkness"))
    for scores in report["scores"]["segmentation"].values():
        # Pooled by counts like sensitivity, of which it is the rest.
        missed, found = scores["missed_share"], scores["sensitivity"]
        assert missed["mean"] == pytest.approx(1 - found["mean"])
        assert missed["n"] == found["n"]
        assert scores["centre_distance"]["mean"] == pytest.approx(1, abs=0.5)
    page = (tmp_path / "report/report.html").read_text()
    for title in ("Darkness", "Missed", "Centres"):
        assert title in page

    board = (tmp_path / "site-of-board/LEADERBOARD.md").read_text()
    assert "Darkness" in board
    assert "Missed" in board
    assert "Centres" not in board  # no headline metric: nothing is ranked by it


def test_what_cannot_be_used_is_left_out_and_reported(outside, tmp_path):
    done = run(
        outside,
        tmp_path,
        "from bratsfuse.metrics import fusion, segmentation\n"
        "print(list(fusion.METRICS)[-2:], list(segmentation.METRICS)[-3:])\n"
        "print(segmentation.METRICS['iou'].title, fusion.darkness.__module__)",
    )
    keys, ours = done.stdout.splitlines()
    assert keys == (
        "['fmi_wavelet', 'darkness'] "
        "['prediction_ml', 'centre_distance', 'missed_share']"
    )
    assert ours == "IoU outside.darkness"
    for told in (
        "metric 'empty' cannot be loaded: entry point outside.empty of outside 1.0",
        "metric 'another_name': its key is 'darkness'; skipped",
        "metric 'iou': bratsfuse has one of this key; skipped",
    ):
        assert told in done.stderr


def test_arrays_that_an_outside_metric_changes_are_its_own(outside, tmp_path):
    (outside / "outside/darkness.py").write_text(
        FILES["darkness"].replace(
            "    pixels", "    fused[:] = sources[:] = 0\n    pixels"
        )
    )
    done = run(
        outside,
        tmp_path,
        "import numpy as np\n"
        "from bratsfuse.metrics import fusion\n"
        "images = np.arange(512, dtype=np.uint16).reshape(2, 16, 16).astype(np.uint8)\n"
        "scores = fusion.evaluate(images, images[0], ['darkness', 'en'])\n"
        "print(scores, images[0].max())",
    )
    assert done.stdout == "{'darkness': 1.0, 'en': 8.0} 255\n"
