"""Builds plain JSON values with the place of each, from the small steps that the YAML and JSON readers report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from careengine.model.pointer import join, split
from careengine.policy.limits import DEPTH
from careengine.policy.suggest import shown

if TYPE_CHECKING:
    from careengine.errors import Problem
    from careengine.policy.source import Source

TOO_DEEP = f"this nests deeper than {DEPTH} levels"
Place = tuple[int, int]  # line and column, both counted from 1


class Stop(Exception):  # noqa: N818  the way out of a file that cannot be read any further
    """Reading cannot go on; the problem is on the builder's list."""


@dataclass(slots=True)
class Node:
    """A value and where it begins; for a group also its keys' places and its parts."""

    value: Any
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    parts: dict[str, Node] = field(default_factory=dict)

    def find(self, pointer: str) -> Node:
        """The node at a JSON pointer, or the nearest one above it that exists."""
        node = self
        for part in split(pointer):
            if part not in node.parts:
                break
            node = node.parts[part]
        return node


def too_deep(value: Any) -> bool:
    """Whether values nest deeper than is read. Looks level by level, so that depth cannot exhaust the stack."""
    level = [value]
    for _ in range(DEPTH.most):
        level = [part for group in level if isinstance(group, (dict, list)) for part in _parts(group)]
    return any(isinstance(group, (dict, list)) for group in level)


def _parts(group: dict[str, Any] | list[Any]) -> list[Any]:
    return list(group.values()) if isinstance(group, dict) else group


@dataclass(slots=True)
class _Frame:
    """A group or list that is still open. `key` is the key of the value to come, `lost` that it goes nowhere."""

    node: Node
    is_group: bool
    key: str | None = None
    lost: bool = False


@dataclass(slots=True)
class TreeBuilder:
    """Takes values as they come. Problems that leave the rest readable are collected, others raise Stop."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    _frames: list[_Frame] = field(default_factory=list)

    def scalar(self, value: Any, place: Place) -> None:
        """A text, number, boolean or null; in a group in turn a key and a value."""
        if self.expects_key:
            self._key(value, place)
        else:
            self._attach(Node(value, place))
            self._done()

    def open(self, *, group: bool, place: Place) -> None:
        """The start of a group or list."""
        if self.expects_key:
            self.stop("CE119", "a key must be text, not a list or group", place, "put quotes around text in brackets")
        if len(self._frames) >= DEPTH.most:
            self.stop("CE118", TOO_DEEP, place, "close the brackets")
        node = Node({} if group else [], place)
        self._attach(node)
        self._frames.append(_Frame(node, group))

    def close(self) -> None:
        """The end of what was opened last."""
        self._frames.pop()
        self._done()

    @property
    def expects_key(self) -> bool:
        """Whether a key comes next."""
        return bool(self._frames) and self._frames[-1].is_group and self._frames[-1].key is None

    def lose(self, key: str) -> None:
        """Take this for the key, and let its value go nowhere."""
        self._frames[-1].key, self._frames[-1].lost = key, True

    def report(self, code: str, message: str, place: Place, suggestion: str = "", *, key: str | None = None) -> None:
        """A mistake in the value (or the key) to come, after which reading goes on."""
        pointer = self._pointer() if key is None else join(self._pointer(), key)
        self.problems.append(self.source.problem(code, message, place, pointer=pointer, suggestion=suggestion))

    def stop(self, code: str, message: str, place: Place, suggestion: str = "") -> NoReturn:
        """A mistake after which nothing can be read. Raises Stop."""
        self.report(code, message, place, suggestion)
        raise Stop

    def _key(self, value: Any, place: Place) -> None:
        frame = self._frames[-1]
        if not isinstance(value, str):
            name = _say_key(value)
            hint = f'put quotes around it: `"{name}"`' if value is not None else "write a key before the `:`"
            self.report("CE119", f"the key {shown(name)} is not text", place, hint, key=name)
            self.lose(name)
        elif value in frame.node.keys:
            first = frame.node.keys[value][0]
            message = f"the key {shown(value)} is written twice; the first is in line {first}"
            self.report("CE113", message, place, "keep one of them", key=value)
            self.lose(value)
        else:
            frame.key = value
            frame.node.keys[value] = place

    def _attach(self, node: Node) -> None:
        if not self._frames:
            self.root = node
            return
        frame = self._frames[-1]
        if frame.lost:
            return
        if frame.is_group:
            frame.node.value[frame.key] = node.value
            frame.node.parts[str(frame.key)] = node
        else:
            frame.node.parts[str(len(frame.node.value))] = node
            frame.node.value.append(node.value)

    def _done(self) -> None:
        if self._frames:
            self._frames[-1].key, self._frames[-1].lost = None, False

    def _pointer(self) -> str:
        pointer = ""
        for frame in self._frames:
            if not frame.is_group:
                last = frame is self._frames[-1]
                pointer = join(pointer, len(frame.node.value) - (0 if last else 1))
            elif frame.key is not None:
                pointer = join(pointer, frame.key)
        return pointer


def _say_key(value: float | None) -> str:
    return "null" if value is None else str(value).lower()
