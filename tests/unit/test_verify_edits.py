"""Every edit of what a release says is found, also when all documents were renewed."""

import csv
import json

import numpy as np
import pytest
from manifests import edit, renew_documents
from PIL import Image

from bratsfuse.release import file_digest, read_manifest
from bratsfuse.release.documents import document
from bratsfuse.release.verify import verify


def first(records):
    return next(iter(records.values()))


def put(*path, value):
    """Return a change of one place of a manifest; ``None`` is the first of a map."""

    def change(content):
        *ways, last = path
        for way in ways:
            content = first(content) if way is None else content[way]
        assert content[last] != value
        content[last] = value

    return change


CASE = ("cases", None)
RAW = (*CASE, "sources", None)
ISSUE = {"severity": "note", "where": "x", "code": "y", "message": "z"}
EDITS = {
    "case_shape": put(*CASE, "shape", value=[99, 99, 99]),
    "spacing": put(*CASE, "spacing_mm", value=[2.0, 1.0, 1.0]),
    "iou": put(*CASE, "modality_iou", value=0.5),
    "case_layout": put(*CASE, "layout", value="brats2018"),
    "grade": put(*CASE, "grade", value="LGG"),
    "patient": put(*CASE, "patient", value="other"),
    "case_split": put(*CASE, "split", value="test"),
    "slices": put(*CASE, "slices", value=[1, 2]),
    "raw_digest": put(*RAW, "sha256", value="0" * 64),
    "raw_name": put(*RAW, "name", value="other.nii.gz"),
    "raw_type": put(*RAW, "dtype", value="float64"),
    "raw_shape": put(*RAW, "shape", value=[1, 2, 3]),
    "raw_orientation": put(*RAW, "orientation", value="RAS"),
    "raw_files": put(*CASE, "sources", value={}),
    "issues": put("issues", value=[ISSUE]),
    "version": put("bratsfuse", value="0.0.9"),
    "title": put("source", "title", value="another"),
    "synthetic": put("source", "synthetic", value=True),
    "citation": put("source", "citation", value=["nobody"]),
    "licence": put("source", "licence", value="MIT"),
    "licence_url": put("source", "licence_url", value="https://example.org"),
    "layout": put("source", "layout", value="brats2018"),
    "regions": put("source", "regions", value=["WT"]),
    "label_map": put("source", "label_map", value={"1": "NCR", "2": "ET", "4": "ED"}),
    "image_shape": put("image_shape", value=[24, 20]),
    "seed": put("recipe", "seed", value=5),
    "sources": put("recipe", "sources", value=["t1", "t2"]),
    "fusers": put("recipe", "fusers", value=["average", "laplacian", "maximum"]),
    "slice_sets": put("splits", None, "slice_sets", value=1),
    "split_cases": put("splits", None, "cases", value=7),
    "split_patients": put("splits", None, "patients", value=7),
}
QUICK = {"case_shape", "iou", "issues", "title", "raw_name", "version", "case_layout"}


def named(names):
    for name in names:
        marks = () if name in QUICK else pytest.mark.slow
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", list(named(EDITS)))
def test_an_edit_is_found_though_all_documents_were_renewed(name, toy_release):
    edit(toy_release, EDITS[name])
    renew_documents(toy_release)
    assert verify(toy_release)


def rewrite_index(release, change):
    path = release / "index.csv"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        change(line)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def area(release):
    rewrite_index(release, lambda line: line.update(area_brain="7"))


def extra_column(release):
    rewrite_index(release, lambda line: line.update(survival="9"))


def preview(release):
    grey = Image.open(release / "previews" / "train.png")
    Image.fromarray(np.zeros_like(np.asarray(grey))).save(
        release / "previews" / "train.png"
    )


def grids(release):
    path = release / "grids.json"
    content = json.loads(path.read_text())
    first(content)[0][0] *= 2
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("change", [area, extra_column, preview, grids])
def test_a_changed_file_is_found_though_its_digest_was_renewed(change, toy_release):
    change(toy_release)
    manifest = read_manifest(toy_release)
    document(toy_release, manifest, manifest.columns)
    name = "previews/train.png"
    assert read_manifest(toy_release).files[name] == file_digest(toy_release / name)
    codes = {issue.code for issue in verify(toy_release)}
    assert codes == {"stale-preview" if change is preview else "edited"}
