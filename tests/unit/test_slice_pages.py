"""Crops of all scored slices beside a report: true to the release, if asked for."""

import json

import numpy as np
import pytest
from PIL import Image

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.pipeline import evaluate
from bratsfuse.evaluation.settings import Settings
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.render import render
from bratsfuse.pages.crops import box_of, lesion_box
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.report import write_report
from bratsfuse.report.slice_pages import address_of
from bratsfuse.submission import SubmissionRecord, expected_of, write_submission

IMAGES = ["t1ce", "flair", "fused", "fusion_average"]


def submit(release, target, missing=()):
    """Submit inverted averages and the true masks, turned by a pixel."""
    manifest = read_manifest(release)
    ids = expected_of(release, manifest, "test").ids
    kept = [row for row in range(len(ids)) if row not in missing]
    with SplitFile(release / manifest.splits["test"].file) as file:
        fused = [255 - file.pixels("t1ce", row) for row in kept]
        masks = [np.roll(file.pixels("mask", row), 1, axis=1) for row in kept]
    record = SubmissionRecord(name="Ridge", tracks=("fusion", "segmentation"))
    tracks = {"fusion": fused, "segmentation": masks}
    write_submission(target, record, [ids[row] for row in kept], tracks)
    return target


@pytest.fixture(scope="module")
def release(built_toy_release):
    return built_toy_release


@pytest.fixture(scope="module")
def report(release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slices")
    submission = submit(release, folder / "submission", missing=(1,))
    room = folder / "room"
    room.mkdir()
    settings = Settings(slices=room, allow_missing=True)
    write_report(evaluate(submission, release, settings), folder / "report")
    return folder / "report"


@pytest.fixture(scope="module")
def told(report):
    return json.loads((report / "figures" / "slices" / "slices.json").read_text())


def test_crops_are_the_pixels_of_release_and_submission(release, report, told):
    manifest = read_manifest(release)
    assert [one["name"] for one in told["images"]][: len(IMAGES)] == IMAGES
    with SplitFile(release / manifest.splits["test"].file) as file:
        for row, crop in enumerate(told["slices"]):
            left, top, width, height = crop["box"]
            place = report / "figures" / "slices" / crop["slice_id"]
            part = np.s_[top : top + height, left : left + width]
            for name in ("t1ce", "flair", "fusion_average"):
                found = np.asarray(Image.open(place / f"{name}.png"))
                assert np.array_equal(found, file.pixels(name, row)[part])
            if row != 1:
                fused = np.asarray(Image.open(place / "fused.png"))
                assert np.array_equal(fused, 255 - file.pixels("t1ce", row)[part])


def test_what_was_not_submitted_is_not_shown_as_black(report, told):
    lacking = [crop for crop in told["slices"] if crop["lacks"]]
    assert [crop["lacks"] for crop in lacking] == [["fused"]]
    place = report / "figures" / "slices" / lacking[0]["slice_id"]
    assert not (place / "fused.png").exists()
    assert (place / "t1ce.png").exists()


def test_the_crops_of_a_case_have_one_box(told):
    boxes = {}
    for crop in told["slices"]:
        boxes.setdefault(crop["case"], set()).add(tuple(crop["box"]))
    assert all(len(found) == 1 for found in boxes.values())


def test_the_report_links_to_slices_and_holds_none(report, told):
    page = (report / "report.html").read_text()
    assert 'href="figures/slices/index.html"' in page
    assert address_of(told["slices"][0]["case"]) in page
    assert 'src="figures' not in page
    figure = (report / "figures" / "cases-numbers.svg").read_text()
    assert 'href="slices/index.html#' in figure


def test_dots_say_their_case(report, told):
    page = (report / "report.html").read_text()
    case = told["slices"][0]["case"]
    assert f"<title>{case}: " in page


def test_without_being_asked_nothing_is_written(release, report, tmp_path):
    submission = report.parent / "submission"
    evaluation = evaluate(submission, release, Settings(allow_missing=True))
    write_report(evaluation, tmp_path / "report")
    assert not (tmp_path / "report" / "figures" / "slices").exists()
    assert "figures/slices" not in (tmp_path / "report" / "report.html").read_text()


def test_a_board_takes_no_picture(report, tmp_path):
    admit(report, tmp_path / "board")
    render(tmp_path / "board", tmp_path / "site")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if path.suffix in {".png", ".svg"}]


def test_hidden_labels_are_never_shown(release, tmp_path, monkeypatch):
    from bratsfuse.evaluation import pipeline

    monkeypatch.setattr(pipeline, "references_of", lambda *_: (None, "withheld"))
    settings = Settings(slices=tmp_path)
    with pytest.raises(InvalidInputError, match=r"hidden.*leave --slices out"):
        evaluate(None, release, settings)
    assert not list(tmp_path.iterdir())


def test_boxes_stay_in_the_image_and_hold_everything():
    image = np.zeros((50, 60), np.uint8)
    image[2, 3] = image[40, 59] = 9
    left, top, width, height = box = box_of([image])
    assert (left, top) == (0, 0)
    assert (left + width, top + height) == (60, 47)
    mask = np.zeros_like(image)
    assert lesion_box(mask, box) is None
    mask[0, 0] = 3
    assert lesion_box(mask, box) == (0, 0, 40, 40)
    mask[46, 59] = 3
    assert lesion_box(mask, box)[2:] == (47, 47)
    assert box_of([np.zeros((5, 7), np.uint8)]) == (0, 0, 7, 5)
