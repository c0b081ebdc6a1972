"""One module puts results in their places; no other one renames a file itself."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "bratsfuse" / "place" / "__init__.py"
SYSTEM = ROOT / "bratsfuse" / "place" / "system.py"
SCRATCH = {"bratsfuse/scratch.py", "bratsfuse/metrics/in_strips/shelf.py"}
"""Who makes folders for temporary files in that of the system; no result is there."""

RENAMING = {
    *("rename", "renames", "hardlink_to", "symlink_to", "link", "symlink", "move"),
    *("mkstemp", "mkdtemp", "mktemp", "NamedTemporaryFile"),
}
UNFINISHED = re.compile(r"\.(tmp|temp|partial|old|bak|unfinished|lock)$|^tmp-")


def sources():
    for folder in ("bratsfuse", "builders", "baselines", "leaderboard"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            # Templates are programs of others, which run elsewhere.
            ours = path.resolve() == path and "templates" not in path.parts
            if ours and path not in (PLACE, SYSTEM):
                yield path


def findings(source):
    """Yield what a module does by itself that is the work of `bratsfuse.place`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            # A text's replace takes two arguments, a record's takes keywords.
            of_path = name == "replace" and len(node.args) == 1 and not node.keywords
            of_os = name == "replace" and ast.unparse(node.func) == "os.replace"
            if name in RENAMING or of_path or of_os:
                yield ast.unparse(node.func)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names}
            names.add(getattr(node, "module", None) or "")
            yield from sorted(names & {"tempfile", "filelock", "fcntl"})
            if "os" in names or "shutil" in names:
                yield from sorted(names & (RENAMING | {"replace"}))
        elif isinstance(node, ast.Constant) and UNFINISHED.search(str(node.value)):
            yield str(node.value)


def test_no_other_module_renames_or_names_unfinished_files():
    found = {
        path.relative_to(ROOT).as_posix(): done
        for path in sources()
        if (done := list(findings(path.read_text(encoding="utf-8"))))
    }
    scratch = {name: found.pop(name, []) for name in SCRATCH}
    assert found == {}
    for done in scratch.values():
        assert set(done) <= {"tempfile", "tempfile.mkdtemp"}


def test_all_wings_are_searched():
    names = {path.relative_to(ROOT).as_posix() for path in sources()}
    for name in ("release/store.py", "building/pipeline.py", "training/files.py"):
        assert f"bratsfuse/{name}" in names
    assert {"leaderboard/admit.py", "builders/nnunet.py"} < names
    assert len(names) > 250
    assert list(findings(PLACE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "path.rename(other)",
        "path.replace(other)",
        "os.replace(a, b)",
        "from os import replace",
        "shutil.move(a, b)",
        "path.hardlink_to(other)",
        "import tempfile",
        "from tempfile import mkdtemp",
        "from filelock import FileLock",
        "path.with_name(f'{path.name}.tmp')",
        "path.with_suffix('.partial')",
        "path.with_name(f'tmp-{path.name}')",
    ],
)
def test_each_way_to_do_so_is_noticed(source):
    assert list(findings(source))


@pytest.mark.parametrize(
    "source",
    ["text.replace('a', 'b')", "replace(record, a=1)", "dataclasses.replace(r, a=1)"],
)
def test_texts_and_records_may_be_changed(source):
    assert not list(findings(source))
