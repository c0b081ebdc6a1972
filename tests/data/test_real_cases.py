"""The same promises on real BraTS cases, where a folder of them is named.

Derived layouts are real cases renamed, relabelled or restacked in a temporary folder,
because no real file of those releases may be kept at hand.
"""

import json
import shutil
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from real_release import built

from bratsfuse.anatomy import Modality
from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.building import survey_case, to_uint8
from bratsfuse.cli import main
from bratsfuse.phantom.write import write_volume
from bratsfuse.raw import PhantomCase, read_case
from bratsfuse.records import Grade
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.verify import verify

pytestmark = pytest.mark.data

PARTIAL = "Brats18_2013_20_1"
RESCALED = {"Brats18_TCIA10_637_1", "Brats18_TCIA10_639_1"}


def run(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def inspected(folder, *options):
    result = run("inspect", folder, "--json", *options)
    return result.exit_code, json.loads(result.stdout)


def issues_of(report, case):
    (detail,) = [d for d in report["details"] if d["case_id"] == case]
    return {issue["code"]: issue["message"] for issue in detail["issues"]}


@pytest.fixture(scope="module")
def all_of_2018(real_data):
    table = real_data / "metadata" / "brats2019_name_mapping.csv"
    code, report = inspected(real_data / "brats2018", "--name-mapping", table)
    assert code == 0
    return report


def test_the_21_cases_of_2018_are_usable_and_their_oddities_told(all_of_2018):
    report = all_of_2018
    assert report["layout"] == "brats2018"
    assert report["cases"] == report["usable_cases"] == report["patients"] == 21
    partial = issues_of(report, PARTIAL)
    assert "flair covers 66.2%" in partial["partial-modality"]
    assert "0.659" in partial["partial-modality"]
    assert partial["mask-outside-brain"].startswith("21 mask voxels")
    flagged = {
        detail["case_id"]
        for detail in report["details"]
        if "partial-modality" in issues_of(report, detail["case_id"])
    }
    assert flagged == {f"Brats18_2013_{number}_1" for number in (2, 3, 11, 20, 23)}
    full = {
        detail["case_id"]
        for detail in report["details"]
        if "full-range" in issues_of(report, detail["case_id"])
    }
    assert full == RESCALED


def test_grades_and_patients_come_with_the_name_mapping(all_of_2018):
    grades = [detail["grade"] for detail in all_of_2018["details"]]
    assert (grades.count("HGG"), grades.count("LGG")) == (17, 4)


def test_a_validation_case_of_2023_is_unlabelled_and_not_empty(real_data):
    code, report = inspected(real_data / "brats2023")
    assert code == 1
    assert report["layout"] == "brats2023_gli"
    assert report["usable_cases"] == 0
    assert set(issues_of(report, "BraTS-GLI-00001-000")) == {"unlabelled"}
    (detail,) = report["details"]
    assert detail["sources"]["t1"]["orientation"] == "LPS"


def test_the_metastasis_case_is_reoriented(real_data):
    code, report = inspected(real_data / "brats2023_met")
    assert code == 1
    assert report["layout"] == "brats2023_met"
    found = issues_of(report, "BraTS-MET-00110-000")
    assert "RAS" in found["reoriented"]
    assert "unlabelled" in found


def test_the_ras_case_and_its_flipped_twin_give_the_same_slices(real_data, tmp_path):
    (case,) = find_cases(real_data / "brats2023_met").cases
    twin_folder = tmp_path / case.folder.name
    twin_folder.mkdir()
    for path in case.folder.iterdir():
        image = nib.load(path)
        turn = ornt_transform(io_orientation(image.affine), axcodes2ornt("LPS"))
        turned = image.as_reoriented(turn)
        assert not np.array_equal(turned.dataobj, image.dataobj)
        nib.save(turned, twin_folder / path.name)
    (twin,) = find_cases(tmp_path, "brats2023_met").cases
    one, other = read_case(case), read_case(twin)
    assert one.sources["t1"].orientation == "RAS"
    assert other.sources["t1"].orientation == "LPS"
    for modality in Modality:
        np.testing.assert_array_equal(one.images[modality], other.images[modality])


def test_one_slice_of_2020_is_no_volume_and_its_labels_round(real_data):
    code, report = inspected(real_data / "odd" / "label_rounding_2d")
    assert code == 1
    assert report["layout"] == "brats2020"
    found = issues_of(report, "BraTS20_Training_133")
    assert "224x224x1" in found["unexpected-shape"]
    assert "3.1e-05" in found["labels-rounded"]


def test_loose_names_are_described(real_data):
    result = run("inspect", real_data / "odd" / "loose_names_automatic_seg")
    assert result.exit_code == 1
    assert "no layout fits" in result.stderr
    assert "t1n.nii.gz (t1): float64 240x240x155" in result.stdout
    assert "t1c.nii.gz (t1ce): float32 240x240x155" in result.stdout
    assert "labels 0, 1, 2, 3" in result.stdout


def test_two_modalities_are_described(real_data):
    result = run("inspect", real_data / "odd" / "two_modalities_only")
    assert result.exit_code == 1
    assert "no file looks like t1, t2" in result.stdout
    assert "8117940 negative" in result.stdout
    assert "0.99999997, integers but for 3e-08, labels 0, 1" in result.stdout


ODD = ("label_rounding_2d", "loose_names_automatic_seg", "two_modalities_only")


@pytest.mark.parametrize("name", ODD)
def test_odd_volumes_are_no_submission_and_it_is_said_what_makes_one(
    real_data, release, name
):
    result = run("check", real_data / "odd" / name, "--release", release)
    assert result.exit_code == 1
    assert "[not-a-submission]" in result.output
    assert ".nii" in result.output
    assert "bratsfuse import-predictions" in result.output


@pytest.mark.parametrize(
    ("mask", "coding"),
    [
        ("label_rounding_2d/BraTS20_Training_133_seg.nii", "brats2020"),
        ("loose_names_automatic_seg/segmentation.nii.gz", "brats2023-gli"),
    ],
)
def test_odd_masks_are_scored_by_their_labels(real_data, tmp_path, mask, coding):
    path = real_data / "odd" / mask
    words = ("score-masks", path, "--reference", path, "-o", tmp_path / "scores")
    result = run(*words, "--coding", coding, "--metrics", "dice", "--workers", "1")
    assert result.exit_code == 0, result.output
    rows = [line.split()[:4] for line in result.stdout.splitlines()]
    for region in ("WT", "TC", "ET"):
        assert [region, "dice", "higher", "1.000"] in rows


def test_a_rounded_mask_is_refused_without_its_coding(real_data, tmp_path):
    path = real_data / "odd" / "label_rounding_2d" / "BraTS20_Training_133_seg.nii"
    words = ("score-masks", path, "--reference", path, "-o", tmp_path / "scores")
    result = run(*words, "--workers", "1")
    assert result.exit_code == 1
    assert result.stderr.count("[unknown-labels]") == 2
    assert "has the labels 1, 2, 4; 4 without 3 is ambiguous" in result.stderr


def test_odd_volumes_are_not_scored_as_pictures(real_data, tmp_path):
    folder = real_data / "odd" / "two_modalities_only"
    other = real_data / "odd" / "label_rounding_2d"
    sources = ("--source", folder, "--source", other)
    result = run("score", folder, *sources, "-o", tmp_path / "scores.csv")
    assert result.exit_code == 1
    assert result.stderr.count("no image found; expected files ending in") >= 2
    assert not (tmp_path / "scores.csv").exists()


def test_a_folder_of_several_releases_lists_them(real_data):
    result = run("inspect", real_data)
    assert result.exit_code == 1
    for name in ("brats2018 (21 cases", "brats2020", "brats2023_gli", "brats2023_met"):
        assert name in result.stderr


@pytest.fixture(scope="module")
def whole_release(real_data, tmp_path_factory):
    target = tmp_path_factory.mktemp("real") / "release"
    return built(real_data / "brats2018", target, 300)


def test_slice_sets_come_out_exactly(release):
    is_exact(release, {"train": 24, "validation": 12, "test": 24}, cases=7)


@pytest.mark.slow
def test_300_slice_sets_come_out_exactly(whole_release):
    is_exact(whole_release, {"train": 210, "validation": 30, "test": 60}, cases=21)


def is_exact(release, expected, cases):
    manifest = read_manifest(release)
    counts = {name: split.slice_sets for name, split in manifest.splits.items()}
    assert counts == expected
    assert len(manifest.cases) == cases
    homes = {}
    for case in manifest.cases.values():
        homes.setdefault(case.patient, set()).add(case.split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert verify(release) == []


def test_no_slice_of_the_partial_case_lacks_a_modality(release):
    manifest = read_manifest(release)
    record = manifest.cases[PARTIAL]
    with SplitFile(release / manifest.splits[record.split].file) as file:
        rows = [n for n, name in enumerate(file.texts("case_id")) if name == PARTIAL]
        assert rows
        for row in rows:
            assert all(file.pixels(modality, row).any() for modality in Modality)


@pytest.mark.slow
def test_one_worker_builds_the_same(real_data, whole_release, tmp_path):
    built(real_data / "brats2018", tmp_path / "one", 300, "--workers", 1)
    one = read_manifest(tmp_path / "one")
    assert one.fingerprint == read_manifest(whole_release).fingerprint
    for name in ("train", "validation", "test"):
        path = f"data/{name}.h5"
        ours, theirs = (folder / path for folder in (tmp_path / "one", whole_release))
        assert ours.read_bytes() == theirs.read_bytes()


def test_it_loads_with_datasets_and_torch(release, tmp_path):
    import datasets
    from torch.utils.data import DataLoader

    import bratsfuse

    datasets.disable_progress_bars()
    table = datasets.load_dataset(
        str(release), "fusion", split="train", cache_dir=str(tmp_path)
    )
    train = bratsfuse.BraTSFuse(release, split="train")
    assert len(table) == len(train) == 24
    row = table.with_format("numpy", dtype=np.uint8)[7]
    sample = train[7]
    fused = (sample["fused"][0].numpy() * 255).round()
    np.testing.assert_array_equal(fused, row["fusion_laplacian"])
    np.testing.assert_array_equal(sample["mask"].numpy(), row["mask"])
    (batch,) = list(DataLoader(train, batch_size=24))
    assert batch["image"].shape == (24, 2, 240, 240)


# Derived layouts.

DERIVED = (
    "brats2020",
    "brats2021",
    "brats2023_gli",
    "decathlon",
    "nnunet",
    "brats2015",
)
ARRANGED_OTHERWISE = "nnunet"
"""It has no folder for each case."""


def derive(cases, layout, raw):
    """Write real cases again in the names, labels and files of another layout."""
    form = BUILDERS[layout]
    written = []
    for number, case in enumerate(cases, 1):
        files = form.arrangement.phantom_files(form, PhantomCase(number, Grade.HGG))
        arrays = {}
        for modality in form.channels:
            image = nib.load(case.images[modality].path)
            arrays[str(modality)] = np.asarray(image.dataobj)
        mask = np.asarray(nib.load(case.mask.path).dataobj).astype(np.uint8)
        table = np.zeros(5, dtype=np.uint8)
        for value in sorted(form.label_map, reverse=True):
            for source, label in case.label_map.items():
                if form.label_map[value] == label:
                    table[source] = value
        arrays["mask"] = table[mask]
        for path in dict.fromkeys(files.values()):
            roles = [role for role, other in files.items() if other == path]
            data = np.stack([arrays[role] for role in roles], axis=-1)
            target = raw.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_volume(target, data[..., 0] if len(roles) == 1 else data, "LPS")
        written.append(next(iter(files.values())))
    if form.metadata:
        form.metadata(form, raw, written)


def same_slices(one, other):
    """Compare every stored image and mask that two cases can give, at every z."""
    volumes = [read_case(one), read_case(other)]
    surveys = [
        survey_case(case, volume, clip_negatives=False, any_shape=False)
        for case, volume in zip((one, other), volumes, strict=True)
    ]
    assert surveys[1].usable, surveys[1].issues
    assert surveys[0].tumour_slices(100, 0) == surveys[1].tumour_slices(100, 0)
    np.testing.assert_array_equal(volumes[0].mask, volumes[1].mask)
    for modality in Modality:
        pair = [
            to_uint8(volume.images[modality], survey.windows[modality])
            for volume, survey in zip(volumes, surveys, strict=True)
        ]
        np.testing.assert_array_equal(*pair)


def test_a_case_of_a_derived_layout_gives_equal_pixels(real_data, tmp_path):
    case = find_cases(real_data / "brats2018").cases[0]
    derive([case], ARRANGED_OTHERWISE, tmp_path / "raw")
    collection = find_cases(tmp_path / "raw")
    assert collection.layout.name == ARRANGED_OTHERWISE
    (other,) = collection.cases
    same_slices(case, other)


@pytest.mark.slow
@pytest.mark.parametrize("layout", DERIVED)
def test_cases_of_a_derived_layout_give_equal_pixels(real_data, tmp_path, layout):
    cases = find_cases(real_data / "brats2018").cases
    cases = cases[DERIVED.index(layout) :: len(DERIVED)]  # so that each has its turn
    assert cases
    for case in cases:  # one at a time: 21 cases take 1 GB as plain files
        raw = tmp_path / case.id
        derive([case], layout, raw)
        found = find_cases(raw)
        assert found.layout.name == layout
        (other,) = found.cases
        same_slices(case, other)
        shutil.rmtree(raw)


@pytest.mark.slow
def test_a_release_of_a_derived_layout_holds_the_same_rows(real_data, tmp_path):
    cases = find_cases(real_data / "brats2018").cases[:4]
    derive(cases, "decathlon", tmp_path / "derived")
    original = tmp_path / "original"
    original.mkdir()
    for case in cases:
        (original / case.id).symlink_to(case.folder, target_is_directory=True)
    rows = []
    for raw in (original, tmp_path / "derived"):
        target = raw.with_name(f"{raw.name}_release")
        result = run("build", raw, "-o", target, "--slices", 500, "--allow-fewer")
        assert result.exit_code == 0, result.output
        rows.append(_rows(target))
    renamed = {case.id: f"BRATS_9{n:02d}" for n, case in enumerate(cases, 1)}
    pairs = [((name, z), (renamed[name], z)) for name, z in rows[0]]
    common = [(one, other) for one, other in pairs if other in rows[1]]
    assert len(common) > 50
    for one, other in common:
        for name, image in rows[0][one].items():
            np.testing.assert_array_equal(image, rows[1][other][name])


def _rows(release):
    rows = {}
    for split in read_manifest(release).splits.values():
        with SplitFile(release / split.file) as file:
            names = [name for name in file.names if file.is_pixels(name)]
            zs = file.array("slice_index").tolist()
            for row, key in enumerate(zip(file.texts("case_id"), zs, strict=True)):
                rows[key] = {name: file.pixels(name, row) for name in names}
    return rows


@pytest.mark.slow
def test_load_dataset_needs_little_memory(release, tmp_path):
    script = (
        "import datasets\n"
        "def peak():\n"
        "    status = open('/proc/self/status').read()\n"
        "    return int(status.split('VmHWM:')[1].split()[0]) / 1024\n"
        "datasets.disable_progress_bars()\n"
        "import datasets.packaged_modules.hdf5.hdf5, h5py, pyarrow\n"
        "before = peak()\n"
        f"datasets.load_dataset({str(release)!r}, 'all', cache_dir={str(tmp_path)!r})\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout.split()[-1]) < 150
