"""Reads a message or notice: its languages, and every variable, filter and tag of its templates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.errors import Problem
from careengine.messages import FILTERS, TAGS, TemplateFaultError, compiled
from careengine.messages.shown import locale_of
from careengine.messages.template import filters_in, loops_in
from careengine.model.catalogue import Catalogue
from careengine.model.message import Message
from careengine.model.pointer import join
from careengine.policy.field_names import meant
from careengine.policy.operand import TYPES
from careengine.policy.suggest import did_you_mean, one_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.messages.filters import Filter
    from careengine.model.catalogue import Field
    from careengine.policy.findings import Findings

_LIST_ENDS = ("size", "first", "last")
_WORD = re.compile(r"[\w.-]+|\S")
_DURATION = {"duration": "a duration"}


def read_message(
    findings: Findings, catalogue: Catalogue, pointer: str, raw: Any, params: Mapping[str, Field]
) -> Message | None:
    """The message at a pointer; `params` are what it may name beside fields. What is wrong is reported, then None."""
    if not findings.clean(pointer) or not isinstance(raw, (str, dict)):
        return None
    texts = {"": raw} if isinstance(raw, str) else raw
    known = Catalogue({**catalogue.fields, **params})
    for language, text in texts.items():
        place = join(pointer, language) if language else pointer
        if language and locale_of(language) is None:
            hint = "write `en`, `de` or `de-AT`"
            findings.add("CE386", place, f"{shown(language)} is no language", hint, at_key=True)
        _Template(findings, known, place, text).check()
    return Message(texts=dict(texts)) if findings.clean(pointer) else None


@dataclass(frozen=True, slots=True)
class _Template:
    """One template and where it stands."""

    findings: Findings
    known: Catalogue
    pointer: str
    text: str

    def check(self) -> None:
        try:
            template = compiled(self.text)
        except TemplateFaultError as fault:
            hint = did_you_mean(fault.word, TAGS) if fault.word else ""
            self._add("CE383" if fault.word else "CE380", fault.at, str(fault), hint)
            return
        for variables in template.analyze().globals.values():
            for variable in variables:
                self._check_variable(variable.segments, variable.span.index)
        for loop in () if self.findings.kept else loops_in(template):
            self._check_loop(loop)
        for expression in filters_in(template):
            self._check_filters(expression)

    def _check_loop(self, loop: Any) -> None:
        """A loop ends, and what it calls its items hides no field."""
        name, at = str(loop.identifier), loop.token.start_index
        if not hasattr(loop.iterable, "path"):
            self._add("CE380", at, "`for` goes through a list, and this is none", "name one, such as `case.tags`")
        if any(path.partition(".")[0] == name for path in self.known.fields):
            message = f"`{name}` would hide the fields `{name}.…` inside of this `for`"
            self._add("CE380", at, message, "call the items otherwise")

    def _check_variable(self, segments: Any, at: int) -> None:
        if any(isinstance(part, list) for part in segments):
            self._add("CE380", at, "a name in brackets cannot be checked", "write the whole name, such as `case.id`")
            return
        field = self._field([str(part) for part in segments])
        path = ".".join(map(str, segments))
        if field is None:
            self._add("CE381", at, f"unknown variable {shown(path)}", meant(self.known, path))
        elif field.words:
            message = f"`{path}` holds words that somebody wrote, which are not kept, so no message repeats them"
            self._add("CE384", at, message, "name the thing by its id, such as `case.id`")

    def _field(self, path: list[str]) -> Field | None:
        whole = self.known.get(".".join(path))
        asks = path[-1] in _LIST_ENDS or path[-1].lstrip("-").isdigit()
        listed = self.known.get(".".join(path[:-1])) if whole is None and asks else None
        return listed if listed is not None and listed.type == "tags" else whole

    def _check_filters(self, expression: Any) -> None:
        path = getattr(expression.left, "path", None)
        field = self._field([str(part) for part in path]) if path else None
        for number, used in enumerate(expression.filters):
            at = used.token.start_index
            known = FILTERS.get(used.name)
            if known is None:
                self._add("CE382", at, f"unknown filter {shown(used.name)}", did_you_mean(used.name, FILTERS))
                continue
            for message, hint in _wrong_use(known, used, field if number == 0 else None):
                self._add("CE385", at, message, hint)

    def _add(self, code: str, at: int, message: str, suggestion: str) -> None:
        line, column = _place(self.findings, self.pointer, self.text, at)
        document = self.findings.document
        problem = Problem(
            code=code,
            message=message,
            path=document.path,
            line=line,
            column=column,
            pointer=self.pointer,
            excerpt=document.excerpt(line),
            suggestion=suggestion,
        )
        self.findings.adopt(problem)


def _wrong_use(known: Filter, used: Any, field: Field | None) -> Iterator[tuple[str, str]]:
    given = [argument.value for argument in used.args]
    texts = [getattr(value, "value", None) for value in given]
    if field is not None and known.fits and field.type not in known.fits:
        what = {**TYPES, **_DURATION}[field.type]
        takes = one_of({**TYPES, **_DURATION}[kind] for kind in known.fits).replace("`", "")
        yield f"`{field.path}` is {what}, but `{used.name}` takes {takes}", ""
    if known.needs_argument and not given:
        yield f"`{used.name}` needs a value", f'write `{used.name}: "…"`'
    elif len(given) > (1 if known.needs_argument or known.choices else 0):
        yield f"`{used.name}` takes {'one value' if known.needs_argument or known.choices else 'no value'}", ""
    elif given and known.choices and texts[0] not in known.choices:
        yield (
            f"`{used.name}` has no form {shown(texts[0] if texts[0] is not None else given[0])}",
            one_of_choices(known),
        )


def one_of_choices(known: Filter) -> str:
    """What to write after a filter that has forms."""
    return f"choose {one_of(known.choices)}"


def _place(findings: Findings, pointer: str, text: str, at: int) -> tuple[int, int]:
    """The line and column of a place in a text, however YAML has folded it: the same word, as often before it."""
    line, column = findings.document.place(pointer)
    word = _WORD.match(text, max(at, 0))
    if not line or word is None:
        return line, column
    left = text[: max(at, 0)].count(word[0])
    for number in range(line, len(findings.document.source.lines) + 1):
        found = findings.document.source.line(number)
        start = column - 1 if number == line else 0
        while (start := found.find(word[0], start)) >= 0:
            if left == 0:
                return number, start + 1
            left, start = left - 1, start + len(word[0])
    return line, column
