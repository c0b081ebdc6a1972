"""Detection by names, and every layout read back from its own phantom files."""

import json
import shutil

import numpy as np
import pytest
from toys import small, toy, write_toys

from bratsfuse.anatomy import Label, Modality, Region
from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.building import survey_case
from bratsfuse.errors import RawDataError, UnknownNameError
from bratsfuse.raw import Layout, NoLayoutError, read_case, scan
from bratsfuse.records import Grade
from bratsfuse.registry import Registry

TWINS = {"brats2023_ped": "brats2023", "brats2024_ped": "BraTS-PEDs2024_Training"}


@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_form_is_filled_in(name):
    layout = BUILDERS[name]
    assert isinstance(layout, Layout)
    assert layout.name == name
    assert layout.title
    assert layout.licence
    assert layout.licence_url.startswith("https://")
    assert layout.citation
    assert all(len(work) > 40 for work in layout.citation)
    assert Label.BACKGROUND not in layout.label_map.values()
    assert 0 not in layout.label_map
    expressed = set(layout.label_map.values())
    assert (Region.ET in layout.regions) == (Label.ET in expressed)
    assert sorted(layout.channels) == sorted(Modality)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_layout_reads_back_what_its_phantoms_hold(tmp_path, name):
    raw = write_toys(tmp_path / TWINS.get(name, "raw"), name, cases=2)
    collection = find_cases(raw)
    assert collection.layout.name == name
    assert len(collection.cases) == 2
    form = small(name)
    for number, case in enumerate(form.arrangement.find(form, scan(raw)), 1):
        made = toy(number)
        volume = read_case(case)
        for modality in Modality:
            np.testing.assert_array_equal(
                volume.images[modality], made.images[modality]
            )
        expected = made.mask.copy()
        if Region.ET not in form.regions:
            expected[expected == Label.ET] = Label.NCR
        np.testing.assert_array_equal(volume.mask, expected)
        survey = survey_case(case, volume, clip_negatives=False, any_shape=False)
        assert survey.usable, survey.issues


@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_layout_has_cases_of_its_own_patients(tmp_path, name):
    raw = write_toys(tmp_path / TWINS.get(name, "raw"), name, cases=3)
    cases = find_cases(raw).cases
    assert len({case.id for case in cases}) == 3
    assert len({case.patient for case in cases}) == 3


def test_paediatric_names_without_a_year_are_ambiguous(tmp_path):
    raw = write_toys(tmp_path / "raw", "brats2024_ped", cases=1)
    with pytest.raises(RawDataError, match=r"brats2023_ped.*brats2024_ped") as problem:
        find_cases(raw)
    assert "--layout" in str(problem.value)
    assert find_cases(raw, "brats2024_ped").layout.name == "brats2024_ped"
    assert find_cases(raw, "brats2023-ped").layout.name == "brats2023_ped"


def test_folders_above_the_raw_folder_tell_no_year(tmp_path):
    above = tmp_path / "BraTS2024" / "work"
    raw = write_toys(above / "raw", "brats2023_ped", cases=1)
    with pytest.raises(RawDataError, match=r"brats2023_ped.*brats2024_ped"):
        find_cases(raw)
    named = raw.rename(above / "ASNR-MICCAI-BraTS2023-PED-Challenge-TrainingData")
    assert find_cases(named).layout.name == "brats2023_ped"


def test_files_that_belong_to_no_case_are_told(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=3)
    lost = raw / "BraTS2021_90003"
    for path in list(lost.iterdir()):
        path.rename(lost / path.name.replace("BraTS2021", "Brats2021"))
    collection = find_cases(raw)
    assert len(collection.cases) == 2
    assert len(collection.strays) == 5
    (issue,) = collection.notes()
    assert issue.code == "stray-files"
    assert "Brats2021_90003" in issue.message


def test_a_case_whose_volumes_have_folders_of_their_own_is_one_case(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=2)
    for path in list(raw.rglob("*.nii.gz")):
        folder = path.with_name(path.name.removesuffix(".gz"))
        folder.mkdir()
        path.rename(folder / path.name)
    cases = find_cases(raw).cases
    assert [case.id for case in cases] == ["BraTS2021_90001", "BraTS2021_90002"]
    assert all(not case.issues for case in cases)
    assert all(len(case.files()) == 5 for case in cases)


def test_a_folder_with_two_layouts_lists_both(tmp_path):
    write_toys(tmp_path / "raw" / "a", "brats2021", cases=1)
    write_toys(tmp_path / "raw" / "b", "brats2018", cases=2)
    with pytest.raises(RawDataError, match=r"brats2018 \(2 cases.*brats2021 \(1 case,"):
        find_cases(tmp_path / "raw")
    assert len(find_cases(tmp_path / "raw", "brats2018").cases) == 2


def test_time_points_tell_post_treatment_from_pre_treatment(tmp_path):
    raw = tmp_path / "raw"
    for name in ("BraTS-GLI-00005-100", "BraTS-GLI-00005-000"):
        write_toys(tmp_path / "one", "brats2023_gli", cases=1)
        folder = raw / name
        shutil.copytree(next((tmp_path / "one").iterdir()), folder)
        for path in list(folder.iterdir()):
            path.rename(folder / path.name.replace("BraTS-GLI-90001-000", name))
        shutil.rmtree(tmp_path / "one")
    post = find_cases(raw, "brats2024_gli").cases
    pre = find_cases(raw, "brats2023_gli").cases
    assert [case.id for case in post] == ["BraTS-GLI-00005-100"]
    assert [case.id for case in pre] == ["BraTS-GLI-00005-000"]
    assert post[0].patient == pre[0].patient
    assert post[0].label_map[4] is Label.RC


def test_no_layout_fits_loose_names(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=1)
    folder = next(raw.iterdir())
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.removeprefix("BraTS2021_90001_"))
    with pytest.raises(NoLayoutError, match=r"t1ce\.nii\.gz"):
        find_cases(raw)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_an_empty_or_missing_folder_is_one_line(tmp_path, make):
    make(tmp_path / "raw")
    with pytest.raises(RawDataError, match="expected a folder of BraTS cases"):
        find_cases(tmp_path / "raw")


def test_an_unknown_layout_is_suggested(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=1)
    with pytest.raises(UnknownNameError, match="did you mean 'brats2021'"):
        find_cases(raw, "brats2O21")


def test_a_loop_of_links_ends(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=1)
    (raw / "loop").symlink_to(raw, target_is_directory=True)
    assert len(find_cases(raw).cases) == 1


def test_linked_case_folders_are_found(tmp_path):
    raw = write_toys(tmp_path / "elsewhere", cases=2)
    links = tmp_path / "raw"
    links.mkdir()
    for folder in raw.iterdir():
        (links / folder.name).symlink_to(folder, target_is_directory=True)
    assert len(find_cases(links).cases) == 2


def test_grades_come_from_folders(tmp_path):
    raw = write_toys(tmp_path / "raw", "brats2018", cases=3)
    assert [case.grade for case in find_cases(raw).cases] == [
        Grade.HGG,
        Grade.HGG,
        Grade.LGG,
    ]
    # The user may point at one grade alone.
    assert find_cases(raw / "LGG").cases[0].grade is Grade.LGG


def test_numbers_of_2015_repeat_between_grades(tmp_path):
    raw = write_toys(tmp_path / "raw", "brats2015", cases=1)
    (raw / "HGG").rename(raw / "old")
    shutil.copytree(raw / "old", raw / "HGG")
    shutil.copytree(raw / "old", raw / "LGG")
    shutil.rmtree(raw / "old")
    cases = find_cases(raw).cases
    assert len(cases) == 2
    assert len({case.patient for case in cases}) == 2


# nnU-Net and the Decathlon: everything told, nothing guessed.


def edited(raw, old, new):
    path = raw / "dataset.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nnunet_channels_follow_dataset_json(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    edited(raw, '"0": "T1"', '"0": "Flair_"')
    edited(raw, '"3": "Flair"', '"3": "T1"')
    form = small("nnunet")
    (case,) = form.arrangement.find(form, scan(raw))
    volume = read_case(case)
    np.testing.assert_array_equal(
        volume.images[Modality.FLAIR], toy(1).images[Modality.T1]
    )


@pytest.mark.parametrize(
    "labels",
    [
        '{"background": 0, "edema": 1, "non-enhancing tumor": 2, "enhancing tumor": 3}',
        '{"0": "background", "1": "ED", "2": "NCR/NET", "3": "ET"}',
        '{"background": 0, "whole tumor": [1, 2, 3], "tumor core": [2, 3], "ET": 3}',
    ],
)
def test_nnunet_labels_are_read_in_each_form(tmp_path, labels):
    from bratsfuse.raw.dataset_json import label_coding

    expected = {1: Label.ED, 2: Label.NCR, 3: Label.ET}
    assert label_coding({"labels": json.loads(labels)}, tmp_path) == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"0": "T1"', '"0": "CT"', "CT"),
        ('"0": "T1"', '"0": "T2"', "once"),
        ('"channel_names"', '"names"', "channel_names"),
        ('"labels"', '"classes"', "labels"),
        ('"tumor core"', '"liver"', "liver"),
        ('"enhancing tumor": [\n      3\n    ]', '"enhancing tumor": []', "no values"),
        ('"background": 0', '"edema": "x"', "whole number"),
        ('"background": 0', '"edema": null', "whole number"),
        ('"0": "T1"', '"T1": 0', "numbers as keys"),
    ],
)
def test_nnunet_without_a_clear_dataset_json_is_refused(tmp_path, old, new, told):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    edited(raw, old, new)
    with pytest.raises(RawDataError, match=told):
        find_cases(raw)


def test_nnunet_without_dataset_json_is_refused(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    (raw / "dataset.json").unlink()
    with pytest.raises(RawDataError, match=r"dataset\.json"):
        find_cases(raw)


def test_a_missing_channel_is_told_by_its_file(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    (raw / "imagesTr" / "PHANTOM_001_0002.nii.gz").unlink()
    (issue,) = find_cases(raw).cases[0].issues
    assert issue.message.startswith("no t2 volume")
    assert "PHANTOM_001_0002.nii.gz" in issue.message


def test_a_decathlon_with_changed_labels_is_refused(tmp_path):
    raw = write_toys(tmp_path / "raw", "decathlon", cases=1)
    edited(raw, '"1": "edema"', '"1": "necrosis"')
    with pytest.raises(RawDataError, match="differ"):
        find_cases(raw)


def test_decathlon_test_images_are_left_alone(tmp_path):
    raw = write_toys(tmp_path / "raw", "decathlon", cases=1)
    (raw / "imagesTs").mkdir()
    shutil.copy(
        raw / "imagesTr" / "BRATS_901.nii.gz", raw / "imagesTs/BRATS_902.nii.gz"
    )
    assert [case.id for case in find_cases(raw).cases] == ["BRATS_901"]


# A new layout is one new file; a third party's is an entry point.


def test_a_new_file_is_picked_up_by_its_name(tmp_path, monkeypatch):
    import bratsfuse.builders

    source = tmp_path / "brats2099.py"
    source.write_text(
        "from bratsfuse.builders.brats2021 import LAYOUT as BASE\n"
        "from dataclasses import replace\n"
        "LAYOUT = replace(BASE, name='brats2099')\n"
    )
    path = [*bratsfuse.builders.__path__, str(tmp_path)]
    monkeypatch.setattr(bratsfuse.builders, "__path__", path)
    registry = Registry[Layout](  # one that has not looked yet
        "bratsfuse.builders", attribute="LAYOUT", kind="layout", type_=Layout
    )
    assert "brats2099" in list(registry)
    assert registry["brats2099"].name == "brats2099"


def test_an_entry_point_adds_a_layout(tmp_path, monkeypatch):
    package = tmp_path / "lab_layout.py"
    package.write_text(
        "from dataclasses import replace\n"
        "from bratsfuse.raw.case_folders import CaseFolders\n"
        "from bratsfuse.builders.brats2021 import LAYOUT as BASE\n"
        "LAYOUT = replace(BASE, name='lab', arrangement=CaseFolders(\n"
        "    case=r'(?P<patient>LAB-\\d+)', mask='seg',\n"
        "    tokens=BASE.arrangement.tokens, phantom_case='LAB-{}'))\n"
    )
    info = tmp_path / "lab_layout-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lab-layout\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text("[bratsfuse.builders]\nlab = lab_layout\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    raw = write_toys(tmp_path / "raw", "lab", cases=2)
    assert find_cases(raw).layout.name == "lab"


def test_phantoms_are_known_as_such(phantom_release):
    from bratsfuse.release import read_manifest

    source = read_manifest(phantom_release).source
    assert source.synthetic
    assert source.title.startswith("phantom cases in the layout of BraTS 2021")
    assert "no patient" in source.licence
    assert source.citation == ()
    sheet = (phantom_release / "DATASHEET.md").read_text()
    assert "No image was acquired" in sheet
    assert "may not be redistributed" not in sheet
    card = (phantom_release / "README.md").read_text()
    assert "Pass on pixels" not in card


def test_labels_without_enhancing_tumour_leave_the_region_undefined(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    path = raw / "dataset.json"
    content = json.loads(path.read_text())
    content["labels"] = {"background": 0, "edema": 1, "necrosis": 2}
    path.write_text(json.dumps(content))
    (case,) = find_cases(raw).cases
    assert case.regions == (Region.WT, Region.TC)


def test_a_broken_entry_point_does_not_stop_detection(tmp_path, monkeypatch, caplog):
    info = tmp_path / "broken_layout-1.0.dist-info"
    info.mkdir()
    text = "Metadata-Version: 2.1\nName: broken-layout\nVersion: 1\n"
    (info / "METADATA").write_text(text)
    points = "[bratsfuse.builders]\nbroken = no_such_module\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(tmp_path))
    raw = write_toys(tmp_path / "raw", cases=1)
    assert find_cases(raw).layout.name == "brats2021"
    assert "broken-layout" in caplog.text
