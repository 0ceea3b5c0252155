"""Reads the `ladder:` of a protection: steps that rise, each reached by confirmed incidents or a credible threat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, FieldTest, HistoryTest
from careengine.model.history import HistoryQuery
from careengine.model.pointer import join
from careengine.model.protection import STEPS, Restriction, Rung
from careengine.policy.kinds.restriction import read_restriction
from careengine.policy.suggest import one_of
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.policy.findings import Findings

CONFIRMED = "incident.confirmed"
_ASKED = ("step", "decided_by", "expires")
_MORE = ("review_every", "starts_after")
_THREATS = ("threat", "violence")


@dataclass(frozen=True, slots=True)
class LadderReader:
    """Reads the ladder of one policy. What is wrong is reported; the result then is of no use."""

    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]

    def rungs(self) -> tuple[Rung, ...]:
        """The steps in their order, the mildest first."""
        steps = self.raw.get("ladder")
        if not isinstance(steps, list):
            return ()
        read = [self._rung(step, join("/ladder", at)) for at, step in enumerate(steps)]
        rungs = [rung for rung in read if rung]
        for at, rung in enumerate(rungs):
            self._check_rises(rungs[:at], rung)
        if any(rung.incidents for rung in rungs) and CONFIRMED not in self.raw.get("events", (CONFIRMED,)):
            message = f"the ladder counts confirmed incidents, but the policy does not look at `{CONFIRMED}`"
            self.findings.add("CE368", "/events", message, f"add `{CONFIRMED}` to `events`")
        return tuple(rungs)

    def _rung(self, step: Any, pointer: str) -> Rung | None:
        if not isinstance(step, dict) or not self.findings.clean(pointer) or not self._has_form(step, pointer):
            return None
        within = read_duration(self.findings, f"{pointer}/within", step.get("within"))
        restrict = read_restriction(self.findings, step, pointer) if "step" in step else None
        if not self.findings.clean(pointer):
            return None
        count, severity = int(step.get("incidents", 0)), step.get("severity_at_least")
        severity = None if severity is None else int(severity)
        return Rung(
            pointer=pointer,
            when=self._when(count, within, severity, pointer) if within else self._threat(pointer),
            incidents=count,
            within=within,
            severity_at_least=severity,
            support=tuple(step.get("support", ())),
            restrict=restrict,
        )

    def _has_form(self, step: Mapping[str, Any], pointer: str) -> bool:
        """Whether it says how it is reached, and wholly what is then proposed."""
        counts = [key for key in ("incidents", "within") if key in step]
        threat = "credible_threat" in step
        wrong = ""
        if (len(counts) == 1) or bool(counts) == threat:
            wrong = "a step is reached by `incidents` with `within`, or by `credible_threat: true`"
        elif threat and "severity_at_least" in step:
            wrong = "`severity_at_least` goes with `incidents`; a credible threat is one however severe it was"
        elif lacking := [key for key in _ASKED if key not in step]:
            extra = [key for key in (*_ASKED, *_MORE) if key in step]
            if extra:
                wrong = f"a step that proposes something says {one_of(lacking)}, too"
        if wrong:
            hint = (
                "for example `{incidents: 2, within: 90d, step: written_warning, decided_by: team-lead, expires: 90d}`"
            )
            self.findings.add("CE361", pointer, wrong, hint)
        return not wrong

    def _when(self, count: int, within: timedelta, severity: int | None, pointer: str) -> Condition:
        query = HistoryQuery(
            function="count", kind="incidents", status="confirmed", within=within, severity_at_least=severity
        )
        return HistoryTest(pointer=f"{pointer}/incidents", query=query, operator="at_least", operand=count)

    def _threat(self, pointer: str) -> Condition:
        place, fields = f"{pointer}/credible_threat", self.catalogue.fields
        category, credible = fields["incident.category"], fields["incident.credible"]
        return AllOf(
            pointer=place,
            items=(
                FieldTest(pointer=place, field=category, operator="in", operand=_THREATS),
                FieldTest(pointer=place, field=credible, operator="is", operand=True),
            ),
        )

    def _check_rises(self, below: Sequence[Rung], rung: Rung) -> None:
        """A later step takes more than every earlier one, and is no milder."""
        for other in below:
            wrong = _contradiction(other, rung)
            if wrong:
                place = "credible_threat" if not rung.incidents else "incidents"
                hint = "let a ladder rise: a later step takes more incidents, and the steps go from mild to severe"
                self.findings.add("CE360", f"{rung.pointer}/{place}", wrong, hint)
                return


def _contradiction(below: Rung, rung: Rung) -> str:
    number = int(below.pointer.rpartition("/")[2]) + 1
    if not below.incidents:
        return f"step {number} is the one for a credible threat, and stands last"
    if rung.incidents and rung.incidents == below.incidents:
        return f"step {number} takes as many incidents, {below.incidents}, so which of the two is it?"
    if rung.incidents and rung.incidents < below.incidents:
        never = f", and step {number} is never reached" if rung.within >= below.within else ""  # type: ignore[operator]
        return f"a later step takes fewer incidents ({rung.incidents}) than step {number} ({below.incidents}){never}"
    if below.restrict and not rung.restrict:
        return f"nothing is proposed here, where step {number} proposes `{below.restrict.step}`, so it is milder"
    if below.restrict and rung.restrict and _severity(rung.restrict) < _severity(below.restrict):
        return f"`{rung.restrict.step}` is milder than `{below.restrict.step}` of step {number}"
    return ""


def _severity(restriction: Restriction) -> int:
    return STEPS.index(restriction.step)
