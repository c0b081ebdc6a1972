"""Every layout says who its patients are, and no two time points of one are parted."""

import logging
import re
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import write_toys

from bratsfuse.anatomy import Modality
from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.errors import InvalidInputError, RawDataError, UnknownNameError
from bratsfuse.raw import CaseFolders, Patients, PhantomCase, RawTree, patient_key
from bratsfuse.raw import find_cases as find
from bratsfuse.raw.patients import patient_in
from bratsfuse.records import Grade

LAYOUTS = dict(BUILDERS.usable())
WITH_PATIENT = [name for name, form in LAYOUTS.items() if form.patients is None]
TIME_POINTS = {
    "brats2015": ("HGG_brats_tcia_pat118_0001", "HGG_brats_tcia_pat118_0307"),
    "brats2018": ("Brats18_TCIA10_282_1", "Brats18_TCIA10_282_2"),
    "brats2023_met": ("BraTS-MET-00110-000", "BraTS-MET-00110-001"),
    "brats2024_gli": ("BraTS-GLI-02063-105", "BraTS-GLI-02063-106"),
}

# The rules that keys were made by when splits were first dealt: a key that changes
# moves patients between the splits of releases that exist.
FIRST_RULES = [
    (r"Bra[tT][sS]1[789]_([A-Za-z]+)\d*_([A-Za-z0-9]+)_\d+", "{0}_{1}"),
    (r"Bra[tT][sS]1[789]_(2013)_(\d+)_\d+", "{0}_{1}"),
    (r"BraTS20_(Training|Validation)_(\d{3})", "2020_{0}_{1}"),
    (r"BraTS2021_(\d{5})", "GLI_{0}"),
    (r"BraTS-([A-Z]+)-(\d{5})(?:-\d{3})?", "{0}_{1}"),
    (r"(?:BRATS_)?([HL]G)_?(\d{4})", "2013_{0}{1}"),
    (r"(SimBRATS_[HL]G\d{4})", "{0}"),
    (r"([HL]G)G_brats_2013_pat(\d+)_\d+", "2013_{0}{1}"),
    (r"([HL]GG)_brats_(\w+?)_pat(\d+)_\d+", "2015_{0}_{1}_{2}"),
]


def first_key(case_id):
    for pattern, template in FIRST_RULES:
        match = re.fullmatch(pattern, case_id)
        if match is not None:
            return template.format(*match.groups())
    return None


def ids_of(layout):
    pattern = re.compile(layout.arrangement.case, re.ASCII)
    return st.from_regex(pattern, fullmatch=True)


@pytest.mark.parametrize("name", WITH_PATIENT)
@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_time_points_of_a_patient_share_a_key_that_stays_what_it_was(name, data):
    layout = LAYOUTS[name]
    first, second = data.draw(ids_of(layout)), data.draw(ids_of(layout))
    match, other = (re.fullmatch(layout.arrangement.case, i) for i in (first, second))
    start, end = other.span("patient")
    later = second[:start] + match["patient"] + second[end:]
    key = patient_in(layout, first)
    assert patient_in(layout, later) == key
    known = first_key(first)
    if known is not None:
        assert key == patient_key(first, LAYOUTS.values()) == known


@pytest.mark.parametrize("name", TIME_POINTS)
def test_known_time_points_share_a_key(name):
    first, second = TIME_POINTS[name]
    assert patient_in(LAYOUTS[name], first) == patient_in(LAYOUTS[name], second)


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_cases_of_different_patients_differ(tmp_path, name):
    raw = write_toys(tmp_path / "raw", name, cases=3)
    found = find_cases(raw, name).cases
    assert len({case.patient for case in found}) == len(found) == 3


def test_the_cases_of_a_layout_without_patients_in_its_ids_are_patients():
    decathlon = LAYOUTS["decathlon"]
    assert decathlon.patients is Patients.ONE_PER_CASE
    assert patient_in(decathlon, "BRATS_001") == "BRATS_001"


def test_copies_carry_the_ids_of_other_releases(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=3)
    ids = ("BraTS-GLI-02063-105", "BraTS-GLI-02063-106", "mine")
    for number, case_id in enumerate(ids, 1):
        for path in list(raw.rglob(f"PHANTOM_{number:03d}*")):
            path.rename(
                path.with_name(path.name.replace(f"PHANTOM_{number:03d}", case_id))
            )
    collection = find_cases(raw)
    assert [case.patient for case in collection.cases] == [
        "GLI_02063",
        "GLI_02063",
        "mine",
    ]
    (issue,) = collection.notes()
    assert issue.code == "patients-unknown"
    assert "1 of 3 case ids name no patient, for example mine" in issue.message


# A form without a rule is refused, and one that is broken does not stop the others.

LAB = CaseFolders(
    case=r"LAB-\d{4}-\d",
    tokens={Modality.T1: "t1"},
    mask="seg",
    phantom_case="LAB-{:04d}-1",
)


@pytest.mark.parametrize(
    ("case", "patients", "reason"),
    [
        (r"LAB-\d{4}-\d", None, "does not say which cases are one patient"),
        (r"(?P<patient>LAB-\d{4})-\d", Patients.ONE_PER_CASE, "says twice"),
        (r"LAB-(\d{4}", Patients.ONE_PER_CASE, "not a regular expression"),
        (None, Patients.ONE_PER_CASE, "not a regular expression"),
    ],
)
def test_a_form_without_one_rule_is_refused(case, patients, reason):
    with pytest.raises(InvalidInputError, match=reason) as info:
        replace(
            LAYOUTS["brats2021"],
            name="lab",
            arrangement=replace(LAB, case=case),
            patients=patients,
        )
    assert "layout 'lab'" in str(info.value)
    assert "\n" not in str(info.value)


def test_an_arrangement_without_a_case_pattern_is_refused():
    with pytest.raises(InvalidInputError, match="case pattern ''"):
        replace(LAYOUTS["brats2021"], arrangement=object(), patients=None)


def test_an_arrangement_cannot_find_cases_that_no_rule_covers(tmp_path):
    class Liar(CaseFolders):
        def find(self, layout, tree):
            return [
                replace(case, id=f"x{case.id}") for case in super().find(layout, tree)
            ]

    raw = write_toys(tmp_path / "raw", cases=1)
    honest = LAYOUTS["brats2021"].arrangement
    words = {name: getattr(honest, name) for name in honest.__dataclass_fields__}
    form = replace(LAYOUTS["brats2021"], arrangement=Liar(**words))
    with pytest.raises(RawDataError, match=r"xBraTS2021_90001.*does not fit"):
        find(raw, LAYOUTS, form)


@pytest.fixture
def lab_without_a_rule(tmp_path, monkeypatch):
    (tmp_path / "lab_without_rule.py").write_text(
        "from dataclasses import replace\n"
        "from bratsfuse.raw.case_folders import CaseFolders\n"
        "from bratsfuse.builders.brats2021 import LAYOUT as BASE\n"
        "LAYOUT = replace(BASE, name='lab', arrangement=CaseFolders(\n"
        "    case=r'LAB-\\d+-\\d', tokens=BASE.arrangement.tokens, mask='seg',\n"
        "    phantom_case='LAB-{}-1'))\n"
    )
    info = tmp_path / "lab_without_rule-1.0.dist-info"
    info.mkdir()
    text = "Metadata-Version: 2.1\nName: lab-without-rule\nVersion: 1\n"
    (info / "METADATA").write_text(text)
    points = "[bratsfuse.builders]\nlab = lab_without_rule\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("lab_without_rule", None)


def test_a_third_party_layout_without_a_rule_is_refused(lab_without_a_rule):
    with pytest.raises(UnknownNameError, match="does not say which cases") as info:
        BUILDERS["lab"]
    told = str(info.value)
    assert told.startswith("layout 'lab' cannot be loaded")
    assert "lab_without_rule of lab-without-rule 1" in told
    assert "\n" not in told


def test_a_third_party_layout_without_a_rule_is_skipped_in_detection(
    lab_without_a_rule, tmp_path, caplog
):
    raw = write_toys(tmp_path / "raw", cases=1)
    with caplog.at_level(logging.WARNING):
        assert find_cases(raw).layout.name == "brats2021"
    assert sum("does not say which cases" in text for text in caplog.messages) == 1


@pytest.mark.parametrize("number", [1, 99, 100, 1000, 10_000, 10**8])
@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_phantom_is_found_again_or_refused(name, number, tmp_path):
    layout = LAYOUTS[name]
    case = PhantomCase(number, Grade.HGG)
    if number > 99:
        try:
            layout.arrangement.phantom_files(layout, case)
        except InvalidInputError:
            return
    files = layout.arrangement.phantom_files(layout, case)
    if layout.metadata is not None:
        layout.metadata(layout, tmp_path, [*files.values()])
    tree = RawTree(tmp_path, tuple(sorted(set(files.values()))))
    assert len(layout.arrangement.find(layout, tree)) == 1
