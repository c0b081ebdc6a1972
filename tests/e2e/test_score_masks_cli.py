"""`bratsfuse score-masks`: what it matches, scores, writes and refuses."""

import csv
import json

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  (its usual name)
from click.testing import CliRunner
from PIL import Image

from bratsfuse.cli import main
from bratsfuse.metrics import segmentation

SHAPE = (22, 20, 12)
SPACING = (1.0, 2.0, 3.0)
LPS = np.diag([-1.0, -2.0, 3.0, 1.0])
LPS[:3, 3] = (10.0, 20.0, -5.0)
RULES = ("--metrics", "dice,hd95,lesion_dice,lesion_hd95", "--workers", "1")


def tumour(number, shift=0):
    """Return labels (X, Y, Z) of a case, each with two lesions."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[3 + shift : 9 + shift, 4:12, 2 : 6 + number] = 2
    labels[4 + shift : 7 + shift, 5:10, 3:6] = 3
    labels[5 + shift : 6 + shift, 6:8, 4:5] = 1
    labels[16:20, 14:18, 8:11] = 3
    return labels


def save(path, labels, affine=LPS):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(labels, affine), path)


def expected(reference, prediction, **options):
    """Return what the metrics say of arrays whose axes are z, y, x."""
    return segmentation.evaluate(
        reference.T,
        prediction.T,
        spacing_mm=SPACING[::-1],
        metrics=RULES[1].split(","),
        **options,
    )


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command beside references and predictions of three cases."""
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        case = f"BraTS-GLI-0000{number}-000"
        save(tmp_path / "labels" / f"{case}-seg.nii.gz", tumour(number))
        save(tmp_path / "unet" / f"{case}.nii.gz", tumour(number, shift=1))
        save(tmp_path / "swin" / f"{case}.nii.gz", tumour(number, shift=2))

    def call(*arguments):
        words = ("score-masks", *map(str, arguments))
        result = CliRunner().invoke(main, words)
        bug = result.exception
        assert bug is None or isinstance(bug, SystemExit), result.output
        return result

    return call


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def refused(result, output):
    """Return the lines on stderr but the last; nothing was written."""
    assert result.exit_code == 1, result.output
    assert not output.exists()
    *lines, last = result.stderr.strip().splitlines()
    assert last.startswith("error: ")
    return lines


def test_values_are_those_of_the_arrays_with_spacing_from_the_header(run, tmp_path):
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert "'-seg' taken off every name" in result.stderr
    rows = table(tmp_path / "scores" / "per_case.csv")
    assert len(rows) == 3 * 3 * 4
    for number in range(3):
        mine = [r for r in rows if r["case_id"] == f"BraTS-GLI-0000{number}-000"]
        wanted = expected(tumour(number), tumour(number, shift=1))
        for row in mine:
            assert row["method"] == "unet"
            assert row["patient_id"] == f"GLI_0000{number}"
            assert float(row["value"]) == wanted[row["region"]][row["metric"]]
            assert row["status"] == "scored"


def test_the_record_has_means_intervals_and_how_it_was_scored(run, tmp_path):
    run("unet", "--reference", "labels", *RULES, "-o", "scores")
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    assert record["kind"] == "masks"
    assert record["reference"] == {"place": "labels", "taken_off": ["", "-seg"]}
    assert record["rules"]["coding"] == "bratsfuse"
    assert record["rules"]["preset"] == "brats2023-gli"
    assert record["grids"][0] == {
        "case": "BraTS-GLI-00000-000",
        "shape": list(SHAPE),
        "spacing_mm": [3.0, 2.0, 1.0],
        "dimensions": 3,
    }
    dice = [expected(tumour(n), tumour(n, shift=1))["WT"]["dice"] for n in range(3)]
    score = record["methods"]["unet"]["scores"]["WT"]["dice"]
    assert score["mean"] == pytest.approx(np.mean(dice), abs=1e-12)
    assert score["sd"] == pytest.approx(np.std(dice, ddof=1), abs=1e-12)
    assert score["low"] <= score["mean"] <= score["high"]
    assert score["n"] == 3


def test_all_metrics_are_more_than_the_default(run, tmp_path):
    for word, keys in (
        ("default", segmentation.DEFAULT),
        ("all", segmentation.METRICS),
    ):
        rules = ("--metrics", word, "--regions", "ET", "--workers", "1")
        result = run("unet", "--reference", "labels", *rules, "-o", word)
        assert result.exit_code == 0, result.output
        rows = table(tmp_path / word / "per_case.csv")
        assert [row["metric"] for row in rows[: len(keys)]] == list(keys)
        assert len(rows) == 3 * len(keys)


def test_every_lesion_has_a_line(run, tmp_path):
    lost = tumour(0)
    lost[16:20, 14:18, 8:11] = 0  # a false negative
    lost[0, 0, 0] = 3  # a false positive
    save(tmp_path / "unet" / "BraTS-GLI-00000-000.nii.gz", lost)
    rules = ("--metrics", "lesion_dice", "--regions", "ET", "--workers", "1")
    result = run("unet", "--reference", "labels", *rules, "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "per_lesion.csv")
    mine = [row for row in rows if row["case_id"] == "BraTS-GLI-00000-000"]
    assert [row["status"] for row in mine] == ["tp", "fn", "fp"]
    assert [row["unit"] for row in mine] == ["mm3"] * 3
    voxel = 6.0
    sizes = [float(row["reference_size"]) for row in mine]
    assert sizes == [(3 * 5 * 3 - 2) * voxel, 4 * 4 * 3 * voxel, 0]
    assert float(mine[0]["dice"]) == 1
    assert float(mine[1]["hd95"]) == 374
    assert float(mine[2]["predicted_size"]) == voxel
    # The lines are what the score of the case is made of.
    scores = table(tmp_path / "scores" / "per_case.csv")
    total = sum(float(row["dice"]) for row in mine) / len(mine)
    assert float(scores[0]["value"]) == pytest.approx(total)


def test_orientation_and_format_make_no_difference(run, tmp_path):
    flipped = nib.as_closest_canonical(
        nib.load(tmp_path / "labels" / "BraTS-GLI-00000-000-seg.nii.gz")
    )
    assert nib.aff2axcodes(flipped.affine) == ("R", "A", "S")
    nib.save(flipped, tmp_path / "unet" / "BraTS-GLI-00000-000.nii.gz")
    for number, suffix in ((1, "mha"), (2, "nrrd")):
        case = tmp_path / "unet" / f"BraTS-GLI-0000{number}-000.nii.gz"
        image = sitk.ReadImage(
            str(tmp_path / "labels" / f"BraTS-GLI-0000{number}-000-seg.nii.gz")
        )
        case.unlink()
        sitk.WriteImage(image, str(case).replace("nii.gz", suffix))
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    dice = [
        float(row["value"])
        for row in table(tmp_path / "scores" / "per_case.csv")
        if row["metric"] == "dice"
    ]
    assert dice == [1.0] * 9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a @ np.diag([1, 1, 1.01, 1]), "lies on another grid"),
        (lambda a: a + 1e-5, None),  # as headers round
        (lambda a: np.eye(4), "identity matrix"),
    ],
)
def test_other_grids_are_refused(run, tmp_path, change, words):
    path = tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz"
    save(path, tumour(1), change(LPS))
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    if words is None:
        assert result.exit_code == 0
        return
    (line,) = [x for x in refused(result, tmp_path / "scores") if "error" in x]
    assert line.startswith("error [grid-differs] unet/BraTS-GLI-00001-000.nii.gz: ")
    assert words in line


def test_another_shape_is_refused(run, tmp_path):
    save(tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz", tumour(1)[:-1])
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    lines = "\n".join(refused(result, tmp_path / "scores"))
    assert "has shape 21x20x12, the reference 22x20x12" in lines


def test_a_coding_of_another_year_is_refused_or_read(run, tmp_path):
    for folder in ("labels", "unet"):
        for path in (tmp_path / folder).iterdir():
            labels = np.asarray(nib.load(path).dataobj)
            save(path, np.where(labels == 3, 4, labels).astype(np.uint8))
    plain = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    lines = refused(plain, tmp_path / "scores")
    assert "4 without 3 is ambiguous" in lines[-1]
    told = ("--coding", "brats-2018")
    assert (
        "did you mean 'brats2018'"
        in run("unet", "--reference", "labels", *told, "-o", "scores").stderr
    )
    told = ("--coding", "brats2018")
    result = run("unet", "--reference", "labels", *RULES, *told, "-o", "scores")
    assert result.exit_code == 0, result.output
    first = table(tmp_path / "scores" / "per_case.csv")
    et = [
        float(r["value"]) for r in first if (r["region"], r["metric"]) == ("ET", "dice")
    ]
    assert et == [
        expected(tumour(n), tumour(n, shift=1))["ET"]["dice"] for n in range(3)
    ]


def test_regions_of_ones_own_take_labels_as_they_are_stored(run, tmp_path):
    for folder, shift in (("labels", 0), ("unet", 1)):
        for number in range(3):
            (path,) = (tmp_path / folder).glob(f"*0000{number}-*")
            mask = (tumour(number, shift) > 0).astype(np.uint8) * 255
            save(path, mask)
    plain = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    lines = refused(plain, tmp_path / "scores")
    assert "--regions tumour=255" in lines[-1]
    own = ("--regions", "tumour=255")
    result = run("unet", "--reference", "labels", *RULES, *own, "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "per_case.csv")
    wanted = expected(tumour(0), tumour(0, 1), regions={"WT": [1, 2, 3]})["WT"]
    mine = {r["metric"]: float(r["value"]) for r in rows[:4]}
    assert mine == wanted


NNUNET = {"labels": {"background": 0, "edema": 1, "necrosis": 2, "enhancing": 3}}


def test_a_file_beside_masks_says_what_their_labels_mean(run, tmp_path):
    for path in (tmp_path / "unet").iterdir():
        labels = np.asarray(nib.load(path).dataobj)
        save(path, np.array([0, 2, 1, 3], np.uint8)[labels])
    (tmp_path / "unet" / "dataset.json").write_text(json.dumps(NNUNET))
    (tmp_path / "swin" / "bratsfuse.json").write_text("{}")
    call = ("--predictions", "unet=unet", "--predictions", "swin=swin", *RULES)
    result = run(*call, "--reference", "labels", "-o", "one")
    assert result.exit_code == 0, result.output
    assert "note [coding-beside] unet: " in result.stderr
    assert "1 ED, 2 NCR, 3 ET" in result.stderr
    assert "note [coding-beside] swin: labels are read as bratsfuse" in result.stderr
    assert "warning [coding-assumed] labels: " in result.stderr
    rows = table(tmp_path / "one" / "per_case.csv")
    tc = [r for r in rows if (r["region"], r["metric"]) == ("TC", "dice")]
    for number, row in enumerate(tc[:3]):
        wanted = expected(tumour(number), tumour(number, shift=1))
        assert float(row["value"]) == wanted["TC"]["dice"]
    rules = json.loads((tmp_path / "one" / "scores.json").read_text())["rules"]
    assert "dataset.json (1 ED, 2 NCR, 3 ET); swin bratsfuse" in rules["coding"]
    told = ("--coding", "bratsfuse")
    plain = run(*call, "--reference", "labels", *told, "-o", "two")
    assert "coding-beside" not in plain.stderr


def test_a_mask_is_read_by_the_names_of_its_segments(run, tmp_path):
    for number in range(3):
        path = tmp_path / "unet" / f"BraTS-GLI-0000{number}-000.nii.gz"
        image = sitk.ReadImage(str(path))
        path.unlink()
        turned = np.array([0, 2, 4, 1], np.uint8)[sitk.GetArrayFromImage(image)]
        content = sitk.GetImageFromArray(turned)
        content.CopyInformation(image)
        for place, (name, value) in enumerate({"NCR": 2, "edema": 4, "ET": 1}.items()):
            content.SetMetaData(f"Segment{place}_Name", name)
            content.SetMetaData(f"Segment{place}_LabelValue", str(value))
        sitk.WriteImage(content, str(path).replace(".nii.gz", ".seg.nrrd"))
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert "warning [segment-names] unet/BraTS-GLI-00000" in result.stderr
    rows = table(tmp_path / "scores" / "per_case.csv")
    wanted = expected(tumour(0), tumour(0, shift=1))
    for row in rows[:12]:
        assert float(row["value"]) == wanted[row["region"]][row["metric"]]


def test_a_file_beside_the_folder_of_references_counts(run, tmp_path):
    for folder in ("labels", "unet"):
        for path in (tmp_path / folder).iterdir():
            labels = np.asarray(nib.load(path).dataobj)
            save(path, np.array([0, 2, 1, 3], np.uint8)[labels])
    (tmp_path / "labels").rename(tmp_path / "labelsTr")
    for path in (tmp_path, tmp_path / "unet"):
        (path / "dataset.json").write_text(json.dumps(NNUNET))
    result = run("unet", "--reference", "labelsTr", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert "coding-assumed" not in result.stderr
    rows = table(tmp_path / "scores" / "per_case.csv")
    tc = [r for r in rows if (r["region"], r["metric"]) == ("TC", "dice")]
    wanted = expected(tumour(0), tumour(0, shift=1))
    assert float(tc[0]["value"]) == wanted["TC"]["dice"]
    (tmp_path / "unet" / "dataset.json").write_text('{"labels": {"x": 1}}')
    result = run("unet", "--reference", "labelsTr", *RULES, "-o", "more")
    assert "names no known tumour tissue; expected names such as" in result.stderr
    assert "; or pass --coding" in result.stderr


@pytest.mark.parametrize("option", ["--coding", "--reference-coding"])
def test_regions_of_ones_own_beside_a_foreign_coding_are_refused(run, option):
    own = ("--regions", "et=4", option, "brats2018")
    result = run("unet", "--reference", "labels", *RULES, *own, "-o", "scores")
    assert result.exit_code == 1
    assert "found 'brats2018' beside regions of your own" in result.stderr


def test_pictures_are_scored_in_2d_with_the_spacing_given(run, tmp_path):
    for folder, shift in (("ref", 0), ("pred", 3)):
        (tmp_path / folder).mkdir()
        for number in range(2):
            labels = np.zeros((40, 30), np.uint8)
            labels[8 + shift : 20 + shift, 5 : 12 + number] = 2
            name = f"Brats18_TCIA01_201_1_z{70 + number:03}.png"
            Image.fromarray(labels).save(tmp_path / folder / name)
    options = ("--spacing", "0.5,2", "--metrics", "hd,dice", "--workers", "1")
    result = run("pred", "--reference", "ref", *options, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert "note [in-2d]" in result.stderr
    assert "warning [one-label]" in result.stderr
    assert "warning [slices-not-pooled]" in result.stderr
    rows = table(tmp_path / "scores" / "per_case.csv")
    hd = [float(r["value"]) for r in rows if (r["region"], r["metric"]) == ("WT", "hd")]
    assert hd == [1.5, 1.5]
    assert {row["patient_id"] for row in rows} == {"TCIA_201"}
    assert not (tmp_path / "scores" / "per_lesion.csv").exists()


def test_a_spacing_beside_that_of_headers_is_refused(run, tmp_path):
    call = ("unet", "--reference", "labels", *RULES, "--spacing", "1,1")
    (line,) = (
        x for x in refused(run(*call, "-o", "s"), tmp_path / "s") if "error" in x
    )
    assert "leave --spacing out" in line


@pytest.mark.parametrize("policy", ["brats", "skip", "nan"])
def test_one_case_and_nothing_in_it_are_scored_by_the_policy(run, tmp_path, policy):
    save(tmp_path / "one" / "a.nii.gz", 0 * tumour(0))
    save(tmp_path / "two" / "a.nii.gz", 0 * tumour(0))
    save(tmp_path / "three" / "a.nii.gz", tumour(0))
    named = ("--predictions", "two=two", "--predictions", "three=three")
    call = (*named, "--reference", "one", *RULES, "--policy", policy)
    result = run(*call, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("warning [region-absent]") == 3
    rows = table(tmp_path / "scores" / "per_case.csv")
    found = {
        (r["method"], r["metric"]): (r["value"], r["status"])
        for r in rows
        if r["region"] == "WT"
    }
    filled = policy == "brats"
    undefined = ("", "undefined")
    assert found["two", "dice"] == (("1.0", "policy") if filled else undefined)
    assert found["two", "hd95"] == (("0.0", "policy") if filled else undefined)
    assert found["three", "dice"] == ("0.0", "scored")
    if not filled:
        assert found["three", "hd95"] == undefined
    assert (tmp_path / "scores" / "report.html").is_file()


def test_a_missing_case_is_refused_or_counts_as_the_worst(run, tmp_path):
    (tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz").unlink()
    save(tmp_path / "unet" / "BraTS-GLI-00009-000.nii.gz", tumour(1))
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    lines = refused(result, tmp_path / "scores")
    assert any("[no-prediction] unet BraTS-GLI-00001-000" in line for line in lines)
    assert any("[no-reference] unet BraTS-GLI-00009-000" in line for line in lines)
    allowed = (*RULES, "--allow-missing")
    result = run("unet", "--reference", "labels", *allowed, "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "per_case.csv")
    mine = [row for row in rows if row["status"] == "missing"]
    assert {row["case_id"] for row in mine} == {"BraTS-GLI-00001-000"}
    values = {r["metric"]: float(r["value"]) for r in mine if r["region"] == "WT"}
    diagonal = np.hypot(np.hypot(22, 40), 36)
    assert values["dice"] == values["lesion_dice"] == 0
    assert values["hd95"] == pytest.approx(diagonal)
    assert values["lesion_hd95"] == 374
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    score = record["methods"]["unet"]["scores"]["WT"]["dice"]
    assert (score["n"], score["n_missing"]) == (3, 1)


def test_several_methods_are_compared_case_by_case(run, tmp_path):
    named = ("--predictions", "unet=unet", "--predictions", "swin=swin")
    result = run(*named, "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert "unet less swin" in result.stdout
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    assert list(record["methods"]) == ["unet", "swin"]
    pair = next(
        one
        for one in record["differences"]
        if (one["region"], one["metric"]) == ("WT", "dice")
    )
    less = [
        expected(tumour(n), tumour(n, 1))["WT"]["dice"]
        - expected(tumour(n), tumour(n, 2))["WT"]["dice"]
        for n in range(3)
    ]
    assert pair["difference"] == pytest.approx(np.mean(less))
    assert pair["better"] == "unet"
    assert pair["p"] == pytest.approx(2 / 2**3)
    assert record["ranking"][0]["name"] == "unet"


def test_lists_and_patterns_find_the_masks(run, tmp_path):
    for path in (tmp_path / "labels").iterdir():
        case = path.name.removesuffix("-seg.nii.gz")
        (tmp_path / "raw" / case).mkdir(parents=True)
        path.rename(tmp_path / "raw" / case / path.name)
        save(tmp_path / "raw" / case / f"{case}-t1c.nii.gz", tumour(0))
    whole = run("unet", "--reference", "raw", *RULES, "-o", "scores")
    assert "give a pattern in quotes" in whole.stderr
    pattern = run("unet", "--reference", "raw/*/*-seg.nii.gz", *RULES, "-o", "one")
    assert pattern.exit_code == 0, pattern.output
    lines = [
        f"{n},raw/BraTS-GLI-0000{n}-000/BraTS-GLI-0000{n}-000-seg.nii.gz"
        for n in range(3)
    ]
    (tmp_path / "true.csv").write_text("\n".join(["case,path", *lines]))
    lines = [f"{n},unet/BraTS-GLI-0000{n}-000.nii.gz" for n in range(3)]
    (tmp_path / "unet.csv").write_text("\n".join(["case,path", *lines]))
    listed = run("unet.csv", "--reference", "true.csv", *RULES, "-o", "two")
    assert listed.exit_code == 0, listed.output
    one, two = (table(tmp_path / name / "per_case.csv") for name in ("one", "two"))
    assert [row["value"] for row in one] == [row["value"] for row in two]


def test_a_folder_per_case_is_read(run, tmp_path):
    for number in range(3):
        case = f"BraTS-GLI-0000{number}-000"
        save(tmp_path / "one" / case / "seg.nii.gz", tumour(number, 1))
        save(tmp_path / "two" / case / f"{case}_pred.nii.gz", tumour(number, 1))
    (tmp_path / "one" / "log.txt").write_text("done")
    places = ("unet", "one", "one/*/seg.nii.gz", "two")
    named = [
        x for n, one in enumerate(places) for x in ("--predictions", f"m{n}={one}")
    ]
    result = run(*named, "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "per_case.csv")
    by_method = [
        [(r["case_id"], r["value"]) for r in rows if r["method"] == f"m{n}"]
        for n in range(4)
    ]
    assert by_method[0] == by_method[1] == by_method[2] == by_method[3]
    assert by_method[0]


def test_all_problems_are_told_at_once_and_workers_give_the_same(run, tmp_path):
    two = (*RULES[:2], "--workers", "2")
    assert run("unet", "--reference", "labels", *two, "-o", "two").exit_code == 0
    assert run("unet", "--reference", "labels", *RULES, "-o", "one").exit_code == 0
    same = [(tmp_path / name / "per_case.csv").read_bytes() for name in ("one", "two")]
    assert same[0] == same[1]
    (tmp_path / "unet" / "BraTS-GLI-00000-000.nii.gz").write_bytes(b"no volume")
    save(
        tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz",
        tumour(1).astype(np.float32) + 0.4,
    )
    save(tmp_path / "unet" / "BraTS-GLI-00002-000.nii.gz", tumour(2) * 9)
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    lines = [x for x in refused(result, tmp_path / "scores") if "error" in x]
    assert len(lines) == 3
    assert "save the argmax" in lines[1]
    assert "has the labels 9, 18, 27" in lines[2]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("unet", "--regions", "WT,core=1"),
        ("unet", "--regions", "core=x"),
        ("unet", "--spacing", "1"),
        ("unet", "--spacing", "1,nan"),
        ("--predictions", "unet"),
        ("unet", "--predictions", "unet=swin"),
    ],
)
def test_wrong_usage_ends_with_2(run, words):
    assert run(*words, "--reference", "labels", "-o", "scores").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--preset", "brats2023-gil"), "did you mean 'brats2023-gli'"),
        (("--metrics", "dise"), "did you mean 'dice'"),
        (("--regions", "WTT"), "did you mean 'WT'"),
        (("--coding", "brats-2018x"), "did you mean 'brats2018'"),
        (("--challenge", "brats1999-gli"), "challenge: found 'brats1999-gli'"),
    ],
)
def test_names_that_nobody_knows_are_refused(run, words, told, tmp_path):
    result = run("unet", "--reference", "labels", *words, "-o", "scores")
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "scores").exists()


def test_scores_are_replaced_only_on_request_and_inputs_never(run, tmp_path):
    call = ("unet", "--reference", "labels", *RULES)
    assert run(*call, "-o", "scores").exit_code == 0
    assert "--overwrite" in run(*call, "-o", "scores").stderr
    assert run(*call, "-o", "scores", "--overwrite").exit_code == 0
    assert run(*call, "-o", "labels", "--overwrite").exit_code == 1
    assert len(list((tmp_path / "labels").iterdir())) == 3


def test_a_region_that_the_coding_does_not_have_is_not_scored(run, tmp_path):
    for folder, shift in (("labels", 0), ("unet", 1)):
        for number in range(3):
            (path,) = (tmp_path / folder).glob(f"*0000{number}-*")
            save(path, np.minimum(tumour(number, shift), 2))
    call = ("unet", "--reference", "labels", *RULES, "--coding", "brats2012")
    assert run(*call, "-o", "scores").exit_code == 0
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    assert list(record["methods"]["unet"]["scores"]) == ["WT", "TC"]
    asked = run(*call, "--regions", "WT,ET", "-o", "more")
    told = "found 'ET', expected regions that masks of brats2012 (1 ED, 2 NCR) can have"
    assert told in asked.stderr


def test_the_page_is_safe_and_says_what_a_reader_must_know(run, tmp_path):
    (tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz").unlink()
    evil = "<script>alert(1)</script>"
    named = ("--predictions", f"{evil}=unet", "--predictions", "swin=swin")
    own = ("--regions", "a<b=1+2+3,core=1+3", "--allow-missing")
    result = run(*named, "--reference", "labels", *RULES, *own, "-o", "scores")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "scores" / "report.html").read_text()
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "without a prediction; each counts as the worst" in page
    assert "Only 3 patients" in page
    assert "a&lt;b 1+2+3, core 1+3" in page
    assert "&#39;-seg&#39; taken off the names" in page
    figures = sorted(path.name for path in (tmp_path / "scores" / "figures").iterdir())
    assert figures == [
        "cases-dice.svg",
        "cases-hd95.svg",
        "differences-dice.svg",
        "differences-hd95.svg",
        "intervals-dice.svg",
        "intervals-hd95.svg",
        "lesions-1.svg",
        "lesions-2.svg",
    ]
    for name in figures:
        assert evil not in (tmp_path / "scores" / "figures" / name).read_text()


def test_a_prediction_in_another_coding_is_doubted(run, tmp_path):
    for path in (tmp_path / "unet").iterdir():
        labels = np.asarray(nib.load(path).dataobj)
        save(path, np.where(labels == 3, 4, labels).astype(np.uint8))
    call = ("unet", "--reference", "labels", *RULES, "--coding", "brats2024-gli")
    result = run(*call, "-o", "scores")
    assert result.exit_code == 0
    assert "warning [region-never-predicted] unet: " in result.stderr
    right = (*call[:-1], "brats2018", "--reference-coding", "brats2023_gli")
    result = run(*right, "-o", "right")
    assert result.exit_code == 0, result.output
    assert "region-never-predicted" not in result.stderr


@pytest.mark.parametrize(
    ("change", "own", "code"),
    [
        (lambda m: m[:, ::-1], (), "looks-flipped"),
        (lambda m: m[:, ::-1], ("--regions", "wt=1+2+3"), "looks-flipped"),
        (lambda m: np.array([0, 2, 1, 3], np.uint8)[m], (), "looks-recoded"),
        (lambda m: np.uint8(m > 0), (), "single-label"),
        (lambda m: m, (), None),
        (lambda m: m, ("--regions", "wt=1+2+3"), None),
    ],
)
def test_predictions_that_cannot_be_meant_are_doubted(run, tmp_path, change, own, code):
    for number in range(3):
        labels = tumour(number)
        labels[5:12, 4:8, 2:8] = 1
        (path,) = (tmp_path / "labels").glob(f"*0000{number}-*")
        save(path, labels)
        (path,) = (tmp_path / "unet").glob(f"*0000{number}-*")
        save(path, change(labels))
    call = ("unet", "--reference", "labels", *RULES, *own)
    result = run(*call, "-o", "scores")
    assert result.exit_code == 0, result.output
    known = ("looks-flipped", "looks-shifted", "looks-recoded", "single-label")
    found = [one for one in known if f"warning [{one}] unet: " in result.stderr]
    assert found == ([code] if code else [])


def test_a_table_says_who_the_patients_are(run, tmp_path):
    call = ("unet", "--reference", "labels", *RULES)
    lines = [f"BraTS-GLI-0000{n}-000,{'p' if n else 'q'}" for n in range(3)]
    (tmp_path / "who.csv").write_text("\n".join(["case,patient", *lines]))
    result = run(*call, "--patients", "who.csv", "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "per_case.csv")
    assert [row["patient_id"] for row in rows[::12]] == ["q", "p", "p"]
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    assert (record["cases"], record["patients"]) == (3, 2)
    (tmp_path / "who.csv").write_text("\n".join(["case,patient", *lines[:2]]))
    lacking = run(*call, "--patients", "who.csv", "-o", "more")
    assert "no patient of 1 case (BraTS-GLI-00002-000)" in lacking.stderr
    (tmp_path / "who.csv").write_text("case,patient\na,p\na,q\n")
    twice = run(*call, "--patients", "who.csv", "-o", "more")
    assert "line 3: found case 'a' of patient 'q'" in twice.stderr
    (tmp_path / "who.csv").write_text("id,patient\n")
    assert (
        "expected case and patient"
        in run(*call, "--patients", "who.csv", "-o", "more").stderr
    )


def test_references_scored_against_themselves_are_doubted(run):
    result = run("labels", "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0
    assert "warning [same-files] labels: 3 predictions of 3" in result.stderr


def test_the_scores_of_a_challenge_lie_beside(run, tmp_path):
    (tmp_path / "unet" / "BraTS-GLI-00002-000.nii.gz").unlink()
    call = ("unet", "--reference", "labels", *RULES, "--allow-missing")
    result = run(*call, "--challenge", "brats2026_gli", "-o", "scores")
    assert result.exit_code == 0, result.output
    rows = table(tmp_path / "scores" / "challenge.csv")
    found = {(r["case_id"][-5], r["group"], r["score"]): r for r in rows}
    assert {row["status"] for row in rows} == {"scored", "undefined", "missing"}
    for number in range(3):
        prediction = tumour(number, 1) if number < 2 else 0 * tumour(number)
        wanted = segmentation.challenge_scores(
            tumour(number).T, prediction.T, "brats2026-gli", SPACING[::-1]
        )
        for group, values in wanted.items():
            assert "reference_instances" in values
            for name, value in values.items():
                if name != "reference_instances":
                    row = found[str(number), group, name]
                    assert row["value"] == (
                        "" if value != value else repr(float(value))
                    )
                    known = "missing" if number == 2 else "scored"
                    assert row["status"] == ("undefined" if value != value else known)
    record = json.loads((tmp_path / "scores" / "scores.json").read_text())
    dice = [float(found[str(n), "wt", "global_bin_dsc"]["value"]) for n in range(3)]
    mean = record["challenge"]["unet"]["wt"]["global_bin_dsc"]
    assert mean["mean"] == pytest.approx(np.mean(dice))
    assert (mean["n"], mean["n_undefined"], mean["n_infinite"]) == (3, 0, 0)


def test_lesions_are_numbered_in_the_order_of_the_file(run, tmp_path):
    """What the script of 2024 prints of several lesions goes by their numbers."""
    for folder, shift in (("labels", 0), ("unet", 1)):
        for path in (tmp_path / folder).iterdir():
            save(path, tumour(0, shift), LPS @ np.diag([-1, -1, 1, 1]))
    maps = [np.ascontiguousarray(tumour(0, shift).T) for shift in (0, 1)]
    wanted, turned = (
        segmentation.challenge_scores(*pair, "brats2024-gli", SPACING[::-1])
        for pair in (maps, [np.ascontiguousarray(one[:, ::-1, ::-1]) for one in maps])
    )
    assert wanted["ET"]["Sensitivity"] != turned["ET"]["Sensitivity"]
    challenge = ("--challenge", "brats2024-gli", "--coding", "brats2024-gli")
    result = run("unet", "--reference", "labels", *RULES, *challenge, "-o", "scores")
    assert result.exit_code == 0, result.output
    for row in table(tmp_path / "scores" / "challenge.csv"):
        assert float(row["value"]) == wanted[row["group"]][row["score"]]


@pytest.mark.parametrize("told", [(), ("--coding", "brats2024-ped")])
def test_labels_become_those_of_the_challenges_files(run, tmp_path, told):
    stored = {1: 2, 2: 4, 3: 1}  # canonical -> paediatric files
    recode = np.array([0, 2, 4, 1], np.uint8)
    assert all(recode[label] == value for label, value in stored.items())
    for folder, shift in (("labels", 0), ("unet", 1)):
        for number in range(3):
            (path,) = (tmp_path / folder).glob(f"*0000{number}-*")
            save(path, recode[tumour(number, shift)])
    call = ("unet", "--reference", "labels", *RULES, "--challenge", "brats2026-ped")
    result = run(*call, *told, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("[coding-of-challenge]") == (0 if told else 2)
    rows = table(tmp_path / "scores" / "challenge.csv")
    wanted = segmentation.challenge_scores(
        recode[tumour(0)].T, recode[tumour(0, 1)].T, "brats2026-ped", SPACING[::-1]
    )
    for row in rows:
        if row["case_id"].endswith("0-000") and row["score"] == "global_bin_dsc":
            value = wanted[row["group"]]["global_bin_dsc"]
            assert row["value"] == ("" if np.isnan(value) else repr(float(value)))
    rows = table(tmp_path / "scores" / "per_case.csv")
    et = [r for r in rows if (r["region"], r["metric"]) == ("ET", "dice")]
    one = expected(tumour(0), tumour(0, shift=1))["ET"]["dice"]
    assert float(et[0]["value"]) == one


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--coding", "bratsfuse"), "contains RC, which the files of brats2026-ped"),
        ((), "coding brats2026-ped has 1, 2, 3, 4"),
        (("--regions", "et=1"), "contains 5, which the files of brats2026-ped"),
    ],
)
def test_a_label_outside_a_challenge_is_told_with_its_file(run, tmp_path, words, told):
    labels = tumour(1)
    labels[0, 0, 0] = 4 if "--coding" in words else 5
    save(tmp_path / "unet" / "BraTS-GLI-00001-000.nii.gz", labels)
    call = ("unet", "--reference", "labels", *RULES, "--challenge", "brats2026-ped")
    result = run(*call, *words, "-o", "scores")
    (line,) = [x for x in refused(result, tmp_path / "scores") if "error [" in x]
    place = "unet/BraTS-GLI-00001-000.nii.gz"
    assert line.startswith(f"error [unknown-labels] {place}: ")
    assert told in line


def test_greys_and_single_labels_of_predictions_are_warned_of(run, tmp_path):
    for number in range(3):
        case = f"BraTS-GLI-0000{number}-000"
        tumour_of = (tumour(number) > 0).astype(np.uint8)
        save(tmp_path / "one" / f"{case}.nii.gz", tumour_of)
        save(tmp_path / "white" / f"{case}.nii.gz", tumour_of * 255)
        save(tmp_path / "grey" / f"{case}.nii.gz", tumour_of * 128)
    result = run("one", "--reference", "labels", "-o", "a", *RULES)
    assert "no prediction has another label than 1, the references" in result.stderr
    own = ("--reference", "white", "--regions", "tumour=255", *RULES)
    result = run("grey", *own, "-o", "b")
    assert result.exit_code == 0, result.output
    assert "the labels 128 belong to no region" in result.stderr
    assert "belong to no region" not in run("white", *own, "-o", "c").stderr


def exported(folder):
    """Say of a folder of volumes that they have only some slices, as `export` does."""
    content = {"folders": [folder.name], "slices": {"BraTS-GLI-00000-000": [3, 4]}}
    (folder.parent / "bratsfuse.json").write_text(json.dumps(content))


def test_volumes_of_some_slices_are_scored_with_a_warning(run, tmp_path):
    content = {"folders": ["labels", "unet"], "slices": {"any": [3]}}
    (tmp_path / "bratsfuse.json").write_text(json.dumps(content))
    result = run("unet", "--reference", "labels", *RULES, "-o", "scores")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("[partial-volumes]") == 2
    assert "use bratsfuse evaluate" in result.stderr


def test_whole_volumes_and_those_of_some_slices_are_not_compared(run, tmp_path):
    exported(tmp_path / "unet")
    lines = refused(
        run("unet", "--reference", "labels", *RULES, "-o", "scores"),
        tmp_path / "scores",
    )
    (line,) = [line for line in lines if "partial-volumes" in line]
    assert line.startswith("error [partial-volumes] unet: ")
    assert "bratsfuse evaluate" in line
