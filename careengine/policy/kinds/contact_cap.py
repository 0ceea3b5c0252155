"""Reads the blocks of a contact cap: whom it is about, what must be so, and what becomes of a contact else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.clock import read_shift
from careengine.model.contact_cap import (
    DEFER,
    SKIP,
    Consent,
    ContactCap,
    Frequency,
    GiveUp,
    QuietHours,
    Restricted,
    Suppress,
)
from careengine.model.pointer import join
from careengine.model.zone import zone_named
from careengine.policy.conditions import ConditionReader
from careengine.policy.suggest import one_of, shown
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from careengine.clock import Shift
    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

_PARTS = ("consent", "suppress", "restricted", "quiet_hours", "frequency")
_LOOKED_AT_AGAIN = ("consent", "suppress", "restricted")  # nothing says when these end, so the file does


def read(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> ContactCap | None:
    """The cap; what is wrong is reported, and what is read then is of no use."""
    return _Reader(findings, catalogue, raw).cap()


@dataclass(frozen=True, slots=True)
class _Reader:
    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]

    def cap(self) -> ContactCap | None:
        """All parts, each checked, and then whether they go together."""
        if not any(part in self.raw or f"/{part}" in self.findings.meant for part in _PARTS):
            self.findings.add("CE370", "/kind", "a contact cap without a part caps nothing", f"add {one_of(_PARTS)}")
        self._check_put_off()
        consent, suppress = self._consent(), self._suppress()
        restricted, quiet_hours, frequency = self._restricted(), self._quiet_hours(), self._frequency()
        if not all(self.findings.clean(f"/{key}") for key in (*_PARTS, "purposes", "give_up")):
            return None
        give_up = self._block("give_up")
        return ContactCap(
            purposes=tuple(self.raw.get("purposes", ())),
            consent=consent,
            quiet_hours=quiet_hours,
            frequency=frequency,
            suppress=suppress,
            restricted=restricted,
            give_up=GiveUp(after=int(give_up["after"]), to=give_up["to"]) if give_up else None,
        )

    def _check_put_off(self) -> None:
        """What is put off needs a time at which it comes back, and an end to it."""
        deferring = [part for part in _PARTS if self._block(part).get("then") == DEFER]
        for part in _LOOKED_AT_AGAIN:
            block = self._block(part)
            if part in deferring and "again" not in block:
                message = f"a contact that is put off for {part} has no time at which it comes back"
                self.findings.add("CE371", f"/{part}/then", message, "add `again: 1d`, or write `then: skip`")
            elif block.get("then") == SKIP and "again" in block:
                message = "what is skipped is not looked at again"
                self.findings.add("CE371", f"/{part}/again", message, "delete it, or write `then: defer`", at_key=True)
        if deferring and "give_up" not in self.raw and "/give_up" not in self.findings.meant:
            message = "nothing says how often a contact may be put off"
            hint = "add `give_up: {after: 5, to: …}` with the role that looks at it then"
            self.findings.add("CE372", f"/{deferring[0]}/then", message, hint)

    def _consent(self) -> Consent | None:
        block, again = self._block("consent"), self._again("consent")
        if not block or not self.findings.clean("/consent"):
            return None
        return Consent(then=block["then"], again=again, called=dict(block.get("called", {})))

    def _suppress(self) -> Suppress | None:
        block, again = self._block("suppress"), self._again("suppress")
        reader = ConditionReader(self.findings, self.catalogue, "contact_cap")
        condition = reader.read(block.get("while"), "/suppress/while")
        if condition is None or not self.findings.clean("/suppress"):
            return None
        return Suppress(condition=condition, then=block["then"], again=again)

    def _restricted(self) -> Restricted | None:
        block, again = self._block("restricted"), self._again("restricted")
        if not block or not self.findings.clean("/restricted"):
            return None
        return Restricted(then=block["then"], again=again)

    def _quiet_hours(self) -> QuietHours | None:
        block = self._block("quiet_hours")
        hours, zones = self._hours(block.get("hours")), tuple(self._zones(block.get("zones")))
        if hours is None or not self.findings.clean("/quiet_hours"):
            return None
        return QuietHours(hours=(hours.start, hours.end), then=block["then"], zones=zones)

    def _hours(self, written: Any) -> Shift | None:
        if not isinstance(written, str) or not self.findings.clean("/quiet_hours/hours"):
            return None
        try:
            hours = read_shift(written)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            self.findings.add("CE373", "/quiet_hours/hours", message.replace("no shift", "no stretch of a day"), hint)
            return None
        if hours.end - hours.start >= _DAY:
            hint = "leave some of the day, or set `status: draft`"
            self.findings.add("CE373", "/quiet_hours/hours", "no contact could ever be made", hint)
        return hours

    def _zones(self, names: Any) -> Iterator[ZoneInfo]:
        for number, name in enumerate(names if isinstance(names, list) else ()):
            zone = zone_named(name) if isinstance(name, str) else None
            if zone is not None:
                yield zone
            elif isinstance(name, str):
                pointer = join("/quiet_hours/zones", number)
                message = f"{shown(name)} is no time zone"
                self.findings.add("CE374", pointer, message, "write a name of the IANA list such as `Europe/London`")

    def _frequency(self) -> Frequency | None:
        block = self._block("frequency")
        within = read_duration(self.findings, "/frequency/within", block.get("within"))
        if within is None or not (self.findings.clean("/frequency") and self.findings.clean("/purposes")):
            return None
        of = tuple(block.get("of", self.raw.get("purposes", ())))
        return Frequency(at_most=int(block["at_most"]), within=within, of=of, then=block["then"])

    def _again(self, part: str) -> timedelta | None:
        return read_duration(self.findings, f"/{part}/again", self._block(part).get("again"))

    def _block(self, name: str) -> Mapping[str, Any]:
        block = self.raw.get(name)
        return block if isinstance(block, dict) else {}


_DAY = 24 * 60  # minutes
