"""One case of a test file: its facts, built as the pipeline builds them, and what is wrong with how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.backtest.case_state import CaseState
from careengine.model.facts import Facts
from careengine.model.history import Entry
from careengine.model.interaction import Interaction, without_nulls
from careengine.model.pointer import split
from careengine.model.value import Money, parse_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from careengine.model.catalogue import Catalogue

WHEN = "2026-03-02T09:30:00Z"  # the schema's default for `at`
EVENT = "interaction.received"
ID, SOURCE = "event", "test"
# What a case may not give, because the test decides it, and where it is written instead.
OWN = {"id": "", "source": "", "type": "event", "occurred_at": "at"}
_SHARED = {"issue": "issue.id", "case": "case.id", "employee": "employee.id", "channel": "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with a case: the JSON pointer in the test file, what it is, and what to write instead."""

    pointer: str
    message: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case together with what its file gives to all of them. `index` counts from 0."""

    file: Mapping[str, Any]
    index: int

    @property
    def own(self) -> Mapping[str, Any]:
        """The case as it is written."""
        return self.file["cases"][self.index]  # type: ignore[no-any-return]

    @property
    def pointer(self) -> str:
        """Where the case stands in its file."""
        return f"/cases/{self.index}"

    def document(self) -> dict[str, Any]:
        """The interaction of the case, as a CRM would send it."""
        return interaction(
            _merged(self.file.get("given", {}), self.own.get("given", {})),
            self.own.get("event", self.file.get("event", EVENT)),
            self.own.get("at", self.file.get("at", WHEN)),
        )

    def place(self, pointer: str) -> str:
        """Where a value of the interaction is written: in the case, or in what the file gives to all."""
        path = split(pointer)
        if path and OWN.get(path[0]):
            return self._shared(OWN[path[0]])
        base = f"{self.pointer}/given" if _reaches(self.own.get("given"), path) else "/given"
        return base + pointer

    def _shared(self, key: str) -> str:
        return f"{self.pointer}/{key}" if key in self.own else f"/{key}" if key in self.file else self.pointer


def interaction(given: Mapping[str, Any], event: str = EVENT, at: str = WHEN) -> dict[str, Any]:
    """An interaction of which a test gives everything but its name, event and time."""
    return {**without_nulls(given), "id": ID, "source": SOURCE, "type": event, "occurred_at": at}


def facts_of(case: Case, catalogue: Catalogue) -> tuple[Facts, list[Fault]]:
    """The facts of a case whose interaction is valid, and what is wrong with its history.

    Raises PayloadError for what a schema cannot refuse, such as an impossible date.
    """
    event = Interaction.read(case.document(), catalogue)
    entries, faults = history_of(case, event)
    return Facts.of(event.fields, event.occurred_at, entries, state=CaseState(entries, case.own)), faults


def history_of(case: Case, event: Interaction) -> tuple[list[Entry], list[Fault]]:
    """What the customer lived through before the event of the case."""
    entries: list[Entry] = []
    faults: list[Fault] = []
    for number, written in enumerate(case.own.get("history", ())):
        pointer = f"{case.pointer}/history/{number}"
        found = list(_faults(written, event, pointer))
        faults += found
        if not found:
            entries.append(_entry(written, event, number))
    return entries, faults


def own_faults(given: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """What may not be given, because the test itself decides it."""
    for key in given:
        if key in OWN:
            instead = f"write `{OWN[key]}:` beside `given:`" if OWN[key] else "leave it out"
            yield Fault(pointer=f"{pointer}/{key}", message=f"`{key}` is decided by the test", suggestion=instead)


def _faults(written: Mapping[str, Any], event: Interaction, pointer: str) -> Iterator[Fault]:
    if ("ago" in written) == ("at" in written):
        yield Fault(
            pointer=pointer, message="an entry says when with one of `ago` and `at`", suggestion="write `ago: 2d`"
        )
        return
    try:
        at = _when(written, event.occurred_at)
    except ValueError as error:
        yield Fault(pointer=f"{pointer}/{'ago' if 'ago' in written else 'at'}", message=str(error))
        return
    if at > event.occurred_at:
        message = f"`{written['at']}` is later than the event of the case"
        yield Fault(pointer=f"{pointer}/at", message=message, suggestion="history lies before the event")
    for number, name in enumerate(written.get("same", ())):
        if name in written:
            message = f"the {name} is said twice, here and in `same`"
            yield Fault(pointer=f"{pointer}/{name}", message=message, suggestion="keep one of them")
        elif event.fields.get(_SHARED[name]) is None:
            message = f"the event of the case has no `{_SHARED[name]}` to share"
            yield Fault(pointer=f"{pointer}/same/{number}", message=message, suggestion="give it one")


def _entry(written: Mapping[str, Any], event: Interaction, number: int) -> Entry:
    shared = {name: event.fields[_SHARED[name]] for name in written.get("same", ())}
    plain = {key: value for key, value in written.items() if key not in ("ago", "at", "same", "amount")}
    return Entry(
        **{"ref": f"{written['kind']}-{number}", **plain, **shared},
        at=_when(written, event.occurred_at),
        amount=Money.parse(written["amount"]) if "amount" in written else None,
    )


def _when(written: Mapping[str, Any], event: datetime) -> datetime:
    if "at" in written:
        return parse_instant(written["at"])
    ago = parse_duration(written["ago"])
    try:
        return event - ago
    except OverflowError as error:
        raise ValueError(f"`{written['ago']}` is too long ago") from error


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """What the file gives, with what the case gives laid over it; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _reaches(value: Any, path: list[str]) -> bool:
    """Whether a path leads to something in a value, lists included."""
    for part in path:
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return False
    return value is not None
