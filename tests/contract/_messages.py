"""The messages of the code, gathered from its source: what a reader is told.

Followed are names assigned in the same function, and constants and functions of any
module of ours that a message is made of, so that what stands elsewhere counts.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bratsfuse", "builders", "baselines", "leaderboard")
ISSUES = ("error", "warning")
DEPTH = 3
"""So many steps from the message a text may stand."""


@dataclass(frozen=True)
class Message:
    """One message: where it is written, and all texts that can be part of it."""

    place: str
    kind: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {' | '.join(self.texts)}"


def messages() -> Iterator[Message]:
    """Yield the message of every error of ours and of every error or warning issue.

    Errors of Python's own types are caught and worded elsewhere. Messages without a
    text of their own pass on what another place has worded.
    """
    for path in sources():
        for function, node in _nodes(_tree(path)):
            found = _message(node)
            if found is not None:
                kind, expression = found
                texts = tuple(dict.fromkeys(_texts(expression, function, DEPTH)))
                place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                if any(_says_something(text) for text in texts):
                    yield Message(place, kind, texts)


def sources() -> list[Path]:
    """Return the files of the package, without those that are links to others."""
    found = (path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    return sorted({path.resolve() for path in found})


def _says_something(text: str) -> bool:
    """Return whether a text has words of its own: two, outside of what is put in."""
    return bool(re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", re.sub(r"{.*?}", "", text)))


def _message(node: ast.AST) -> tuple[str, ast.expr] | None:
    """Return the kind of message that a node makes, and its expression."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        name = _name(node.exc.func)
        ours = name.endswith("Error") and not hasattr(builtins, name)
        if (ours or name == "BadParameter") and node.exc.args:
            # Of an error with a code the message comes after it.
            return name, node.exc.args[-1 if name == "PngError" else 0]
    if (
        isinstance(node, ast.Call)
        and _name(node.func) in ISSUES
        and len(node.args) == 3
    ):
        return _name(node.func), node.args[2]
    return None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _nodes(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the innermost function around every node, or the module, and the node."""

    def walk(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, Function) else function
            yield inner, child
            yield from walk(child, inner)

    yield from walk(tree, tree)


def _texts(node: ast.AST, function: ast.AST, depth: int) -> Iterator[str]:
    """Yield the texts that an expression can be made of."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(_piece(value) for value in node.values)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _texts(value.value, function, depth)
    else:
        if depth:
            for value, scope in _sources_of(node, function):
                yield from _texts(value, scope, depth - 1)
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, function, depth)


def _piece(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.FormattedValue)
    return f"{{{ast.unparse(value.value)}}}"


def _sources_of(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield what a name was assigned, or what a function of ours returns."""
    if isinstance(node, ast.Name):
        for value in _assignments(function).get(node.id, ()):
            yield value, function
        yield from _constants().get(node.id, ())
    if isinstance(node, ast.Attribute):
        yield from _constants().get(node.attr, ())
    if isinstance(node, ast.Call):
        definitions = _functions().get(_name(node.func), ())
        if len(definitions) == 1:  # names that several have are too common to follow
            for value in _returned(definitions[0]):
                yield value, definitions[0]


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield the expressions that a statement gives a name."""
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
        targets, value = [node.target], node.value
    elif isinstance(node, ast.For | ast.comprehension):
        targets, value = [node.target], node.iter
    stored = (one for target in targets for one in ast.walk(target))
    if value is not None and any(
        isinstance(one, ast.Name) and one.id == name for one in stored
    ):
        yield value


@cache
def _assignments(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what is assigned in a function, by name; nothing in a module."""
    if isinstance(function, ast.Module):
        return {}
    names = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
    found: dict[str, list[ast.expr]] = {}
    for other in ast.walk(function):
        for name in names:
            found.setdefault(name, []).extend(_assigned(other, name))
    return found


@cache
def _returned(function: ast.AST) -> tuple[ast.expr, ...]:
    """Return what a function returns or yields."""
    return tuple(
        other.value
        for other in ast.walk(function)
        if isinstance(other, ast.Return | ast.Yield) and other.value is not None
    )


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _functions() -> dict[str, list[ast.AST]]:
    """Return the functions of the package by name; methods and classes, too."""
    found: dict[str, list[ast.AST]] = {}
    for path in sources():
        for node in ast.walk(_tree(path)):
            if isinstance(node, Function):
                found.setdefault(node.name, []).append(node)
    return found


@cache
def _constants() -> dict[str, list[tuple[ast.AST, ast.AST]]]:
    """Return what is assigned in the body of modules, by name."""
    found: dict[str, list[tuple[ast.AST, ast.AST]]] = {}
    for path in sources():
        tree = _tree(path)
        for node in tree.body:
            names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            for name in names:
                for value in _assigned(node, name) if name.isupper() else ():
                    found.setdefault(name, []).append((value, tree))
    return found
