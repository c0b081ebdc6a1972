"""Which files belong together: places, affixes, lists; what is refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.matching import match_cases
from bratsfuse.folder_scores.places import Place, find_place
from bratsfuse.issues import Severity, errors_in


def place(*names, folder="x"):
    return Place(Path(folder), {name: Path(folder, f"{name}.nii.gz") for name in names})


def matched(reference, prediction, **options):
    """Return case -> name of the predicted file, and the matching."""
    found = match_cases(reference, {"m": prediction}, **options)
    pairs = {
        case: None if files["m"] is None else files["m"].name.removesuffix(".nii.gz")
        for case, (_, files) in found.cases.items()
    }
    return pairs, found


@pytest.mark.parametrize(
    ("references", "predictions", "cases"),
    [
        (["a", "b"], ["a", "b"], ["a", "b"]),
        (["a-seg", "b-seg"], ["a", "b"], ["a", "b"]),
        (["a", "b"], ["pred_a", "pred_b"], ["a", "b"]),
        (["gt_a", "gt_b"], ["a_pred.v2", "b_pred.v2"], ["a", "b"]),
        # All share the time point, and only as much as needed is taken off.
        (
            ["B-1-000-seg", "B-2-000-seg"],
            ["B-1-000", "B-2-000"],
            ["B-1-000", "B-2-000"],
        ),
        (["1_gt", "2_gt", "3_gt"], ["1", "2", "3"], ["1", "2", "3"]),
        # A single file keeps what could be its name.
        (["case_7_seg"], ["case_7"], ["case_7"]),
        (["seg"], ["seg"], ["seg"]),
    ],
)
def test_what_all_names_share_is_no_part_of_a_case(references, predictions, cases):
    pairs, found = matched(place(*references), place(*predictions))
    assert list(pairs) == cases
    assert list(pairs.values()) == sorted(predictions)
    assert errors_in(found.issues) == []


@pytest.mark.parametrize(
    ("references", "predictions"),
    [
        (["B-1-000", "B-2-000"], ["B-1-001", "B-2-001"]),  # another visit
        (["Brats18_TCIA01_201_1"], ["Brats18_TCIA02_201_1"]),  # another patient
        (["case_12_7"], ["7"]),  # of one name nobody knows what all have in common
        (["a", "b"], ["c", "d"]),
    ],
)
def test_other_cases_are_never_taken_for_the_same(references, predictions):
    pairs, found = matched(place(*references), place(*predictions))
    assert set(pairs.values()) == {None}
    assert [issue.code for issue in found.issues] == ["nothing-in-common"]
    assert "rename them" in found.issues[0].message


def test_what_has_no_partner_is_an_error_or_a_warning():
    reference, prediction = place("a", "b", "c"), place("b", "c", "d", folder="y")
    _, found = matched(reference, prediction)
    told = [(one.severity, one.code, one.where) for one in found.issues]
    assert told == [
        (Severity.ERROR, "no-prediction", "m a"),
        (Severity.ERROR, "no-reference", "m d"),
    ]
    pairs, found = matched(reference, prediction, allow_missing=True)
    assert pairs == {"a": None, "b": "b", "c": "c"}
    assert {one.severity for one in found.issues} == {Severity.WARNING}


def test_a_missing_case_does_not_change_how_the_others_match():
    # Left alone, the predictions have "-000" in common, the references do not.
    reference = place("B-1-000-seg", "B-2-000-seg", "B-2-001-seg")
    pairs, found = matched(reference, place("B-1-000", "B-2-000"), allow_missing=True)
    assert pairs == {"B-1-000": "B-1-000", "B-2-000": "B-2-000", "B-2-001": None}
    assert found.reference_affix == ("", "-seg")
    assert found.affixes == {"m": ("", "")}


def test_each_method_has_an_affix_of_its_own():
    found = match_cases(
        place("a_seg", "b_seg"),
        {"one": place("a", "b"), "reference": place("two_a_out", "two_b_out")},
    )
    assert found.reference_affix == ("", "_seg")
    assert found.affixes == {"one": ("", ""), "reference": ("two_", "_out")}
    assert [one.code for one in found.issues] == ["affix", "affix"]
    assert list(found.cases) == ["a", "b"]


def test_two_files_given_by_themselves_are_of_one_case(tmp_path):
    touch(tmp_path, "mine.nii.gz", "7_seg.nii.gz")
    pair = [find_place(tmp_path / name) for name in ("7_seg.nii.gz", "mine.nii.gz")]
    pairs, found = matched(*pair)
    assert pairs == {"7_seg": "mine"}
    assert errors_in(found.issues) == []


NAMES = st.lists(
    st.text("abc12", min_size=1, max_size=6), min_size=2, max_size=6, unique=True
)
WORDS = st.sampled_from(["", "_seg", "-pred", "_a_b"])


@settings(max_examples=60, deadline=None)
@given(NAMES, WORDS, WORDS)
def test_every_reference_is_a_case_and_equal_names_always_match(names, end, other):
    reference = place(*(f"{name}{end}" for name in names))
    pairs, found = matched(reference, place(*(f"{name}{other}" for name in names)))
    assert len(pairs) == len(names)
    assert errors_in(found.issues) == []
    for path, files in found.cases.values():
        stems = [one.name.removesuffix(".nii.gz") for one in (path, files["m"])]
        assert stems[0].removesuffix(end) == stems[1].removesuffix(other)


# Places


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_folder_a_file_a_pattern_and_lists_are_places(tmp_path):
    touch(tmp_path, "f/a.nii.gz", "f/b.mha", "f/.hidden.nii", "raw/c/c_seg.nii.gz")
    touch(tmp_path, "raw/c/c_t1.nii.gz")
    assert list(find_place(tmp_path / "f").files) == ["a", "b"]
    assert list(find_place(tmp_path / "f/b.mha").files) == ["b"]
    assert list(find_place(tmp_path / "raw/*/*_seg.nii.gz").files) == ["c_seg"]
    (tmp_path / "list.txt").write_text("f/a.nii.gz\n\nraw/c/c_seg.nii.gz\n")
    assert list(find_place(tmp_path / "list.txt").files) == ["a", "c_seg"]
    (tmp_path / "list.csv").write_text("path,case\nf/a.nii.gz,one\nf/b.mha,two\n")
    listed = find_place(tmp_path / "list.csv")
    assert listed.named
    assert listed.files == {"one": tmp_path / "f/a.nii.gz", "two": tmp_path / "f/b.mha"}


@pytest.mark.parametrize("names", ["a/a-seg.nii.gz b/b-seg.nii.gz", "h/a/x_mask.nii"])
def test_the_pattern_of_the_message_picks_the_masks(tmp_path, names):
    for name in names.split():
        touch(tmp_path, f"raw/{name}", f"raw/{Path(name).parent}/x_t1.nii")
    with pytest.raises(InvalidInputError, match="give a pattern in quotes") as caught:
        find_place(tmp_path / "raw")
    pattern = Path(str(caught.value).split("'")[1])
    found = find_place(pattern).files.values()
    assert {str(one.relative_to(tmp_path / "raw")) for one in found} == {*names.split()}


def test_no_pattern_is_named_where_none_picks_one_of_each_folder(tmp_path):
    touch(tmp_path, "raw/a/x.nii", "raw/a/y.nii", "raw/b/z.nii", "raw/b/q.nii")
    with pytest.raises(InvalidInputError, match="in each folder: give a list of files"):
        find_place(tmp_path / "raw")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none", None, "no such file or folder"),
        ("x/*.nii", None, "no file fits this pattern"),
        ("raw", None, "give a pattern in quotes"),
        ("two", None, "have one name"),
        ("mixed", None, "volumes and pictures"),
        ("list.txt", "gone.nii.gz", "do not exist, the first is gone.nii.gz"),
        ("list.txt", "", "lists nothing"),
        ("list.csv", "name,file\na,b", "expected case and path"),
        ("list.csv", "case,path\na,f.nii\na,f.nii", "listed twice"),
        ("list.txt", b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_what_is_no_place_is_refused(tmp_path, name, content, told):
    touch(
        tmp_path,
        "f.nii",
        "x/a.mha",
        "raw/c/c_seg.nii.gz",
        "raw/c/c_t2.nii",
        "two/a.nii",
        "two/a.mha",
    )
    touch(tmp_path, "mixed/a.nii", "mixed/b.png")
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInputError, match=told):
        find_place(tmp_path / name)
