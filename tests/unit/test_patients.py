"""Patients keyed across releases, by names and by the organisers' tables."""

from itertools import permutations

import pytest
from toys import write_toys

from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.errors import InvalidInputError
from bratsfuse.raw import NameMapping, name_tables, patient_key
from bratsfuse.raw.name_tables import NoPatientError
from bratsfuse.records import Grade

LAYOUTS = [layout for _, layout in BUILDERS.usable()]

HEADER = (
    "Grade,BraTS_2017_subject_ID,BraTS_2018_subject_ID,TCGA_TCIA_subject_ID,"
    "BraTS_2019_subject_ID,BraTS_2020_subject_ID\n"
)
ROW = (
    "LGG,Brats17_TCIA_282_1,Brats18_TCIA10_282_1,TCGA-DU-7304,"
    "BraTS19_TCIA10_282_1,BraTS20_Training_301\n"
)


def read_name_mappings(paths) -> NameMapping:
    return name_tables.read_name_mappings(paths, LAYOUTS)


def patient(mapping, case_id):
    return mapping.patient(patient_key(case_id, LAYOUTS))


def grade(mapping, case_id):
    return mapping.grade(patient_key(case_id, LAYOUTS))


@pytest.mark.parametrize(
    ("case_id", "key"),
    [
        ("Brats17_TCIA_282_1", "TCIA_282"),
        ("Brats18_TCIA10_282_1", "TCIA_282"),
        ("BraTS19_TCIA10_282_1", "TCIA_282"),
        ("Brats18_CBICA_AAB_1", "CBICA_AAB"),
        ("Brats18_2013_20_1", "2013_20"),
        ("BraTS20_Training_001", "2020_Training_001"),
        ("BraTS2021_00005", "GLI_00005"),
        ("BraTS-GLI-00005-000", "GLI_00005"),
        ("BraTS-GLI-00005-100", "GLI_00005"),
        ("BraTS-MET-00005-000", "MET_00005"),
        ("BRATS_HG0001", "2013_HG0001"),
        ("HG_0001", "2013_HG0001"),
        ("HGG_brats_2013_pat0001_1", "2013_HG0001"),
        ("LGG_brats_2013_pat0001_1", "2013_LG0001"),
        ("LG_0001", "2013_LG0001"),
        ("HGG_brats_tcia_pat118_0001", "2015_HGG_tcia_118"),
        ("HGG_brats_tcia_pat118_0002", "2015_HGG_tcia_118"),
        ("LGG_brats_tcia_pat118_0001", "2015_LGG_tcia_118"),
        ("BRATS_001", "BRATS_001"),
        ("BraTS-GLI-00005", "GLI_00005"),
        ("BraTS-GLI-00005-200", "GLI_00005"),
        ("BraTS20_Validation_007", "2020_Validation_007"),
        ("SimBRATS_LG0003", "SimBRATS_LG0003"),
        ("TCGA-DU-7304", "TCGA-DU-7304"),
        ("scan 7", "scan 7"),
    ],
)
def test_names_of_all_releases_have_one_key(case_id, key):
    assert patient_key(case_id, LAYOUTS) == key


def test_a_table_joins_what_names_do_not(tmp_path):
    table = tmp_path / "name_mapping.csv"
    table.write_text(HEADER + ROW)
    mapping = read_name_mappings([table])
    assert patient(mapping, "BraTS20_Training_301") == "TCIA_282"
    assert patient(mapping, "TCGA-DU-7304") == "TCIA_282"
    assert grade(mapping, "BraTS20_Training_301") is Grade.LGG
    assert patient(mapping, "BraTS20_Training_302") == "2020_Training_302"


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"]
)
def test_a_damaged_spreadsheet_is_refused_in_one_line(tmp_path, part):
    from zipfile import ZipFile

    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["BraTS2023", "BraTS2021"])
    book.save(tmp_path / "whole.xlsx")
    path = tmp_path / "mapping.xlsx"
    with ZipFile(tmp_path / "whole.xlsx") as whole, ZipFile(path, "w") as damaged:
        for name in whole.namelist():
            content = whole.read(name)
            damaged.writestr(
                name, content[: len(content) // 2 if name == part else None]
            )
    with pytest.raises(InvalidInputError, match=r"mapping\.xlsx: not a readable"):
        read_name_mappings([path])


def test_a_spreadsheet_is_read_like_a_table(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(
        ["BraTS2023", "BraTS2021", "BraTS2019", "Cohort Name", "Site No"]
    )
    book.active.append(
        [
            "BraTS-GLI-00077-000",
            "BraTS2021_00077",
            "BraTS19_TCIA10_282_1",
            "TCGA-LGG",
            4,
        ]
    )
    path = tmp_path / "BraTS2023_2017_GLI_Mapping.xlsx"
    book.save(path)
    mapping = read_name_mappings([path])
    assert patient(mapping, "BraTS2021_00077") == "TCIA_282"
    assert patient(mapping, "BraTS-GLI-00077-100") == "TCIA_282"


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        path = tmp_path / f"table{len(list(tmp_path.iterdir()))}.csv"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


def test_joins_are_transitive_and_know_no_order(write):
    tables = [
        write("BraTS2021_00077,BraTS20_Training_301"),
        write("TCGA-DU-7304,BraTS20_Training_301"),
        write("TCGA-DU-7304,Brats18_TCIA10_282_1", "BraTS2021_00001,LGG"),
    ]
    mappings = [read_name_mappings(order) for order in permutations(tables)]
    assert all(mapping == mappings[0] for mapping in mappings)
    names = ("BraTS2021_00077", "BraTS20_Training_301", "TCGA-DU-7304")
    assert {patient(mappings[0], name) for name in names} == {"TCIA_282"}
    assert patient(mappings[0], "BraTS2021_00001") == "GLI_00001"


def test_the_order_of_rows_does_not_matter(write):
    rows = (
        "BraTS20_Training_301,TCGA-DU-7304,hgg",
        "TCGA-DU-7304,BraTS2021_00077,LGG",
        "BraTS2021_00077,Brats18_TCIA10_282_1,Brats18_TCIA10_281_1",
    )
    mappings = [read_name_mappings([write(*order)]) for order in permutations(rows)]
    assert all(mapping == mappings[0] for mapping in mappings)
    assert set(mappings[0].patients.values()) == {"TCIA_281"}
    assert mappings[0].grades == {"TCIA_281": Grade.HGG}


def test_a_grade_in_small_letters_counts(write):
    mapping = read_name_mappings([write("BraTS20_Training_301,lgg")])
    assert grade(mapping, "BraTS20_Training_301") is Grade.LGG


def test_of_two_grades_the_worse_holds(write):
    rows = ("BraTS20_Training_301,HGG", "BraTS20_Training_301,LGG")
    for order in permutations(rows):
        mapping = read_name_mappings([write(*order)])
        assert grade(mapping, "BraTS20_Training_301") is Grade.HGG


def test_a_grade_reaches_names_that_another_table_joins(write):
    graded = write("BraTS20_Training_301,HGG")
    joined = write("BraTS20_Training_301,Brats18_TCIA10_282_1")
    for order in permutations((graded, joined)):
        assert grade(read_name_mappings(order), "Brats17_TCIA_282_1") is Grade.HGG


def test_patients_of_one_cohort_stay_apart(write):
    table = write("BraTS2021_00001,TCGA-LGG", "BraTS2021_00002,TCGA-LGG")
    mapping = read_name_mappings([table])
    assert patient(mapping, "BraTS2021_00001") != patient(mapping, "BraTS2021_00002")


def test_a_table_that_names_no_patient_is_told_from_one_that_is_unreadable(
    write, tmp_path
):
    empty = write("BraTS2021,Cohort Name", ",TCGA-LGG")
    with pytest.raises(NoPatientError) as info:
        read_name_mappings([empty])
    assert info.value.path == empty
    with pytest.raises(InvalidInputError) as other:
        read_name_mappings([tmp_path / "nothing.csv"])
    assert not isinstance(other.value, NoPatientError)


def test_a_table_beside_the_cases_is_found(tmp_path):
    raw = write_toys(tmp_path / "release" / "raw", "brats2020", cases=1)
    table = raw.parent / "name_mapping.csv"
    table.write_text(HEADER + ROW.replace("Training_301", "Training_901"))
    collection = find_cases(raw)
    assert collection.name_mappings == (table,)
    (case,) = collection.cases
    assert case.patient == "TCIA_282"
    assert case.grade is Grade.LGG


def test_a_table_is_kept_on_record_with_its_digest(tmp_path):
    import hashlib

    raw = write_toys(tmp_path / "release" / "raw", "brats2020", cases=1)
    table = raw.parent / "name_mapping.csv"
    table.write_text(HEADER + ROW)
    (issue,) = find_cases(raw).notes()
    assert issue.code == "name-mapping"
    assert hashlib.sha256(table.read_bytes()).hexdigest() in issue.message


def test_a_table_of_something_else_nearby_does_no_harm(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=1)
    (raw / "gene_mapping.xlsx").write_text("no spreadsheet")
    collection = find_cases(raw)
    assert collection.name_mappings == ()
    (issue,) = collection.notes()
    assert (issue.severity, issue.code) == ("warning", "table-unused")
    assert "gene_mapping.xlsx: not a readable spreadsheet" in issue.message


@pytest.mark.parametrize("at", ["..", ".", "a", "a/b"])
@pytest.mark.parametrize("named", [".", "a", "a/b"])
def test_patients_do_not_depend_on_the_folder_level_that_is_named(tmp_path, at, named):
    top = tmp_path / "above" / "download"
    write_toys(top / "a" / "b", "brats2020", cases=1)
    table = top / at / "name_mapping.csv"
    table.write_text(HEADER + ROW.replace("Training_301", "Training_901"))
    (case,) = find_cases(top / named).cases
    assert (case.patient, case.grade) == ("TCIA_282", Grade.LGG)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_as_any_spreadsheet_writes_it(tmp_path, delimiter, encoding):
    table = tmp_path / "name_mapping.csv"
    text = (HEADER + ROW).replace(",", delimiter) + "Größe\n"
    table.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    mapping = read_name_mappings([table])
    assert patient(mapping, "BraTS20_Training_301") == "TCIA_282"
    assert grade(mapping, "BraTS20_Training_301") is Grade.LGG


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_a_table_without_patients_is_refused(tmp_path, content):
    table = tmp_path / "table.csv"
    table.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"table\.csv"):
        read_name_mappings([table])


@pytest.mark.data
def test_the_2019_mapping_keeps_335_patients_apart(real_data):
    path = real_data / "metadata" / "brats2019_name_mapping.csv"
    mapping = read_name_mappings([path])
    assert len(set(mapping.patients.values())) == 335
    grades = list(mapping.grades.values())
    assert (grades.count(Grade.HGG), grades.count(Grade.LGG)) == (259, 76)
