"""What names have around them is found, and taken off by the command that is named."""

import subprocess

import pytest

from bratsfuse.raw.affixes import Affix, common_affix, shared_affix, without

KNOWN = ["0", "1", "10", "11"]


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ("{}_fused", "", "_fused"),
        ("fused_{}", "fused_", ""),
        ("img{}", "img", ""),
        ("a-{}.out", "a-", ".out"),
    ],
)
def test_what_is_around_known_names(form, before, after):
    names = [form.format(name) for name in KNOWN]
    assert common_affix(names, KNOWN) == Affix(before, after, 4)


def test_a_stray_name_hides_nothing_and_many_do():
    names = [f"{n}_fused" for n in range(30)]
    known = [str(n) for n in range(30)]
    assert common_affix([*names, "readme"], known).count == 30
    assert common_affix([*names, *(f"x{n}_y" for n in range(30))], known) is None


@pytest.mark.parametrize("names", [[], ["0", "1"], ["a", "b"], ["x" * 4000 + "_0"]])
def test_nothing_around_is_none(names):
    assert common_affix(names, KNOWN) is None


def test_digits_are_not_taken_off_numbers():
    assert common_affix(["110", "210"], ["10"]) is None


def test_what_names_share_without_others_to_compare_with():
    assert shared_affix([f"case_{n}_t1ce" for n in (10, 20)]) == Affix(
        "case_", "_t1ce", 2
    )
    assert shared_affix(["110", "120"]) is None
    assert shared_affix(["only_one"]) is None
    assert without("_x", "_x", "") is None


@pytest.mark.parametrize("affix", [Affix("", "_seg", 3), Affix("p-", "", 3)])
def test_the_command_renames_every_file(affix, tmp_path):
    for name in ("x 1", "y", "z_2"):
        (tmp_path / f"{affix.before}{name}{affix.after}.png").touch()
    loop = affix.renaming(".png")
    subprocess.run(["sh", "-c", loop], cwd=tmp_path, check=True)  # noqa: S607
    assert {path.name for path in tmp_path.iterdir()} == {"x 1.png", "y.png", "z_2.png"}


def test_both_ends_are_taken_off(tmp_path):
    for name in ("x", "y"):
        (tmp_path / f"p_{name}_seg.png").touch()
    loop = Affix("p_", "_seg", 2).renaming(".png")
    subprocess.run(["sh", "-c", loop], cwd=tmp_path, check=True)  # noqa: S607
    assert {path.name for path in tmp_path.iterdir()} == {"x.png", "y.png"}


@pytest.mark.parametrize("text", ["_a;b", "_$(x)", "_`x`", "_a b", "_é", '_"'])
def test_no_command_is_made_of_names_that_a_shell_would_obey(text):
    assert Affix("", text, 3).renaming(".png") == ""
