"""Mutants of a module: one small change each, made in its text, so that a survivor reads like a line of a diff."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NO_BEHAVIOUR = ("annotation", "returns", "decorator_list")
_LOGS = ("log", "_log", "get_logger")  # a line of a log is no promise


@dataclass(frozen=True)
class Mutant:
    """A piece of a file, its place in bytes, and what stands there instead."""

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {' '.join(self.before.split())}  ->  {self.after}"


def mutants(file: str, source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    lines = [0]
    for line in source.encode().splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found = []
    for node, after in _changes(ast.parse(source)):
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        before = source.encode()[start:end].decode()
        found.append(Mutant(file, node.lineno, start, end, before, after))
    return found


def _changes(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    for node in _behaviour(tree):
        if isinstance(node, ast.stmt):
            yield from ((node, after) for after in _statements(node))
        elif isinstance(node, ast.expr):
            yield from ((node, f"({ast.unparse(other)})") for other in _expressions(node))


def _behaviour(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one that matter when they run; not those of f-strings, whose places Python 3.11 does not know."""
    for name, value in ast.iter_fields(node):
        if name in _NO_BEHAVIOUR or (name == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield child
                yield from _behaviour(child)


def _statements(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return None"
    elif (
        isinstance(node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete))
        or (isinstance(node, ast.Assign) and not isinstance(node.targets[0], (ast.Name, ast.Tuple)))
        or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant) and _root(node.value) not in _LOGS)
    ):
        yield "pass"


def _expressions(node: ast.expr) -> Iterator[ast.expr]:
    other = copy.deepcopy(node)
    if isinstance(other, ast.Compare) and type(other.ops[0]) in _COMPARED:
        other.ops[0] = _COMPARED[type(other.ops[0])]()
        yield other
    elif isinstance(other, ast.BoolOp):
        other.op = ast.Or() if isinstance(other.op, ast.And) else ast.And()
        yield other
    elif isinstance(other, ast.UnaryOp) and isinstance(other.op, ast.Not):
        yield other.operand
    elif isinstance(other, ast.IfExp):
        yield ast.IfExp(other.test, other.orelse, other.body)
    elif isinstance(other, ast.BinOp) and type(other.op) in _COUNTED:
        other.op = _COUNTED[type(other.op)]()
        yield other
    elif isinstance(other, ast.Constant) and isinstance(other.value, bool):
        yield ast.Constant(not other.value)
    elif isinstance(other, ast.Constant) and isinstance(other.value, (int, float)):
        yield from (ast.Constant(other.value + 1), ast.Constant(other.value - 1))
    elif isinstance(other, ast.Call) and len(other.args) > 1 and not isinstance(other.args[1], ast.Starred):
        other.args[:2] = reversed(other.args[:2])
        if ast.dump(other) != ast.dump(node):
            yield other


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _root(node: ast.AST) -> str:
    while not isinstance(node, ast.Name):
        nearer = getattr(node, "func", None) or getattr(node, "value", None)
        if not isinstance(nearer, ast.AST):
            return ""
        node = nearer
    return node.id
