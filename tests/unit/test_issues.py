"""Many equal problems are one line, few have a line each, and none is lost in JSON."""

import json

from click.testing import CliRunner
from toys import write_toys

from bratsfuse.cli import main
from bratsfuse.issues import MANY_PLACES, error, lines_of, warning


def test_a_kind_in_many_places_is_one_line_with_a_count_and_two_examples():
    many = [error(f"case{n}", "unlabelled", f"no mask{n}") for n in range(60)]
    one = warning("case3", "odd", "something else")
    assert lines_of([*many[:30], one, *many[30:]]) == [
        "error [unlabelled] in 60 places, for example case0, case1: no mask0",
        "warning [odd] case3: something else",
    ]


def test_a_kind_in_few_places_has_a_line_each():
    few = [error(f"case{n}", "unlabelled", "no mask") for n in range(MANY_PLACES)]
    assert lines_of(few) == [str(issue) for issue in few]


def test_many_problems_of_one_place_are_one_line_with_two_of_them():
    files = [error("case", "unreadable", f"{n}.nii") for n in range(20)]
    assert lines_of(files) == [
        "error [unreadable] case: 20 times, for example 0.nii; 1.nii"
    ]
    files += [error("other", "unreadable", "x.nii")]
    assert lines_of(files) == [
        "error [unreadable] 21 times in 2 places, for example case, other: 0.nii"
    ]


def test_inspect_and_build_print_one_line_for_a_whole_folder(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=8)
    for path in raw.rglob("*_seg.nii.gz"):
        path.unlink()
    run = CliRunner().invoke(main, ["inspect", str(raw), "--workers", "1"])
    lines = [line for line in run.stdout.splitlines() if "[unlabelled]" in line]
    assert len(lines) == 1
    assert "in 8 places, for example BraTS2021_90001, BraTS2021_90002:" in lines[0]
    words = ["build", str(raw), "-o", str(tmp_path / "release"), "--workers", "1"]
    run = CliRunner().invoke(main, words)
    assert run.exit_code == 1
    assert run.stderr.count("[unlabelled]") == 1
    words = ["inspect", str(raw), "--workers", "1", "--json"]
    details = json.loads(CliRunner().invoke(main, words).stdout)["details"]
    codes = [issue["code"] for detail in details for issue in detail["issues"]]
    assert codes.count("unlabelled") == 8
