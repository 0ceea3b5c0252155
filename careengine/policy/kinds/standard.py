"""Reads a standard: its clock, its milestones, and whether it keeps a case from being closed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.condition import HistoryTest
from careengine.model.pointer import join
from careengine.model.standard import Milestone, Standard
from careengine.policy.conditions import ConditionReader
from careengine.policy.field_names import find_field
from careengine.policy.operand import TYPES
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.policy.findings import Findings

_PERCENT = re.compile(r"([1-9][0-9]?)%")
_MOMENTS = ("at", "before", "after")
_WHOLE = "write one of `at: 50%`, `before: 30m`, `at: breach` and `after: 2h`"


def read_standard(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> Standard | None:
    """What a standard does; None when anything is wrong with it."""
    return _Reader(findings, catalogue, raw).read()


@dataclass(frozen=True, slots=True)
class _Reader:
    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]

    def read(self) -> Standard | None:
        clock = self.raw.get("clock")
        clock = clock if isinstance(clock, dict) else {}
        within, until = read_length(self.findings, "/clock", clock, "within"), self._until(clock)
        self._check_end(clock)
        stop, pause = (part if isinstance(part, dict) else {} for part in (clock.get("stop"), clock.get("pause")))
        stop_when, pause_when = self._condition(stop, "/clock/stop"), self._condition(pause, "/clock/pause")
        milestones = self._milestones(within, clock)
        if self.findings.fatal:
            return None
        return Standard(
            subject=clock["subject"],
            within=within,
            until=until,
            calendar=clock.get("calendar"),
            stop_events=frozenset(stop["events"]),
            stop_when=stop_when,
            pause_when=pause_when,
            milestones=milestones,
            blocks_closing=bool(self.raw.get("blocks_closing", False)),
        )

    def _until(self, clock: Mapping[str, Any]) -> str | None:
        field = (
            find_field(self.findings, self.catalogue, clock.get("until"), "/clock/until") if "until" in clock else None
        )
        if field is not None and field.type != "instant":
            message = f"`{field.path}` is {TYPES[field.type]}, and a clock runs until an instant"
            self.findings.add("CE338", "/clock/until", message, "name a field such as `promise.due_at`")
        return field.path if field else None

    def _check_end(self, clock: Mapping[str, Any]) -> None:
        if not clock or not self.findings.clean("/clock"):
            return
        if ("within" in clock) == ("until" in clock):
            both = "has two ends, `within` and `until`" if "until" in clock else "never ends"
            hint = "keep one of them" if "until" in clock else "say `within: 4h`, or `until: promise.due_at`"
            self.findings.add("CE338", "/clock", f"the clock {both}", hint, at_key=True)
        elif "until" in clock and "pause" in clock:
            message = "a clock that runs until a set instant cannot stand still"
            self.findings.add("CE338", "/clock/pause", message, "delete `pause`, or say `within`", at_key=True)

    def _condition(self, block: Mapping[str, Any], pointer: str) -> Condition | None:
        if "when" not in block:
            return None
        place = join(pointer, "when")
        found = ConditionReader(self.findings, self.catalogue, "standard").read(block["when"], place)
        if found is not None:
            self._refuse_history(found)
        return found

    def _refuse_history(self, condition: Condition) -> None:
        if isinstance(condition, HistoryTest):
            message = "what ends or stops a clock is told by the event itself, not by counts"
            self.findings.add("CE338", condition.pointer, message, "test a field")
        for item in getattr(condition, "items", ()) or filter(None, [getattr(condition, "item", None)]):
            self._refuse_history(item)

    def _milestones(self, within: timedelta | None, clock: Mapping[str, Any]) -> tuple[Milestone, ...]:
        raw = self.raw.get("milestones", ())
        blocks = enumerate(raw if isinstance(raw, list) else ())
        found = [self._milestone(block, f"/milestones/{number}", within, clock) for number, block in blocks]
        good = [one for one in found if one is not None]
        names = [one.name for one in good]
        for number, one in enumerate(good):
            if one.name in names[:number] and self.findings.clean(f"/milestones/{number}"):
                message = f"a milestone `{one.name}` stands above already"
                self.findings.add("CE338", f"/milestones/{number}", message, "make one of the two")
        return tuple(good)

    def _milestone(
        self, block: Any, pointer: str, within: timedelta | None, clock: Mapping[str, Any]
    ) -> Milestone | None:
        if not isinstance(block, dict) or not self.findings.clean(pointer):
            return None
        moments = [key for key in _MOMENTS if key in block]
        if len(moments) != 1:
            what = f"comes at {len(moments)} moments" if moments else "does not say when it comes"
            self.findings.add("CE338", pointer, f"the milestone {what}", _WHOLE)
            return None
        if "tell" not in block and "escalate_to" not in block:
            message = "nobody is told at this milestone"
            self.findings.add("CE338", pointer, message, "add `tell: team-lead`, or `escalate_to: team-lead`")
            return None
        if "level" in block and "escalate_to" not in block:
            message = "`level` says how high it is escalated, and it is not"
            self.findings.add("CE338", f"{pointer}/level", message, "add `escalate_to`, or delete it", at_key=True)
            return None
        return self._timed(block, moments[0], pointer, within, clock)

    def _timed(
        self, block: Mapping[str, Any], moment: str, pointer: str, within: timedelta | None, clock: Mapping[str, Any]
    ) -> Milestone | None:
        does: dict[str, Any] = {"tell": block.get("tell"), "escalate_to": block.get("escalate_to")}
        does["level"] = int(block.get("level", 1))
        if moment == "at":
            percent = _PERCENT.fullmatch(block["at"])
            share = int(percent[1]) if percent else None
            return Milestone(name=block["at"], percent=share, shift=timedelta(), **does)
        by_calendar = {key: value for key, value in clock.items() if key == "calendar"}
        length = read_length(self.findings, pointer, {**block, **by_calendar}, moment)
        if length is None:
            return None
        if moment == "before" and within is not None and length >= within:
            message = f"`{block[moment]}` before the end is before the beginning"
            self.findings.add("CE338", f"{pointer}/before", message, "say less, or `at: 50%`")
            return None
        return Milestone(name=f"{moment} {block[moment]}", shift=-length if moment == "before" else length, **does)
