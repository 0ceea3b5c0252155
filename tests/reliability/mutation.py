"""Mutation score: how many small changes to a module its own tests notice.

A module is changed in one place (a comparison, a constant, a condition, a result, a call), its tests run, and the
change counts as noticed when one fails or they never end. A fork for each change keeps a run to about a second, which
is why this is no mutation package: those start Python anew each time. Nothing is written to the module's file.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import os
import random
import select
import signal
import sys
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

ROOT = Path(__file__).parents[2]
SECONDS = 90.0  # after which tests count as endless
STOP_SECONDS = 10.0  # for those to take down what they started


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Files of the package, and the tests that are to notice a change to any of them."""

    files: Sequence[str]
    tests: Sequence[str]


_DELIVERY = [
    f"tests/delivery/test_{name}.py"
    for name in ("outgoing", "incoming", "fate", "refusal", "first_contact", "catching_up", "workers")
]
_READING = [
    f"tests/policy/test_{name}.py" for name in ("reading_edges", "documents", "loading", "finding", "codes", "limits")
]
_KEEPING = {
    "outbox": ["store/test_outbox", "delivery/test_outgoing"],
    "inbox": ["store/test_inbox", "delivery/test_incoming"],
    "turn": ["store/test_turn"],
    "presence": ["store/test_presence"],
}
ROOMS: dict[str, list[Part]] = {
    "windows": [
        Part(
            files=["model/history.py"],
            tests=["tests/model/test_windows.py", "tests/model/test_history_of_one_thing.py"],
        ),
        Part(files=["pipeline/needs.py", "store/history.py"], tests=["tests/store/test_history.py"]),
    ],
    "delivery": [
        Part(
            files=[
                f"delivery/{name}.py"
                for name in ("fate", "refusal", "lane", "taking", "first_contact", "catching_up", "delivery", "worker")
            ],
            tests=_DELIVERY,
        ),
        *(
            Part(files=[f"store/{name}.py"], tests=[f"tests/{test}.py" for test in tests])
            for name, tests in _KEEPING.items()
        ),
    ],
    "loader": [
        Part(
            files=[
                f"policy/{name}.py" for name in ("loader", "source", "tree", "yaml_reader", "json_reader", "scalar")
            ],
            tests=_READING,
        )
    ],
}
_REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # pytest minds that its plugins are imported already
_SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
_AHEAD = [
    "pytest",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "hypothesis",
    "alembic.command",
    "structlog.testing",
    "orjson",
    "re2",
]
_AHEAD += ["yaml", "jsonschema", "jsonschema_rs", "pluggy", "requests", "rich.console", "click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A module with one change, and what the change is."""

    file: str
    line: int
    what: str
    module: ast.Module


@dataclass(slots=True)
class Score:
    """How many changes were made, and those that nobody noticed."""

    made: int = 0
    survived: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part that was noticed."""
        return 1 - len(self.survived) / self.made if self.made else 0.0


def mutants(file: str) -> Iterator[Mutant]:
    """Every change to a file of the package."""
    tree = ast.parse((ROOT / "careengine" / file).read_text())
    for number in range(len(list(_places(tree)))):
        changed = copy.deepcopy(tree)
        node, what, change = list(_places(changed))[number]
        change()
        yield Mutant(file=file, line=node.lineno, what=what, module=ast.fix_missing_locations(changed))


def _places(node: ast.AST) -> Iterator[tuple[Any, str, Callable[[], object]]]:
    for child in ast.iter_child_nodes(node):
        if not _is_quiet(node, child):
            yield from _changes(node, child)
            yield from _places(child)


def _is_quiet(parent: ast.AST, node: ast.AST) -> bool:
    """Annotations, docstrings, decorators, imports for types, and what is only said in the log."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Expr):
        call = node.value
        logs = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and ast.unparse(call.func.value) == "log"
        )
        return logs or isinstance(call, ast.Constant)
    if isinstance(parent, ast.FunctionDef) and (node is parent.returns or node in parent.decorator_list):
        return True
    told = isinstance(parent, (ast.AnnAssign, ast.arg)) and node is parent.annotation
    return (
        told or (isinstance(parent, ast.ClassDef) and node in parent.decorator_list) or isinstance(node, ast.JoinedStr)
    )


def _changes(parent: ast.AST, node: ast.AST) -> Iterator[tuple[Any, str, Callable[[], object]]]:
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            if swap := _SWAPS.get(type(op)):
                yield node, f"{type(op).__name__} -> {swap.__name__}", partial(node.ops.__setitem__, at, swap())
    if isinstance(node, (ast.BoolOp, ast.BinOp, ast.AugAssign)) and (new := _SWAPS.get(type(node.op))):
        yield node, f"{type(node.op).__name__} -> {new.__name__}", lambda: setattr(node, "op", new())
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield node, "condition turned round", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and not (node.value is None or isinstance(node.value, ast.Constant)):
        yield node, "gives nothing", lambda: setattr(node, "value", ast.Constant(None))
    if isinstance(node, (ast.Expr, ast.Raise, ast.Break, ast.Continue)) and hasattr(parent, "body"):
        yield node, f"left out: {ast.unparse(node)[:60]}", lambda: _leave_out(parent, node)
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield node, f"{node.value} -> {value}", lambda: setattr(node, "value", value)


def _leave_out(parent: Any, node: ast.stmt) -> None:
    for body in (getattr(parent, name, []) for name in ("body", "orelse", "finalbody")):
        if node in body:
            body[body.index(node)] = ast.copy_location(ast.Pass(), node)


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the changed module in place of the real one."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = "careengine." + mutant.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(ROOT / "careengine" / self._mutant.file)
        exec(compile(self._mutant.module, module.__file__, "exec"), module.__dict__)  # noqa: S102  the point of it


def score(name: str, sample: int | None = None, seed: int = 4) -> Score:
    """Try every change to a room or to one of its files, or `sample` of them.

    The rest of the package must not be imported yet.
    """
    for ahead in _AHEAD:
        import_module(ahead)
    parts = list(_parts(name))
    for part in parts:
        if not _pass(None, part.tests):
            raise AssertionError(f"the tests of {', '.join(part.files)} fail without any change")
    found = Score()
    every = [(mutant, part.tests) for part in parts for file in part.files for mutant in mutants(file)]
    for mutant, tests in every if sample is None else random.Random(seed).sample(every, min(sample, len(every))):
        found.made += 1
        if _pass(mutant, tests):
            found.survived.append(mutant)
    return found


def _parts(name: str) -> Iterable[Part]:
    if name in ROOMS:
        return ROOMS[name]
    return [Part(files=[name], tests=part.tests) for room in ROOMS.values() for part in room if name in part.files]


def _pass(mutant: Mutant | None, tests: Sequence[str]) -> bool:
    """Whether the tests pass with the change, in a process that is forked for it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setpgid(0, 0)
        _run(mutant, tests, writer)
    os.close(writer)
    ended, _, _ = select.select([reader], [], [], SECONDS)
    code = os.read(reader, 1) if ended else b"t"
    if not ended:  # a database server is in no group of ours
        os.kill(pid, signal.SIGINT)
        select.select([reader], [], [], STOP_SECONDS)
    os.close(reader)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return code == b"0"


def _run(mutant: Mutant | None, tests: Sequence[str], writer: int) -> None:
    code = 1
    try:
        for number in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        os.environ["CI"] = "1"  # the same examples every time
        os.chdir(ROOT)
        if mutant:
            sys.meta_path.insert(0, _Instead(mutant))
        code = import_module("pytest").main(["-x", "-q", "-p", "no:cacheprovider", "-W", _REWRITTEN, *tests])
    finally:
        os.write(writer, b"0" if code == 0 else b"1")
        signal.pause()  # until the parent has read it and ends the group


def _main(name: str, sample: int = 0, seed: int = 4) -> None:
    found = score(name, sample or None, seed)
    for mutant in found.survived:
        sys.stdout.write(f"{mutant.file}:{mutant.line} {mutant.what}\n")
    sys.stdout.write(f"{found.made - len(found.survived)} {found.made}\n")


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:]))
