"""Reads JSON (RFC 8259) strictly, keeping the place of every value. Nothing recurses."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from careengine.policy.scalar import ScalarProblem, real, whole
from careengine.policy.source import HIDDEN
from careengine.policy.suggest import shown

if TYPE_CHECKING:
    from careengine.policy.tree import Place, TreeBuilder

_BLANK = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"""(?P<mark>[\[\]{},:])
    |(?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?P<part>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![0-9.eE_a-zA-Z]))
    |(?P<word>(?:true|false|null)\b)""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|\n|\r")
_REST = re.compile(r"[^\s,:\[\]{}]+|.", re.DOTALL)

# What may come next, by name.
_VALUE, _FIRST_ITEM, _FIRST_KEY, _KEY, _COLON, _MORE, _END = (
    "a value",
    "a value or `]`",
    "a key in double quotes or `}`",
    "a key in double quotes",
    "`:`",
    "`,`",
    "the end of the file",
)


def read_json(builder: TreeBuilder) -> None:
    """Report the one value of a source to the builder. Raises Stop."""
    _JsonReader(builder).read()


class _JsonReader:
    def __init__(self, builder: TreeBuilder) -> None:
        self.builder = builder
        self.text = builder.source.text
        self.starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        self.open: list[str] = []
        self.wants = _VALUE

    def read(self) -> None:
        at = self._skip(0)
        while at < len(self.text):
            token = _TOKEN.match(self.text, at)
            if token is None:
                self._refuse(at)
            elif token["mark"]:
                self._mark(token["mark"], at)
            else:
                self._scalar(token, at)
            at = self._skip(token.end() if token else at)
        if self.wants != _END and self.builder.root is not None:
            last = len(self.text.rstrip())
            self.builder.stop("CE112", f"the file ends where {self._say_wanted()} should be", self._place(last))

    def _mark(self, mark: str, at: int) -> None:
        if mark in "[{" and self.wants in (_VALUE, _FIRST_ITEM):
            self.builder.open(group=mark == "{", place=self._place(at))
            self.open.append("}" if mark == "{" else "]")
            self.wants = _FIRST_KEY if mark == "{" else _FIRST_ITEM
        elif mark in "]}" and self.open and mark == self.open[-1] and self.wants in (_MORE, _FIRST_ITEM, _FIRST_KEY):
            self.open.pop()
            self.builder.close()
            self._after_value()
        elif mark == "," and self.wants == _MORE:
            self.wants = _KEY if self.open[-1] == "}" else _VALUE
        elif mark == ":" and self.wants == _COLON:
            self.wants = _VALUE
        else:
            self._refuse(at)

    def _scalar(self, token: re.Match[str], at: int) -> None:
        if self.wants in (_KEY, _FIRST_KEY) and token["text"]:
            self.builder.scalar(self._text(token["text"], at), self._place(at))
            self.wants = _COLON
        elif self.wants in (_VALUE, _FIRST_ITEM):
            self.builder.scalar(self._value(token, at), self._place(at))
            self._after_value()
        else:
            self._refuse(at)

    def _value(self, token: re.Match[str], at: int) -> Any:
        if token["text"]:
            return self._text(token["text"], at)
        if token["word"]:
            return _WORDS[token["word"]]
        try:
            return real(token[0]) if token["part"] else whole(token[0])
        except ScalarProblem as problem:
            self.builder.report(problem.code, str(problem), self._place(at), problem.suggestion)
            return None

    def _text(self, quoted: str, at: int) -> str:
        if "\\" not in quoted:
            return quoted[1:-1]
        text: str = json.loads(quoted)
        if found := HIDDEN.search(text):
            message = f"an escape stands for U+{ord(found[0]):04X}, which cannot be seen"
            key = text if self.wants in (_KEY, _FIRST_KEY) else None
            self.builder.report("CE108", message, self._place(at), "delete it", key=key)
            return HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
        return text

    def _after_value(self) -> None:
        self.wants = _MORE if self.open else _END

    def _say_wanted(self) -> str:
        return f"`,` or `{self.open[-1]}`" if self.wants == _MORE else self.wants

    def _refuse(self, at: int) -> None:
        found = _REST.match(self.text, at)
        rest = found[0] if found else ""
        self.builder.stop(
            "CE112", f"{shown(rest)} stands where {self._say_wanted()} should be", self._place(at), _hint(rest)
        )

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def _place(self, at: int) -> Place:
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1


def _hint(rest: str) -> str:
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments"
    if rest.startswith("'"):
        return "use double quotes"
    if rest in ("}", "]"):
        return "delete the comma before it, or write what is missing"
    return ""
