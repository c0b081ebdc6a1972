"""Names to objects: our own files and the entry points of third parties."""

import logging
import os
import sys

import pytest

from bratsfuse.builders import BUILDERS
from bratsfuse.errors import UnknownNameError
from bratsfuse.raw import Layout
from bratsfuse.registry import BrokenEntryPointError, Registry

POINTS = {
    "absent": "no_such_module_of_third_party",
    "nameless": "third_party_toy:MISSING",
    "bare": "third_party_bare",
    "raising": "third_party_raising",
    "wrong": "third_party_toy:NUMBER",
    "good": "third_party_toy",
    "direct": "third_party_toy:LAYOUT",
    "brats2018": "third_party_toy",
}
BROKEN = {
    "absent": "ModuleNotFoundError",
    "nameless": "AttributeError",
    "bare": "LAYOUT",
    "raising": "RuntimeError: two lines",
    "wrong": "got int, expected Layout",
}


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry in whose group an installed distribution has all these points."""
    info = tmp_path / "third_party-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: third_party\nVersion: 1.2\n")
    lines = "".join(f"{name} = {value}\n" for name, value in POINTS.items())
    (info / "entry_points.txt").write_text(f"[bratsfuse.builders]\n{lines}")
    (tmp_path / "third_party_toy.py").write_text(
        "from bratsfuse.builders.brats2019 import LAYOUT\nNUMBER = 3\n"
    )
    (tmp_path / "third_party_bare.py").write_text("")
    (tmp_path / "third_party_raising.py").write_text(
        "raise RuntimeError('two\\nlines')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry[Layout](
        "bratsfuse.builders", attribute="LAYOUT", kind="layout", type_=Layout
    )
    for name in [name for name in sys.modules if name.startswith("third_party_")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["good", "direct"])
def test_a_third_party_may_point_to_the_module_or_the_object(registry, name):
    assert registry[name].name == "brats2019"


def test_a_name_of_our_own_wins(registry):
    assert registry["brats2018"].name == "brats2018"


@pytest.mark.parametrize(("name", "reason"), BROKEN.items())
def test_a_broken_entry_point_is_told_in_one_line(registry, name, reason):
    with pytest.raises(UnknownNameError) as info:
        registry[name]
    told = str(info.value)
    assert told.startswith(f"layout '{name}' cannot be loaded")
    assert f"{POINTS[name]} of third_party 1.2" in told
    assert reason in told
    assert "\n" not in told


def test_broken_entry_points_keep_no_other_from_work(registry, caplog):
    with caplog.at_level(logging.WARNING, logger="bratsfuse.registry"):
        usable = dict(registry.usable())
    assert {"good", "direct", "brats2018", "brats2021"} <= set(usable)
    assert all(isinstance(found, Layout) for found in usable.values())
    assert set(registry) - set(usable) == set(BROKEN)
    assert len(caplog.records) == len(BROKEN)
    for name in BROKEN:
        assert any(f"layout '{name}' cannot" in text for text in caplog.messages)


def test_without_a_type_any_object_will_do(registry):
    anything = Registry[object]("bratsfuse.builders", attribute="LAYOUT", kind="layout")
    assert anything["wrong"] == 3


def test_our_own_are_all_usable(caplog):
    assert [name for name, _ in BUILDERS.usable()] == list(BUILDERS)
    assert not caplog.records


def test_an_unknown_name_is_told_with_a_close_one(registry):
    with pytest.raises(UnknownNameError, match="did you mean 'brats2018'") as info:
        registry["bratz2018"]
    assert not isinstance(info.value, BrokenEntryPointError)


def test_what_is_installed_meanwhile_is_found(tmp_path, monkeypatch):
    """As from a notebook, into a folder in which Python looks already."""
    monkeypatch.syspath_prepend(tmp_path)
    assert "late" not in list(BUILDERS)
    os.utime(tmp_path, ns=(0, 0))  # whatever the resolution of the clock of files
    assert "late" not in list(BUILDERS)
    info = tmp_path / "late-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: late\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bratsfuse.builders]\nlate = late\n")
    assert "late" in list(BUILDERS)
