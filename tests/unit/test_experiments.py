"""Experiments: every row trained and scored once, what is done never done again."""

import csv
import dataclasses
import json
import math
import os

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.experiments import (
    Definition,
    Outcome,
    Row,
    read_definition,
    run_experiment,
    work,
    write_tables,
)
from bratsfuse.experiments.jobs import jobs_of
from bratsfuse.experiments.outcome import CaseScore
from bratsfuse.experiments.remaining import remaining
from bratsfuse.experiments.summary import differences, summarise
from bratsfuse.parallel import idle_cores, processes
from bratsfuse.release import read_manifest
from bratsfuse.training.run import read_run_config

TINY = {
    "preset": "tiny",
    "steps": 2,
    "batch_size": 2,
    "downsample": 1,
    "validate_every": 2,
    "checkpoint_every": 2,
}
FLAIR = Row(title="FLAIR alone", method="unet", settings={"sources": ["flair"]})
MAXIMUM = Row(title="maximum", method="unet", fused_by="maximum")
THRESHOLD = Row(title="threshold", method="threshold")
BROKEN = Row(title="broken", method="unet", fused_by="no_such_fuser")
LEARNED = Row(title="Fuse4Seg", method="fuse4seg")
REFITTED = Row(title="on its images", method="unet", fused_by="learned")


def experiment(**rows):
    return Definition(title="Field", settings=TINY, rows=rows)


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("results/*/*.json")}


def test_every_row_is_trained_and_scored(toy_release, tmp_path):
    rows = experiment(flair=FLAIR, maximum=MAXIMUM, threshold=THRESHOLD)
    result = run_experiment(rows, [toy_release], tmp_path / "field")
    assert not result.failures
    flair, maximum, threshold = result.outcomes
    test_split = read_manifest(toy_release).splits["test"]
    for outcome in result.outcomes:
        assert len(outcome.cases) == test_split.cases
        assert outcome.slices["test"] == test_split.slice_sets
        assert all(set(case.dice) == {"WT", "TC", "ET"} for case in outcome.cases)
    assert flair.parameters == maximum.parameters
    assert flair.config["sources"] == ["flair"]
    assert maximum.config["sources"] == ["fusion:maximum"]
    assert threshold.parameters == {}
    assert not flair.fusion
    assert maximum.fusion["en"] > 0
    text = result.table.read_text()
    assert all(row.title in text for row in rows.rows.values())


def test_small_images_are_scored_in_the_size_of_the_release(
    toy_release, tmp_path, monkeypatch
):
    """Otherwise half resolution would be an easier task, not a cheaper training."""
    sizes = []

    def noted(submission, release, settings):
        import h5py

        with h5py.File(submission / "predictions.h5") as file:
            sizes.append(file["mask"].shape[1:])
        return evaluate(submission, release, settings)

    evaluate = work.evaluate
    monkeypatch.setattr(work, "evaluate", noted)
    rows = experiment(flair=FLAIR)
    result = run_experiment(
        rows, [toy_release], tmp_path / "f", overrides=["downsample=2"]
    )
    height, width = read_manifest(toy_release).image_shape
    assert sizes == [(height, width)]
    assert "downsample 2" in result.table.read_text()
    assert f"Scored at {height}x{width}" in result.table.read_text()


def test_what_is_done_is_not_done_again(toy_release, tmp_path):
    rows = experiment(flair=FLAIR, threshold=THRESHOLD)
    first = run_experiment(rows, [toy_release], tmp_path)
    before, table = written(tmp_path), first.table.read_bytes()
    again = run_experiment(rows, [toy_release], tmp_path)
    assert (first.trained, again.trained) == (2, 0)
    assert written(tmp_path) == before
    assert again.table.read_bytes() == table


def test_another_config_is_another_training(toy_release, tmp_path):
    rows = experiment(flair=FLAIR, threshold=THRESHOLD)
    run_experiment(rows, [toy_release], tmp_path)
    again = run_experiment(rows, [toy_release], tmp_path, overrides=["steps=3"])
    assert again.trained == 1
    assert {one.config.get("steps") for one in again.outcomes} == {None, 3}


def test_seeds_and_releases_are_folds(toy_release, tmp_path):
    rows = experiment(flair=FLAIR)
    result = run_experiment(rows, [toy_release], tmp_path, seeds=(0, 1))
    first, second = result.outcomes
    assert first.fold != second.fold
    assert (first.config["seed"], second.config["seed"]) == (0, 1)
    assert "| FLAIR alone | 2 |" in result.table.read_text()
    with pytest.raises(InvalidInputError, match="given twice"):
        run_experiment(rows, [toy_release, toy_release], tmp_path)


def test_a_row_that_fails_is_told_and_loses_no_other(toy_release, tmp_path):
    told = []
    rows = experiment(broken=BROKEN, flair=FLAIR)
    result = run_experiment(rows, [toy_release], tmp_path, say=told.append)
    assert [one.row for one in result.outcomes] == ["flair"]
    assert len(result.failures) == 1
    assert "broken" in result.failures[0]
    assert "no_such_fuser" in result.failures[0]
    assert told[0] == "2 trainings left"
    assert told[1] == f"{result.failures[0]}; 1 training left"
    assert told[2].endswith("; 0 trainings left")


def test_a_row_may_be_given_the_images_of_another(toy_release, tmp_path):
    rows = experiment(refitted=REFITTED, learned=LEARNED)
    overrides = ["batch_size=1"]
    result = run_experiment(
        rows, [toy_release], tmp_path, rows=["refitted"], overrides=overrides
    )
    assert not result.failures
    refitted, learned = result.outcomes
    assert refitted.config["sources"] == ["fusion:learned"]
    assert refitted.parameters["leader"] == learned.parameters["leader"]
    assert refitted.training_seconds > learned.training_seconds
    before, after = (
        {
            job.name: job.digest
            for job in jobs_of(
                dataclasses.replace(rows, rows={**rows.rows, "learned": row}),
                [toy_release],
                tmp_path,
            )
        }
        for row in (LEARNED, dataclasses.replace(LEARNED, settings={"solver": "none"}))
    )
    assert before["refitted"] != after["refitted"], "its images are others"


def test_a_setting_that_nobody_takes_is_refused_before_any_training(
    toy_release, tmp_path
):
    with pytest.raises(InvalidInputError, match="1 problem in the config"):
        run_experiment(
            experiment(flair=FLAIR),
            [toy_release],
            tmp_path / "f",
            overrides=["stops=1"],
        )
    with pytest.raises(InvalidInputError, match="no row flare; known: flair"):
        run_experiment(
            experiment(flair=FLAIR), [toy_release], tmp_path / "f", rows=["flare"]
        )
    assert not (tmp_path / "f").exists()


def outcome(fold, dice_of_patient, **more):
    cases = tuple(
        CaseScore(case=f"{patient}-{fold}", patient=patient, dice={"WT": dice})
        for patient, dice in dice_of_patient.items()
    )
    facts = {
        "digest": "0",
        "row": "flair",
        "fingerprint": fold,
        "split_seed": 0,
        "synthetic": True,
        "image_shape": (24, 20),
        "patients": {"train": 2, "validation": 1, "test": len(cases)},
        "slices": {"train": 4, "validation": 2, "test": 2},
        "config": {**TINY, "seed": 0, "augment": "light"},
        "seconds_per_slice": 0.1,
        "threads": 1,
    }
    return Outcome(fold=fold, cases=cases, **{**facts, **more})


def test_folds_weigh_the_same_and_pooled_cases_weigh_the_same():
    found = summarise([outcome("a", {"p": 0.2, "q": 0.4}), outcome("b", {"r": 0.9})])
    assert found.folds == 2
    assert found.patients == 3
    assert found.dice["WT"].mean == pytest.approx((0.3 + 0.9) / 2)
    assert found.dice["WT"].sd == pytest.approx(0.6 / math.sqrt(2))
    assert found.pooled["WT"].mean == pytest.approx(0.5)


def test_a_patient_of_several_folds_is_one_in_the_interval():
    """Three folds of the same two patients tell no more of patients than one."""
    once = {"p": 0.2, "q": 0.8}
    alone = summarise([outcome("a", once)]).pooled["WT"]
    thrice = summarise([outcome(fold, once) for fold in "abc"]).pooled["WT"]
    assert thrice.t_high - thrice.t_low == pytest.approx(alone.t_high - alone.t_low)


def test_rows_are_compared_on_the_cases_that_both_have():
    ours = [outcome("a", {"p": 0.5, "q": 0.7}), outcome("b", {"p": 0.9})]
    theirs = [outcome("a", {"q": 0.4, "p": 0.4}), outcome("c", {"r": 0.0})]
    found = differences(ours, theirs)
    assert list(found) == ["WT"]
    assert found["WT"].mean == pytest.approx((0.1 + 0.3) / 2)
    assert found["WT"].t_low < 0 < found["WT"].t_high
    one_patient = differences(ours[:1], [outcome("a", {"p": 0.4})])["WT"]
    assert one_patient.mean == pytest.approx(0.1)
    assert math.isnan(one_patient.low)


def test_the_page_compares_every_row_with_the_named_ones(tmp_path):
    dice = dict.fromkeys("pqrs", 0.5)
    better = {name: 0.6 + place / 50 for place, name in enumerate("pqrs")}
    rows = Definition(
        title="Field",
        settings=TINY,
        rows={"flair": FLAIR, "other": THRESHOLD},
        compared=("other",),
    )
    outcomes = [outcome("a", dice), outcome("a", better, row="other")]
    page = write_tables(tmp_path, rows, outcomes).read_text()
    section = page.partition("## threshold, less each other row")[2]
    assert "| FLAIR alone | **+0.130 [+0." in section


def test_the_tables_depend_on_the_outcomes_alone(tmp_path):
    outcomes = [
        outcome("a", {"p": 0.25, "q": 0.4}, fusion={"en": 2.5, "vif": None}),
        outcome("b", {"r": 0.9}, fusion={"en": 3.5, "vif": None}),
    ]
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        table = write_tables(tmp_path / name, experiment(flair=FLAIR), outcomes)
        texts.append((table.read_text(), table.with_suffix(".csv").read_text()))
    assert texts[0] == texts[1]
    page, sheet = texts[0]
    assert "| FLAIR alone | 2 | 0.613 ± 0.407 | 0.517 [" in page
    assert "| FLAIR alone | 2 | 3.000 ± 0.707 |" in page
    rows = list(csv.DictReader(sheet.splitlines()))
    assert [row["metric"] for row in rows] == ["dice", "en", "vif"]
    assert float(rows[0]["mean_of_folds"]) == pytest.approx(0.6125)
    assert rows[2]["mean_of_folds"] == ""


def test_the_field_of_fuse4seg_shares_one_budget(toy_release, tmp_path):
    """A row that is trained longer, or on larger images, would win by that."""
    jobs = jobs_of(read_definition("fuse4seg"), [toy_release], tmp_path)
    configs = [job.config for job in jobs if job.config is not None]
    shared = ("preset", "steps", "batch_size", "downsample", "lr_follower", "warm_up")
    assert len({tuple(getattr(one, key) for key in shared) for one in configs}) == 1
    solvers = {getattr(one, "solver", None) for one in configs}
    assert solvers == {None, "none", "joint", "alternating"}
    assert len({job.digest for job in jobs}) == len(jobs)


def test_a_definition_says_where_it_is_wrong(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "T"\n[settings]\n[rows.a]\ntitle = "A"\n')
    with pytest.raises(InvalidInputError, match=r"rows\.a\.method"):
        read_definition(str(file))
    file.write_text('title = "T"\ncompared = ["b"]\n[settings]\n[rows]\n')
    with pytest.raises(InvalidInputError, match="compared: no row b"):
        read_definition(str(file))
    row = 'title = "A"\nmethod = "unet"\nfused_by = '
    file.write_text(
        f'title = "T"\n[settings]\n[rows.a]\n{row}"b"\n[rows.b]\n{row}"average"\n'
    )
    with pytest.raises(InvalidInputError, match=r"rows\.a: fused_by 'b'"):
        read_definition(str(file))
    file.write_text(f'title = "T"\n[settings]\n[rows."../b"]\n{row}"average"\n')
    with pytest.raises(InvalidInputError, match=r"rows: found '../b'.* a file name"):
        read_definition(str(file))
    known = "no such experiment; expected claims, downstream, fuse4"
    with pytest.raises(InvalidInputError, match=known):
        read_definition("fuse5seg")


def test_the_command_writes_the_tables_and_fails_when_a_row_does(toy_release, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Mine"\n[settings]\n'
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in TINY.items())
        + '[rows.t1]\ntitle = "T1"\nmethod = "unet"\nsettings = { sources = ["t1"] }\n'
        + '[rows.broken]\ntitle = "B"\nmethod = "unet"\nfused_by = "no_such"\n'
    )
    said = ["experiment", toy_release, "-o", tmp_path / "f", "--definition", file]
    good = CliRunner().invoke(main, [*map(str, said), "--row", "t1"])
    assert good.exit_code == 0, good.output
    assert "table.md: 1 done, 1 now" in good.output
    bad = CliRunner().invoke(main, [*map(str, said), "--set", "batch_size=2"])
    assert bad.exit_code == 1
    assert "error: 1 failed" in bad.output
    assert "table.md: 1 done, 0 now" in bad.output
    (run,) = (tmp_path / "f" / "runs").glob("*/t1")
    from bratsfuse.baselines import BASELINES

    config = read_run_config(run, BASELINES["unet"].training().config)
    assert config.sources == ("t1",)


def test_what_is_left_takes_as_long_as_what_is_done(toy_release, tmp_path):
    rows = experiment(flair=FLAIR, maximum=MAXIMUM)
    jobs = jobs_of(rows, [toy_release], tmp_path, seeds=(0, 1))
    first = "flair"

    def outcome_of(row, seconds):
        return outcome("0", {}, row=row, training_seconds=seconds)

    assert remaining(jobs[:1], []) == "1 training left"
    assert remaining([], [outcome_of(first, 60)]) == "0 trainings left"
    both = [job for job in jobs if job.name == first]
    done = [outcome_of(first, 300), outcome_of(first, 360), outcome_of("other", 9e9)]
    assert remaining(both, done) == (
        "2 trainings left, about 11 minutes as earlier ones took"
    )
    assert "about 6 minutes" in remaining(both, done, workers=2)
    assert "about 3.0 hours" in remaining(both, [outcome_of("other", 5400)])


def test_the_number_of_trainings_at_a_time_is_that_of_idle_cores(monkeypatch):
    monkeypatch.setattr(processes, "available_cores", lambda: 8)
    for load, idle in ((0.2, 8), (2.6, 5), (8.0, 1), (40.0, 1)):
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, 0, 0))
        assert idle_cores() == idle
    monkeypatch.delattr(os, "getloadavg")
    assert idle_cores() == 8
