"""Good policies of each kind, and a folder to spoil them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from careengine.policy import loader

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.errors import Problem
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)

RECOVERY = """\
# A policy that is as it should be.
id: late-delivery
kind: recovery
title: Put a late delivery right
owner: care-operations
status: shadow
priority: 60
effective: {from: 2026-01-01, until: 2027-01-01}
rationale: Own it, fix it fast, then one personal extra.
events: [interaction.received, case.updated]
when:
  all:
    - {field: failure.type, is: late_delivery}
    - {field: failure.days_late, at_least: 3}
    - {count: interactions, direction: inbound, same: issue, within: 7d, at_least: 2}
unless:
  any:
    - {count: offers, family: goodwill, within: 60d, at_least: 1}
once_per: {same: case, within: 7d}
steps: [apologise, fix, offer]
offer:
  family: goodwill
  amount: {by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}
  expires: 30d
lead: recovery-desk
"""
ESCALATION = """\
id: asked-for-a-person
kind: escalation
title: Bring in a person
owner: care-operations
status: shadow
rationale: Whoever asks for a person gets one.
events: [bot.turn]
when: {field: bot.human_requested, is: true}
escalate: {to: team-lead, level: 2, priority: high, respond_within: 4h, next_update: PT8H, hand_over: warm}
"""
PROTECTION = """\
id: abuse
kind: protection
title: Look after the employee
owner: people
status: shadow
rationale: Nobody has to take abuse alone.
events: [incident.reported]
when: {field: incident.category, in: [insult, threat]}
support: [may_end_contact, debrief]
alert: {to: duty-manager, within: 5m}
flag: {review_by: team-lead, within: 1d}
restrict: {step: written_warning, decided_by: director, expires: 90d, review_every: 30d}
exclusions: [distress, complaint, disability]
appeal: {within: 30d, decided_by: ops-manager, address: appeals@example.com, answer_within: 14d}
notice: |
  We are writing about {{ notice.behaviour }}. We rely on {{ notice.evidence }}. What follows is
  {{ notice.restriction }} from {{ notice.start }} until {{ notice.expiry }}; {{ notice.appeal }}.
  Whatever happened, this is kept: {{ notice.kept }}.
"""
LADDER = """\
id: conduct
kind: protection
title: Answer abuse step by step
owner: people
status: shadow
rationale: Misbehaviour has consequences, and due process.
events: [incident.reported, incident.confirmed]
when: {field: incident.severity, at_least: 2}
flag: {review_by: people-desk}
ladder:
  - {incidents: 1, within: 90d, support: [debrief]}
  - {incidents: 2, within: 90d, step: restricted_channel, decided_by: team-lead, expires: 180d}
  - {incidents: 3, within: 180d, step: suspension, decided_by: director, expires: 90d, review_every: 30d}
  - {credible_threat: true, step: suspension, decided_by: director, expires: 30d}
exclusions: [distress, complaint, disability]
appeal: {within: 30d, decided_by: ops-manager, address: appeals@example.com}
notice: >-
  {{ notice.behaviour }} {{ notice.evidence }} {{ notice.restriction }} {{ notice.start }} {{ notice.expiry }}
  {{notice.appeal}} {{- notice.kept | strip -}}
"""
TABLE = """\
id: answer-in-time
kind: escalation
title: Answer in time
owner: care
status: shadow
rationale: The more it presses, the sooner we answer.
events: [case.opened]
when: {field: failure.fault, is: company}
table:
  hit_policy: first
  inputs: [customer.tier, failure.severity, {field: failure.fixed_at, operator: present}, {count: cases, within: 7d}]
  outputs: [escalate.level, escalate.respond_within]
  rows:
    - [[gold, silver], ">= 3", false, "[2..5)", 3, 1h]
    - ["not (gold)", 2, -, "> 5", 2, 4h]
    - [gold, 1..2, -, -, 2, -]
    - [-, -, -, -, 1, 1d]
escalate: {to: tier-two, level: 1, respond_within: 8h}
"""
CALENDAR = """\
id: uk-desk
kind: calendar
title: When the desk is staffed
owner: care
status: shadow
rationale: Whoever waits for us waits by our hours.
zone: Europe/London
week:
  mon: [09:00-12:00, 13:00-17:30]
  fri: [21:00-02:00]
  sun: [22:00-06:00]
holidays: {country: GB, subdivision: ENG}
closed: [2026-12-28, 2026-12-29]
days:
  - {date: 2026-12-24, hours: [09:00-12:00, 13:00-14:00]}
"""
CONTACT_CAP = """\
id: seldom
kind: contact_cap
title: Ask seldom and by day
owner: care
status: shadow
rationale: A survey at night helps nobody.
purposes: [survey, marketing]
consent: {then: skip}
suppress: {while: {count: open_failures, within: 90d, at_least: 1}, then: defer, again: 1d}
quiet_hours: {hours: "20:00-09:00", then: defer, zones: [Europe/London]}
frequency: {at_most: 2, within: 7d, then: defer}
give_up: {after: 5, to: care}
"""
ENTITLEMENT = """\
id: missed-visit
kind: entitlement
title: Pay for a missed visit
owner: care-operations
status: shadow
rationale: Somebody stayed at home for nothing.
events: [failure.recorded]
when: {field: failure.type, is: missed_appointment}
steps: [apologise, offer]
offer: {amount: 30.00 GBP}
"""
ARBITRATION = """\
id: one-of-all
kind: arbitration
title: One offer of all
owner: care-operations
status: shadow
rationale: One that fits looks like care.
arbitration:
  goodwill: max
  gesture: best
  exclusive: [[goodwill, gesture]]
  pick: 1
  order: [priority, severity_fit, cost, id]
  no_selling: 90d
"""
LIMIT = """\
id: goodwill-twice
kind: limit
title: Two goodwill offers
owner: care-operations
status: shadow
rationale: A third one in a quarter needs a reason.
limit: {family: goodwill, per: household, count: 2, amount: 100.00 GBP, within: 90d, hold: 7d}
over: {ask: team-lead, within: 4h}
tell: {at: 80, to: care-operations}
"""
BUDGET = """\
id: goodwill-weekly
kind: budget
title: Goodwill of a week
owner: care-operations
status: shadow
rationale: Somebody answers for this money.
budget: {per: all, amount: 5000.00 GBP, period: week, zone: Europe/London}
over: {ask: ops-manager}
"""
ANTI_DEFLECTION = """\
id: human
kind: anti_deflection
title: A human for whoever asks
owner: care
status: shadow
rationale: Nobody is left with a machine.
human: {when_asked: true, after_bot_turns: 2, to: live-agent, bots: [virtual-agent]}
reach: {within_turns: 2}
"""
AUTHORITY = """\
id: first-line
kind: authority
title: What an agent may give
owner: care-operations
status: shadow
rationale: Whoever speaks with the customer puts things right.
authority:
  role: agent
  may: [{amount: 50.00 GBP, per: case}, {amount: 300.00 GBP, per: day, zone: Europe/London}]
  above: [{ask: team-lead, within: 1h}, {ask: ops-manager, within: 4h}]
"""
STANDARD = """\
id: answered
kind: standard
title: Somebody answers
owner: care
status: shadow
rationale: Nobody waits for ever.
events: [case.opened]
when: {field: case.priority, is: high}
clock:
  subject: case
  within: 4h
  stop: {events: [interaction.received], when: {field: actor.type, is: agent}}
  pause: {when: {field: case.status, is: waiting_customer}}
milestones:
  - {at: 50%, tell: case-owner}
  - {before: 30m, tell: case-owner}
  - {at: breach, escalate_to: team-lead, level: 2}
blocks_closing: true
"""
RECOGNITION = """\
id: praise
kind: recognition
title: Praise what customers praise
owner: people-team
status: shadow
rationale: What is celebrated is done again.
events: [survey.answered]
when: {all: [{field: survey.csat, is: 5}, {field: case.within_target, is: true}]}
nominate: {confirmed_by: team-lead, at_most: 4, within: 30d}
"""
REVIEW = """\
id: rules-that-hurt
kind: review
title: Find rules that hurt
owner: policy-office
status: shadow
rationale: The rule changes then, not the people.
watch: {within: 90d, overridden_percent: 25, n_at_least: 50}
"""
BASES = {
    "arbitration": ARBITRATION,
    "entitlement": ENTITLEMENT,
    "authority": AUTHORITY,
    "limit": LIMIT,
    "budget": BUDGET,
    "recovery": RECOVERY,
    "escalation": ESCALATION,
    "protection": PROTECTION,
    "ladder": LADDER,
    "table": TABLE,
    "standard": STANDARD,
    "calendar": CALENDAR,
    "review": REVIEW,
    "contact_cap": CONTACT_CAP,
    "anti_deflection": ANTI_DEFLECTION,
    "recognition": RECOGNITION,
}
IDS = {
    "arbitration": "one-of-all",
    "entitlement": "missed-visit",
    "authority": "first-line",
    "limit": "goodwill-twice",
    "budget": "goodwill-weekly",
    "recovery": "late-delivery",
    "escalation": "asked-for-a-person",
    "protection": "abuse",
    "ladder": "conduct",
    "table": "answer-in-time",
    "standard": "answered",
    "calendar": "uk-desk",
    "review": "rules-that-hurt",
    "contact_cap": "seldom",
    "anti_deflection": "human",
    "recognition": "praise",
}


@dataclass
class Bench:
    """A folder of rule files."""

    folder: Path
    catalogue: Catalogue

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def policy(self, old: str = "", new: str = "", kind: str = "recovery") -> Path:
        """A good policy with one change."""
        base = BASES[kind]
        assert old in base, old
        return self.write(f"{IDS[kind]}.yaml", base.replace(old, new, 1) if old else base)

    def check(self, *paths: Path) -> list[Problem]:
        return loader.check(list(paths) or [self.folder], self.catalogue, as_of=AS_OF)

    def load(self, *paths: Path) -> Policy:
        (policy,) = loader.load(list(paths) or [self.folder], self.catalogue).policies
        return policy
