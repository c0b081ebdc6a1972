"""Every wing is a chapter: a docstring with a reading order, and public names."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bratsfuse

ROOT = Path(bratsfuse.__file__).parent
WINGS = sorted(
    ".".join(init.parent.relative_to(ROOT.parent).parts)
    for init in ROOT.rglob("__init__.py")
    if "lazy_loader.attach" in init.read_text()
)


def tree_of(wing):
    source = Path(importlib.import_module(wing).__file__).read_text()
    return ast.parse(source)


def test_the_wings_are_found():
    assert {"bratsfuse.release", "bratsfuse.raw", "bratsfuse.building"} <= set(WINGS)


@pytest.mark.parametrize("wing", WINGS)
def test_public_names_exist_and_type_checkers_see_the_same(wing):
    module = importlib.import_module(wing)
    declared = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.walk(tree_of(wing))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("bratsfuse.")
        for alias in node.names
    }
    assert set(declared) == set(module.__all__)
    for name, place in declared.items():
        home, _, attribute = place.rpartition(".")
        found = getattr(module, name)
        assert found is getattr(sys.modules[home], attribute)


@pytest.mark.parametrize("wing", WINGS)
def test_the_docstring_names_every_file(wing):
    module = importlib.import_module(wing)
    words = set(re.findall(r"`(\w+)`", module.__doc__))
    folder = Path(module.__file__).parent
    files = {path.stem for path in folder.glob("*.py")}
    # One file per metric: their list is a page of the documentation.
    metrics = module.__name__.startswith("bratsfuse.metrics.of_")
    public = {name for name in files if not name.startswith("_") and not metrics}
    assert public <= words


def test_importing_a_wing_loads_nothing_heavy():
    code = (
        f"import {', '.join(WINGS)}, sys\n"
        "print([name for name in ('torch', 'numpy', 'h5py') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_documents_import_chapters_and_not_the_files_in_them():
    root = Path(__file__).parents[2]
    wings = "|".join(name.removeprefix("bratsfuse.") for name in WINGS)
    inside = re.compile(rf"from bratsfuse\.(?:{wings})\.\w+ import \w+")
    found = {
        path.name: inside.findall(path.read_text(encoding="utf-8"))
        for path in [*root.glob("docs/*.md"), *root.glob("*.md")]
    }
    assert len(found) > 5
    assert {name: lines for name, lines in found.items() if lines} == {}
