"""The fingerprint covers all that a score reads of a release."""

import json
import shutil
from dataclasses import fields, replace

import h5py
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from manifests import edit, renew_documents, renew_everything
from perturbed import masks_of, submit

from bratsfuse.anatomy import Modality, Region
from bratsfuse.cli import main
from bratsfuse.errors import ReleaseError
from bratsfuse.evaluation import Settings, evaluate, pipeline
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import BoardError
from bratsfuse.methods import predict
from bratsfuse.release import Manifest, Recipe, read_manifest
from bratsfuse.release.manifest_parts import (
    AddedProduct,
    CaseRecord,
    SourceRelease,
    SplitRecord,
)
from bratsfuse.release.verify import verify


def first(records):
    return next(iter(records.values()))


def finer(content):
    for case in content["cases"].values():
        case["spacing_mm"] = [0.1, 0.1, 1.0]


def turned(content):
    case = first(content["cases"])
    case["spacing_mm"] = [1.0, 2.0, 1.0]


def fewer_regions(content):
    content["source"]["regions"] = ["WT"]


def another_coding(content):
    content["source"]["label_map"]["9"] = "RC"


def fewer_labels(content):
    content["source"]["label_map"] = {"1": "NCR", "2": "ED"}


def other_sources(content):
    content["recipe"]["sources"] = ["t1", "t2"]


def phantoms(content):
    content["source"]["synthetic"] ^= True


EDITS = {
    "spacing_mm": finer,
    "regions": fewer_regions,
    "label_map": another_coding,
    "sources": other_sources,
    "synthetic": phantoms,
}


@pytest.mark.parametrize("name", EDITS)
def test_no_reader_takes_an_edited_manifest(toy_release, tmp_path, name):
    edit(toy_release, EDITS[name])
    for read in (
        lambda: read_manifest(toy_release),
        lambda: evaluate(None, toy_release, Settings()),
        lambda: predict("threshold", toy_release, tmp_path / "submission"),
    ):
        with pytest.raises(ReleaseError, match=r"it was edited; run bratsfuse verify"):
            read()


@pytest.mark.parametrize("name", EDITS)
def test_verify_names_what_was_edited(toy_release, name):
    edit(toy_release, EDITS[name])
    told = {issue.code: issue.message for issue in verify(toy_release)}
    assert "fingerprint-differs" in told
    assert f"another {name} than" in told["attributes-differ"]


@pytest.mark.parametrize("name", EDITS)
def test_verify_finds_the_edit_when_all_documents_were_renewed(toy_release, name):
    edit(toy_release, EDITS[name])
    renew_documents(toy_release)
    read_manifest(toy_release)
    issues = verify(toy_release)
    assert {issue.code for issue in issues} == {"attributes-differ"}
    assert any(f"another {name} than" in issue.message for issue in issues)


def test_a_transposed_spacing_is_found(toy_release):
    edit(toy_release, turned)
    renew_everything(toy_release)
    whole = read_manifest(toy_release).fingerprint
    edit(toy_release, lambda m: first(m["cases"])["spacing_mm"].sort(reverse=True))
    renew_documents(toy_release)
    assert read_manifest(toy_release).fingerprint != whole
    assert {issue.code for issue in verify(toy_release)} == {"attributes-differ"}


def test_a_label_that_the_masks_hold_cannot_leave_the_label_map(toy_release):
    edit(toy_release, fewer_labels)
    renew_everything(toy_release)
    found = [one for one in verify(toy_release) if one.code == "unknown-labels"]
    assert found
    assert "value 3 is no label of the source" in found[0].message


@pytest.fixture(scope="module")
def honest(phantom_release, tmp_path_factory):
    """A submission of true masks and its report on the honest release."""
    place = tmp_path_factory.mktemp("honest")
    submit(
        place / "submission", "mine", phantom_release, masks_of(phantom_release, "test")
    )
    return place / "submission", scored(phantom_release, place, "report")


def scored(release, place, name):
    words = ["evaluate", place / "submission", "--release", release, "-o", place / name]
    done = CliRunner().invoke(main, list(map(str, words)))
    assert done.exit_code == 0, done.output
    return place / name


@pytest.mark.parametrize("name", ["spacing_mm", "regions", "label_map"])
def test_a_board_refuses_the_report_of_an_edited_release(
    phantom_release, honest, tmp_path, name
):
    submission, report = honest
    release = shutil.copytree(phantom_release, tmp_path / "release")
    edit(release, EDITS[name])
    renew_everything(release)
    shutil.copytree(submission, tmp_path / "submission")
    other = scored(release, tmp_path, "report")
    path = other / "report.json"
    content = json.loads(path.read_text())
    content["submission"]["name"] = "theirs"
    path.write_text(json.dumps(content))
    admit(report, tmp_path / "board")
    with pytest.raises(BoardError) as caught:
        admit(other, tmp_path / "board")
    told = [issue.message for issue in caught.value.issues]
    assert any("not comparable: data fingerprint" in text for text in told)


def test_rows_that_were_changed_are_not_scored(toy_release):
    with h5py.File(toy_release / "data" / "test.h5", "r+") as file:
        file["t1ce"][0, 10, 10] ^= 1
    with pytest.raises(ReleaseError, match="its rows have the digest"):
        evaluate(None, toy_release, Settings())


RECORDS = (Manifest, SourceRelease, SplitRecord, CaseRecord, AddedProduct, Recipe)

NOT_COVERED = {
    "Manifest.fingerprint",
    "Manifest.withheld",  # stands in the report by itself: a key draws a new secret
    "Manifest.added",  # not scored; their images are in the rows
    "CaseRecord.split",  # only to say that an id is of another split
    "CaseRecord.slices",
    "SplitRecord.file",
    "SplitRecord.slice_sets",  # like cases and patients, a count of rows
    "SplitRecord.cases",
    "SplitRecord.patients",
    "SourceRelease.title",  # words, which boards compare as well
}
"""What scoring reads and the fingerprint does not cover, with the reason."""


def spacing(manifest, number):
    name = sorted(manifest.cases)[number % len(manifest.cases)]
    x, y, z = manifest.cases[name].spacing_mm
    other = replace(manifest.cases[name], spacing_mm=(x + 1, y, z))
    return replace(manifest, cases={**manifest.cases, name: other})


def source(**changes):
    return lambda manifest, _: replace(
        manifest, source=replace(manifest.source, **changes)
    )


def recipe(**changes):
    return lambda manifest, _: replace(
        manifest, recipe=replace(manifest.recipe, **changes)
    )


def rows(manifest, number):
    name = sorted(manifest.splits)[number % len(manifest.splits)]
    other = replace(manifest.splits[name], sha256=f"{number:064x}")
    return replace(manifest, splits={**manifest.splits, name: other})


def shape(manifest, number):
    height, width = manifest.image_shape
    return replace(manifest, image_shape=(height + 1 + number, width))


def without_a_case(manifest, number):
    lost = sorted(manifest.cases)[number % len(manifest.cases)]
    cases = {name: one for name, one in manifest.cases.items() if name != lost}
    return replace(manifest, cases=cases)


def with_another_split(manifest, number):
    one = sorted(manifest.splits)[number % len(manifest.splits)]
    splits = {**manifest.splits, f"further_{number}": manifest.splits[one]}
    return replace(manifest, splits=splits)


CHANGES = {
    "Manifest.image_shape": shape,
    "Manifest.cases": without_a_case,
    "Manifest.splits": with_another_split,
    "Manifest.source": source(synthetic=True),
    "Manifest.recipe": recipe(sources=(Modality.T1, Modality.T2)),
    "CaseRecord.spacing_mm": spacing,
    "SplitRecord.sha256": rows,
    "SourceRelease.regions": source(regions=(Region.WT,)),
    "SourceRelease.label_map": source(label_map={"1": "NCR", "2": "ED", "4": "RC"}),
    "SourceRelease.synthetic": source(synthetic=True),
    "Recipe.sources": recipe(sources=(Modality.FLAIR, Modality.T1CE)),
    "Recipe.fusers": recipe(fusers=("average",)),
}
"""A field that scoring reads -> a change of it."""


@given(st.sampled_from(sorted(CHANGES)), st.integers(0, 99))
def test_every_field_that_a_score_reads_changes_the_fingerprint(
    built_toy_release, field, number
):
    manifest = read_manifest(built_toy_release)
    changed = CHANGES[field](manifest, number)
    assert changed.proven().fingerprint != manifest.fingerprint


def test_scoring_reads_nothing_else_of_a_manifest(
    built_toy_release, tmp_path, monkeypatch
):
    """Whoever lets a score depend on more has to add it to `Manifest.scored`."""
    read = set()
    known = {kind: {field.name for field in fields(kind)} for kind in RECORDS}

    def noted(record, name):
        if name in known[type(record)]:
            read.add(f"{type(record).__name__}.{name}")
        return object.__getattribute__(record, name)

    def watched(release):
        before = set(read)
        manifest = read_manifest(release)
        read.intersection_update(before)  # reading a manifest reads all of it
        for kind in RECORDS:
            monkeypatch.setattr(kind, "__getattribute__", noted)
        return manifest

    submission = tmp_path / "submission"
    predict("laplacian", built_toy_release, submission)
    monkeypatch.setattr(pipeline, "read_manifest", watched)
    evaluate(submission, built_toy_release, Settings())
    evaluate(None, built_toy_release, Settings())
    monkeypatch.undo()
    assert {"CaseRecord.spacing_mm", "SourceRelease.regions"} <= read
    assert read - NOT_COVERED <= set(CHANGES)
