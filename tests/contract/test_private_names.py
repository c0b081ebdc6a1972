"""A leading underscore means one thing: only its own wing knows the name.

A wing is a folder of the package. Other wings, tests, benchmarks and documents use what
has no underscore; a `_file` may be named in its own wing only.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = {
    "bratsfuse": ROOT / "bratsfuse",
    "bratsfuse.baselines": ROOT / "baselines",
    "bratsfuse.builders": ROOT / "builders",
    "bratsfuse.leaderboard": ROOT / "leaderboard",
}
PRIVATE = re.compile(
    r"\bbratsfuse[\w.]*\._[a-zA-Z]\w*|from bratsfuse[\w.]* import [^\n]*\b_[a-z]\w*"
)
OUTSIDE = [
    path for top in ("tests", "benchmarks", "documentation") for path in ROOT.glob(top)
]


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def imported(tree):
    """Yield each dotted name of ours that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def used(tree):
    """Yield private names that are imported, read or replaced, of whatever module."""
    for name in imported(tree):
        if name.startswith("bratsfuse") and any(map(is_private, name.split("."))):
            yield name
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls" | "os")):
                pass
            case ast.Attribute(attr=attribute) if is_private(attribute):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr="setattr"), args=[_, name, *_]):
                if isinstance(name, ast.Constant) and is_private(str(name.value)):
                    yield ast.unparse(node)
            case ast.Constant(value=str(text)):
                yield from PRIVATE.findall(text)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "code",
    [
        "from bratsfuse.baselines._unet import UNet",
        "from bratsfuse.baselines import _unet",
        "import bratsfuse.baselines._unet",
        "from bratsfuse.release.montage import _CELLS",
        "montage._CELLS",
        "patch.setattr('bratsfuse.release.montage._CELLS', 4)",
        "patch.setattr(montage, '_CELLS', 4)",
        "program = 'from bratsfuse.baselines._unet import UNet'",
        "program = 'from bratsfuse.baselines import UNet, _unet'",
    ],
)
def test_a_private_name_is_found(code):
    assert list(used(ast.parse(code)))


def test_what_is_public_or_ones_own_is_not():
    code = (
        "from bratsfuse.baselines import UNet\nself._x, os._exit, bratsfuse.__version__"
    )
    assert not list(used(ast.parse(code)))


def test_tests_benchmarks_and_documents_use_public_names():
    own = Path(__file__)
    found = {
        path.relative_to(ROOT).as_posix(): names
        for top in OUTSIDE
        for path in sorted(top.rglob("*.py"))
        if path != own and (names := sorted(set(used(tree_of(path)))))
    }
    for path in [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        if names := PRIVATE.findall(text):
            found[path.name] = names
    assert not found, "give the name a public home, or reach it by one that is there"


def test_no_wing_imports_what_is_private_to_another():
    found = []
    for name, folder in PACKAGE.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).parts
            if name == "bratsfuse" and f"bratsfuse.{parts[0]}" in PACKAGE:
                continue  # the links to the other three
            wing = name if name != "bratsfuse" else ".".join((name, *parts[:1]))
            for other in imported(tree_of(path)):
                steps = other.split(".")
                private = next(filter(is_private, steps), None)
                if steps[0] != "bratsfuse" or private is None:
                    continue
                if ".".join(steps[:2]) != wing.removesuffix(".py"):
                    found.append(f"{path.relative_to(ROOT)}: {other}")
    assert not found, "let a public name of that wing do"
