"""The downstream track: fused images, judged by a segmenter that learns on them."""

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.ndimage import gaussian_filter

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError, SubmissionError
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.evaluation.downstream_rules import FIDELITY, below_floor, floor_of
from bratsfuse.experiments import (
    Definition,
    Outcome,
    Row,
    downstream,
    entries,
    read_definition,
)
from bratsfuse.experiments import downstream_track as chapter
from bratsfuse.experiments import fidelity as within_lesions
from bratsfuse.experiments.downstream_scores import judged, table_of
from bratsfuse.experiments.fidelity import in_lesion, lesion_fidelity
from bratsfuse.experiments.outcome import CaseScore
from bratsfuse.fusers import FUSERS
from bratsfuse.methods import add_product, predict
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.report import read_report
from bratsfuse.submission.expected import ALL_SPLITS

QUICK = ("preset=tiny", "steps=2", "batch_size=2")
ROWS = Definition(
    title="two rows",
    settings={},
    rows={
        "flair": Row(title="FLAIR", method="unet", settings={"sources": ["flair"]}),
        "fusion_maximum": Row(title="maximum", method="unet", fused_by="maximum"),
    },
)


@pytest.fixture
def two_rows(monkeypatch):
    monkeypatch.setattr(chapter, "read_definition", lambda _: ROWS)


def outcome(seed, **dice):
    return Outcome(
        digest=str(seed),
        row="row",
        fold="fold",
        fingerprint="f",
        split_seed=0,
        synthetic=True,
        image_shape=(8, 8),
        patients={},
        slices={},
        seconds_per_slice=0.0,
        threads=1,
        cases=tuple(
            CaseScore(case=case, patient=case[0], dice={"WT": one}, nsd={"WT": one})
            for case, one in dice.items()
        ),
    )


def test_seeds_are_averaged_case_by_case_before_anything_else():
    table = table_of([outcome(0, a1=0.2, b1=0.6), outcome(1, a1=0.4, b1=None)])
    assert table.cases == ("a1", "b1")
    assert table.values[:, 0] == pytest.approx([0.3, 0.6])
    none = table_of([outcome(0, a1=None, b1=1.0)])
    assert np.isnan(none.values[0]).all()


def test_scores_without_patients_that_a_method_has_seen_stand_beside_the_others():
    mine = table_of([outcome(0, a1=0.2, a2=0.3, b1=0.6)])
    fidelity = dict.fromkeys(FIDELITY, 1.0)
    floor = dict.fromkeys(FIDELITY, 0.5)
    for seen, expected in ((("a", "z"), 0.6), ((), None), (("a", "b"), None)):
        found = judged(mine, {}, {}, fidelity, floor, ROWS, (0,), seen)
        assert found.scores["WT"]["dice"].mean == pytest.approx(1.1 / 3)
        rest = found.unseen["WT"]["dice"].mean if found.unseen else None
        assert rest == expected


def test_the_reference_rows_are_the_nine_of_the_protocol():
    rows = read_definition("downstream").rows
    assert len(rows) == 9
    assert {row.method for row in rows.values()} == {"unet"}


def test_images_far_from_their_sources_are_not_ranked():
    floor = floor_of({"ssim": 0.6, "vif": 0.2})
    assert floor == {"ssim": 0.57, "vif": 0.19}
    fine = {key: least + 0.01 for key, least in floor.items()}
    assert below_floor(fine, floor) == ()
    for key in FIDELITY:
        assert below_floor({**fine, key: floor[key] - 0.01}, floor) == (key,)
        assert below_floor({**fine, key: None}, floor) == (key,)
    nothing = dict.fromkeys(FIDELITY)
    assert below_floor(nothing, floor_of(nothing)) == FIDELITY


def head(seed=0):
    """Return two smooth images and the labels of a lesion in their middle."""
    noise = np.random.default_rng(seed).normal(size=(2, 64, 64))
    smooth = np.stack([gaussian_filter(one, 3) for one in noise])
    sources = np.clip(128 + 400 * smooth, 1, 255).astype(np.uint8)
    y, x = np.mgrid[:64, :64] - 32
    distance = np.hypot(y, x)
    mask = np.select([distance < 6, distance < 10, distance < 18], [1, 3, 2], 0)
    return sources, mask.astype(np.uint8)


def test_what_is_drawn_into_a_lesion_is_seen_there():
    sources, mask = head()
    average = sources.mean(axis=0).astype(np.uint8)
    honest = in_lesion(sources, average, mask)
    stripes = np.arange(64)[:, None] % 2 * 60
    drawn = np.where(mask > 0, average * 0.7 + stripes * mask / 3, average)
    cheat = in_lesion(sources, drawn.astype(np.uint8), mask)
    for key in FIDELITY:
        assert cheat[key] < 0.7 * honest[key]
    # What is far from the lesion does not count.
    core = np.where(mask == 1, mask, 0).astype(np.uint8)
    elsewhere = np.where(mask > 0, average, 255 - average).astype(np.uint8)
    near = in_lesion(sources, average, core)
    assert in_lesion(sources, elsewhere, core) == pytest.approx(near, nan_ok=True)


def test_no_lesion_and_a_tiny_one_have_no_fidelity():
    sources, mask = head()
    for label in (np.zeros_like(mask), np.pad([[1]], ((30, 33), (30, 33)))):
        values = in_lesion(sources, sources[0], label.astype(np.uint8))
        assert all(np.isnan(value) for value in values.values())


def test_fidelity_of_a_release_is_that_of_its_slices(toy_release):
    found = lesion_fidelity(toy_release, "average", "test")
    assert set(found) == set(FIDELITY)


def test_the_floor_is_that_of_the_same_slices_and_no_classical_method_is_below(
    toy_release, monkeypatch
):
    monkeypatch.setattr(within_lesions, "in_lesion", likeness)
    floor = within_lesions.lesion_floor(toy_release, "average", "test")
    other = within_lesions.lesion_floor(toy_release, "average", "train")
    assert floor != other
    assert floor == floor_of(weakest_images(toy_release, "test"))
    for product in read_manifest(toy_release).products:
        found = within_lesions.lesion_fidelity(toy_release, product, "test")
        assert below_floor(found, floor) == ()


def weakest_images(release, split):
    """Return the mean likeness of the images of `dwt`, made here."""
    names = read_manifest(release).recipe.sources
    found = []
    with SplitFile(release / "data" / f"{split}.h5") as file:
        for row in range(len(file)):
            sources = np.stack([file.pixels(name, row) for name in names])
            found.append(likeness(sources, FUSERS["dwt"](sources), None)[FIDELITY[0]])
    return dict.fromkeys(FIDELITY, np.mean(found))


def likeness(sources, fused, _mask):
    """Return a value that rises with likeness and needs no large box."""
    difference = np.abs(sources.astype(float) - fused).mean()
    return dict.fromkeys(FIDELITY, 1 / (1 + difference / 255))


def test_a_method_a_submission_and_the_row_itself_agree(
    toy_release, tmp_path, two_rows
):
    """The images of `maximum` are one thing, whichever way they come."""
    said = []
    by_name = downstream(
        entries.entry_of("maximum"),
        toy_release,
        tmp_path / "cache",
        overrides=QUICK,
        say=said.append,
    ).report
    assert said[0].startswith("3 of 3 trainings to do")
    assert (
        "maximum: the images of row fusion_maximum, whose trainings are taken" in said
    )
    found = by_name.downstream
    assert set(found.references) == {"flair", "fusion_maximum"}
    for region, scores in found.scores.items():
        same = found.references["fusion_maximum"][region]
        assert scores["dice"].mean == same["dice"].mean
        less = found.differences["fusion_maximum"][region]["dice"]
        assert less.mean in (0.0, None)
        theirs = found.references["flair"][region]["dice"].mean
        if None not in (scores["dice"].mean, theirs) and scores["dice"].n == (
            found.references["flair"][region]["dice"].n
        ):
            less = found.differences["flair"][region]["dice"].mean
            assert less == pytest.approx(scores["dice"].mean - theirs)
    submission = tmp_path / "submission"
    predict("maximum", toy_release, submission, split=ALL_SPLITS)
    said.clear()
    submitted = downstream(
        entries.entry_of(str(submission)),
        toy_release,
        tmp_path / "cache",
        overrides=QUICK,
        say=said.append,
    ).report
    assert said[0].startswith("1 of 3 trainings to do")
    assert submitted.downstream.scores == found.scores
    assert not found.unseen
    patient = submitted_patients(toy_release)[0]
    learned = downstream(
        dataclasses.replace(
            entries.entry_of("maximum"), seen=lambda _release, split: (patient, split)
        ),
        toy_release,
        tmp_path / "cache",
        overrides=QUICK,
    )
    assert learned.report.submission.seen_patients == (patient, "test")
    assert learned.report.unseen is not None
    rest = learned.report.downstream
    assert rest.scores == found.scores
    # What the section says follows from the table beside it.
    table = learned.downstream
    assert table.ids == learned.per_case.ids
    for measure, column in zip(table.measures, table.values.T, strict=True):
        expected = np.nanmean(column) if np.isfinite(column).any() else None
        assert rest.scores[measure.region][measure.key].mean == pytest.approx(expected)
    assert submitted.scores.fusion == by_name.scores.fusion


def submitted_patients(release):
    file = read_manifest(release).splits["test"].file
    with SplitFile(release / file) as opened:
        return opened.texts("patient_id")


def test_trainings_of_a_row_are_taken_for_equal_images_only(toy_release, tmp_path):
    for method, row in (("maximum", "fusion_maximum"), ("average", None)):
        own = tmp_path / method
        add_product(method, toy_release, own, product=entries.PRODUCT)
        assert chapter.row_of_the_same_images(ROWS, own) == row


def test_a_submission_of_one_split_is_refused_with_the_fix(toy_release, tmp_path):
    predict("average", toy_release, tmp_path / "submission")
    entry = entries.entry_of(str(tmp_path / "submission"))
    with pytest.raises(SubmissionError, match="predict --split all"):
        entry.images(toy_release, tmp_path / "widened")
    assert not (tmp_path / "widened").exists()


def test_a_submission_for_all_splits_is_scored_on_each(toy_release, tmp_path):
    everything = tmp_path / "everything"
    predict("average", toy_release, everything, split=ALL_SPLITS)
    for split in read_manifest(toy_release).splits:
        predict("average", toy_release, tmp_path / split, split=split)
        settings = Settings(split=split)
        ours = evaluate(everything, toy_release, settings).report
        alone = evaluate(tmp_path / split, toy_release, settings).report
        assert ours.status == "scored"
        assert ours.scores == alone.scores
        assert ours.submission_sha256 == alone.submission_sha256
        assert [issue.code for issue in ours.issues] == ["other-splits"]


def test_the_images_of_another_split_alone_are_refused(toy_release, tmp_path):
    predict("average", toy_release, tmp_path / "s", split="train")
    report = evaluate(tmp_path / "s", toy_release, Settings(split="test")).report
    assert report.status == "refused"
    assert "wrong-split" in {issue.code for issue in report.issues}


def test_hidden_labels_cannot_be_judged(toy_release, tmp_path, monkeypatch):
    manifest = read_manifest(toy_release)
    hidden = dataclasses.replace(manifest, withheld={"test": "digest"})
    monkeypatch.setattr(chapter, "read_manifest", lambda _: hidden)
    with pytest.raises(InvalidInputError, match="hidden"):
        downstream(entries.entry_of("maximum"), toy_release, tmp_path)


def test_the_command_writes_a_report_that_says_what_was_found(
    toy_release, tmp_path, two_rows
):
    target = tmp_path / "report"
    words = ["downstream", "average", "--release", str(toy_release), "-o", str(target)]
    words += [word for one in QUICK for word in ("--set", one)]
    result = CliRunner().invoke(main, [*words, "--cache", str(tmp_path / "cache")])
    assert result.exit_code == 0, result.output
    assert "less FLAIR" in result.stdout
    found = json.loads((target / "report.json").read_text())["downstream"]
    assert set(found["scores"]["WT"]["dice"]) >= {"mean", "low", "high", "n"}
    assert set(found["differences"]["fusion_maximum"]) == set(found["scores"])
    assert read_report(target).downstream is not None
    assert "Use for segmentation" in (target / "report.html").read_text()


def test_wrong_words_are_wrong_usage(toy_release, tmp_path):
    words = ["downstream", "--release", str(toy_release), "-o", str(tmp_path / "r")]
    assert CliRunner().invoke(main, words).exit_code == 2
    both = [*words, "maximum", "--command", "x {t1} {t1ce} {fused}"]
    assert CliRunner().invoke(main, both).exit_code == 2
