"""Every mistake is told once, under its code, at its place; and every code is told by some mistake."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from careengine.errors import PolicyError
from careengine.model.protection import NOTICE_PARTS
from careengine.policy.codes import CODES
from careengine.policy.fields import site_catalogue
from careengine.policy.limits import LIMITS
from tests.policy.bench import CONTACT_CAP, PROTECTION, RECOVERY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.policy.bench import Bench

# What is left of a recovery without an offer, of a protection without measures; a filter that a sum cannot have.
TAIL = RECOVERY[RECOVERY.index("steps:") : RECOVERY.index("lead:")]
MEASURES = PROTECTION[PROTECTION.index("support:") :]
CAP_PARTS = CONTACT_CAP[CONTACT_CAP.index("consent:") :]
CAP_END = CONTACT_CAP[CONTACT_CAP.index("suppress:") :]
CAP_WITHOUT_END = "frequency: {at_most: 2, within: 7d, then: «defer}\n"
SUM_WITH_GAP = "{sum: offers, within: 60d, «distinct_gap: 1h, at_least: 1.00 GBP}"
GAP_AND_WEIGHT = "{count: offers, within: 60d, distinct: case, «half_life: 30d, at_least: 1.5}"

# Code, kind of policy, what stands in a good policy, what is put there. `«` marks where the problem is told.
MISTAKES = [
    # the file cannot be read
    ("CE108", "recovery", "Put a late", "«\x07Put a late"),
    ("CE108", "recovery", "Put a late", "Put «\u2028a late"),
    ("CE108", "recovery", "  family: goodwill", "«\u00a0 family: goodwill"),
    ("CE108", "recovery", "title: Put a late", 'title: «"a\\0b" #'),
    ("CE110", "recovery", "Put a late", "Put«: a late"),
    ("CE110", "recovery", "title: Put a late delivery right", "title: «'Put a late"),
    ("CE110", "recovery", "events: [interaction.received, case.updated]", "events: «[interaction.received"),
    ("CE110", "recovery", "Put a late", "«@Put a late"),
    ("CE110", "recovery", "Put a late", '"«\\q"'),
    ("CE110", "recovery", "  any:", "  any:\n «count:"),
    ("CE108", "recovery", "is: late_delivery", 'is: "late«\u200b_delivery"'),
    ("CE108", "recovery", "is: late_delivery", "is: «\u202elate_delivery"),
    ("CE108", "recovery", "title: Put a late", 'title: «"a\\u2066b" #'),
    ("CE111", "recovery", "  any:", "«\tany:"),
    ("CE111", "recovery", "  family: goodwill", "  family: goodwill\n«\tamount2: 1"),
    ("CE113", "recovery", "priority: 60", "priority: 60\n«owner: people"),
    ("CE114", "recovery", "care-operations", "«&team care-operations"),
    ("CE114", "recovery", "care-operations", "«*team"),
    ("CE114", "recovery", "[apologise, fix, offer]", "«&steps [apologise, fix, offer]"),
    ("CE115", "recovery", "  family: goodwill", "  family: goodwill\n  «<<: {expires: 3d}"),
    ("CE115", "recovery", "{field: failure.days_late, at_least: 3}", "{«<<: {field: failure.days_late}, at_least: 3}"),
    ("CE115", "recovery", "{field: failure.days_late, at_least: 3}", "{field: failure.days_late, «<<: {at_least: 3}}"),
    ("CE116", "recovery", "Put a late", "«!!str Put a late"),
    ("CE116", "recovery", "Put a late", "«!!python/object/apply:os.system Put a late"),
    ("CE116", "recovery", "Put a late delivery", "«!important"),
    ("CE117", "recovery", "lead: recovery-desk", "lead: recovery-desk\n«---\nid: two"),
    ("CE118", "recovery", "  all:", "  all: " + "[" * 38 + "«["),
    ("CE119", "recovery", '"1": 5', "«1: 5"),
    ("CE119", "recovery", "Put a late delivery right", "{«{ name }}: late"),
    ("CE119", "recovery", "priority: 60", "priority: 60\n«~: 3"),
    ("CE120", "recovery", "is: late_delivery", "is: «0010"),
    ("CE121", "recovery", "at_least: 3", "at_least: «.inf"),
    ("CE121", "recovery", "at_least: 3", "at_least: «9223372036854775808"),
    ("CE121", "recovery", "at_least: 3", "at_least: «1e999"),
    ("CE122", "recovery", "# A policy", "«%YAML 1.1\n---\n# A policy"),
    # it is no rule
    ("CE201", "recovery", "lead:", "«leed:"),
    ("CE201", "recovery", "owner:", "«ownr:"),  # and `owner` is not missed as well
    ("CE201", "recovery", "steps:", "«step:"),
    ("CE201", "recovery", "  expires: 30d", "  «expire: 30d"),
    ("CE201", "protection", "flag:", "«flags:"),
    ("CE201", "recovery", "same: issue", "«sam: issue"),
    ("CE201", "recovery", "events:", "«on:"),
    ("CE202", "recovery", "owner: care-operations\n", ""),
    ("CE202", "recovery", "  family: goodwill\n  amount", "  «amount"),
    ("CE202", "recovery", "steps: [apologise, fix, offer]\n", ""),
    ("CE202", "escalation", ", level: 2", ""),
    ("CE203", "recovery", "priority: 60", "priority: «high"),
    ("CE203", "recovery", "owner: care-operations", "«owner:"),
    ("CE203", "recovery", "events: [interaction.received, case.updated]", "events: «case.updated"),
    ("CE203", "recovery", "within: 60d", "within: «60"),
    ("CE203", "recovery", "Put a late delivery right", "«20.00"),
    ("CE203", "recovery", "shadow", "«true"),
    ("CE203", "recovery", '{by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}', "«25"),
    ("CE204", "recovery", "kind: recovery", "kind: «recovry"),
    ("CE204", "recovery", "[interaction.received,", "[«interaction.recieved,"),
    ("CE204", "recovery", "case, within", "«customers, within"),
    ("CE204", "recovery", "count: offers, family: goodwill,", "count: «offer, family: goodwill,"),
    ("CE205", "recovery", "id: late-delivery", "id: «Late_Delivery"),
    ("CE205", "recovery", "care-operations", "«Care Operations"),
    ("CE205", "recovery", "within: 60d", "within: «60 days"),
    ("CE205", "recovery", "60.00 GBP", "«GBP 60"),
    ("CE205", "recovery", "expires: 30d", "expires: «|\n    30d"),
    ("CE206", "recovery", "Own it, fix it fast, then one personal extra.", "«Own it."),
    ("CE206", "recovery", "Put a late delivery right", "«" + "x" * 121),
    ("CE207", "recovery", "events: [interaction.received, case.updated]", "events: «[]"),
    ("CE207", "recovery", ', "1": 5.00 GBP, "4": 60.00 GBP}', "}"),
    ("CE208", "recovery", "[interaction.received, case.updated]", "[case.updated, «case.updated]"),
    ("CE209", "recovery", "priority: 60", "priority: «101"),
    ("CE209", "escalation", "level: 2", "level: «0"),
    ("CE210", "recovery", "days_late, at_least: 3", "days_late, «gte_: 3"),
    ("CE210", "recovery", "within: 7d, at_least: 2", "within: 7d, «minimum: 2"),
    ("CE211", "recovery", "{field: failure.days_late, at_least: 3}", "«{at_least: 3}"),
    ("CE211", "recovery", "{field: failure.days_late, at_least: 3}", "«{}"),
    ("CE212", "recovery", "{field: failure.days_late, at_least", "«{field: failure.days_late, count: offers, at_least"),
    ("CE213", "recovery", "{field: failure.days_late, at_least: 3}", "«{field: failure.days_late}"),
    ("CE213", "recovery", ", family: goodwill, within: 60d, at_least: 1", ""),
    ("CE214", "recovery", "{field: failure.days_late,", "«{field: failure.days_late, at_most: 9,"),
    ("CE215", "recovery", "{field: failure.days_late,", "{field: failure.days_late, «within: 7d,"),
    ("CE215", "recovery", "unless:\n", "unless:\n  «is: 3\n"),
    ("CE216", "escalation", "{field: bot.human_requested, is: true}", "{not: " * 12 + "«{field: bot.x}" + "}" * 12),
    ("CE217", "recovery", "lead: recovery-desk", "«escalate: {to: team-lead, level: 1}"),
    ("CE217", "recovery", "lead: recovery-desk", "«support: nothing"),
    # it makes no sense
    ("CE301", "recovery", "id: late-delivery", "id: «later-delivery"),
    ("CE302", "recovery", "failure.days_late", "«failure.days_lat"),
    ("CE302", "recovery", "failure.days_late", "«days_late"),
    ("CE302", "recovery", "by: failure.severity", "by: «failure.sevrity"),
    ("CE302", "recovery", "failure.days_late", "«signals.tone"),
    ("CE303", "recovery", "failure.days_late, at_least: 3", "customer.since, «at_least: 3"),
    ("CE303", "recovery", "failure.days_late, at_least: 3", "case.tags, «is: vip"),
    ("CE303", "recovery", "within: 60d, at_least: 1", "within: 60d, «is_not: 1"),
    ("CE304", "recovery", "is: late_delivery", "is: «20.00"),
    ("CE304", "recovery", "at_least: 3", 'at_least: «"3"'),
    ("CE304", "recovery", "failure.days_late, at_least: 3", "failure.safety, is: «yes"),
    ("CE304", "recovery", "failure.days_late, at_least: 3", "customer.open_cases, is: «2.5"),
    ("CE304", "recovery", "failure.days_late, at_least: 3", "signals.demo.tone, in: «[1, x]"),
    ("CE304", "recovery", "within: 60d, at_least: 1", "within: 60d, at_least: «-1"),
    ("CE304", "recovery", "within: 60d, at_least: 1", "within: 60d, at_least: «1.5"),
    ("CE305", "recovery", "failure.days_late, at_least: 3", "failure.fault, in: [company, «costumer]"),
    ("CE305", "recovery", '"4": 60', '«"5": 60'),
    ("CE305", "recovery", "direction: inbound, same", "channel: «e-mail, same"),
    ("CE305", "recovery", "family: goodwill, within: 60d", "status: «acepted, within: 60d"),
    ("CE306", "recovery", "at_least: 3", "between: «[5, 2]"),
    ("CE307", "recovery", "failure.days_late, at_least: 3", "failure.severity, at_least: «5"),
    ("CE307", "recovery", "failure.days_late, at_least: 3", "failure.severity, less_than: «1"),
    ("CE307", "recovery", "failure.days_late, at_least: 3", "survey.csat, in: [5, «6]"),
    ("CE307", "recovery", "failure.days_late, at_least: 3", "failure.severity, between: [«5, 9]"),
    ("CE307", "recovery", "within: 60d, at_least: 1", "within: 60d, less_than: «0"),
    ("CE308", "recovery", "failure.days_late, at_least: 3", "order.total, at_least: «25"),
    ("CE308", "recovery", "failure.days_late, at_least: 3", "order.total, at_least: «25 pounds"),
    ("CE308", "recovery", "failure.days_late, at_least: 3", "order.total, between: «[1.00 GBP, 2.00 EUR]"),
    ("CE308", "recovery", "failure.days_late, at_least: 3", "order.total, at_least: «0.005 GBP"),
    ("CE308", "recovery", "failure.days_late, at_least: 3", "order.total, at_least: «1.50 JPY"),
    ("CE308", "recovery", '"4": 60.00 GBP', '"4": «60.00 XYZ'),
    (
        "CE308",
        "recovery",
        "{count: offers, family: goodwill, within: 60d",
        "{sum: offers, within: 60d, more_than: «9} #",
    ),
    ("CE309", "recovery", "within: 60d", "within: «0d"),
    ("CE309", "recovery", "expires: 30d", "expires: «9999w"),
    ("CE309", "recovery", "failure.days_late, at_least: 3", "customer.since, after: «now-9999w"),
    ("CE310", "recovery", "from: 2026-01-01", "from: «2026-02-30"),
    ("CE310", "recovery", "until: 2027-01-01", "until: «2027-01-01T00:00:00"),
    ("CE310", "recovery", "failure.days_late, at_least: 3", "customer.since, after: «tomorrow"),
    ("CE311", "recovery", "is: late_delivery", 'matches: «"(late"'),
    ("CE311", "recovery", "is: late_delivery", 'matches: «"(?=late)"'),
    ("CE312", "recovery", "until: 2027-01-01", "until: «2026-01-01"),
    ("CE313", "recovery", "[apologise, fix, offer]\noffer:", "[apologise, fix]\n«offer:"),
    ("CE313", "recovery", TAIL, "steps: [apologise, «offer]\n"),
    ("CE314", "protection", MEASURES, ""),
    ("CE315", "recovery", "failure.days_late, at_least: 3", "«incident.credible, is: true"),
    ("CE315", "recovery", "count: offers, family: goodwill", "count: «incidents"),
    ("CE315", "recovery", "by: failure.severity", "by: «incident.severity"),
    ("CE316", "recovery", "by: failure.severity", "by: «customer.since"),
    ("CE317", "recovery", "direction: inbound, same: issue", "«family: goodwill"),
    ("CE317", "recovery", "{count: offers, family: goodwill, within: 60d, at_least: 1}", SUM_WITH_GAP),
    ("CE317", "recovery", "{count: offers, family: goodwill, within: 60d, at_least: 1}", GAP_AND_WEIGHT),
    ("CE309", "recovery", "direction: inbound, same: issue", "half_life: «0d"),
    # it can hardly be meant
    ("CE501", "recovery", "until: 2027-01-01", "«until: 2026-03-01"),
    ("CE502", "recovery", "status: shadow", "«status: live"),
    ("CE503", "recovery", "at_least: 3", "«between: [3, 3]"),
    ("CE505", "recovery", "is: late_delivery", "«is: 'late_delivery '"),
    ("CE505", "recovery", "is: late_delivery", "in: [late_delivery, «' ']"),
    ("CE505", "recovery", "is: late_delivery", "«is: ''"),
    ("CE504", "recovery", "failure.days_late, at_least: 3", "failure.type, «is: lost_parcel"),
    ("CE504", "recovery", "at_least: 3}", "at_least: 3}\n    - {field: failure.days_late, «at_most: 2}"),
    # a table
    ("CE202", "table", "hit_policy: first\n  inputs", "«inputs"),
    ("CE203", "table", "1..2, -, -", "1..2, «null, -"),
    ("CE204", "table", "hit_policy: first", "hit_policy: «priority"),
    ("CE205", "table", "4h]", "«4 hours]"),
    ("CE209", "table", "-, -, 1, 1d", "-, -, «0, 1d"),
    ("CE208", "table", "escalate.respond_within]", "escalate.respond_within, «escalate.level]"),
    ("CE211", "table", "{count: cases, within: 7d}", "«{within: 7d}"),
    ("CE215", "table", "operator: present", "«within: 7d"),
    ("CE220", "table", "[gold, 1..2, -, -, 2, -]", "«[gold, 1..2, -, 2, -]"),
    ("CE302", "table", "failure.severity,", "«failure.severty,"),
    ("CE303", "table", '["not (gold)"', '[«"< gold"'),
    ("CE304", "table", "1..2, -, -", "«high, -, -"),
    ("CE304", "table", '"> 5"', '«"> 5d"'),
    ("CE306", "table", '"[2..5)"', '«"[5..2)"'),
    ("CE306", "table", '"[2..5)"', '«"(2..2)"'),
    ("CE307", "table", '">= 3"', '«">= 5"'),
    ("CE320", "table", '">= 3"', '«"=> 3"'),
    ("CE320", "table", '"[2..5)"', '«"[2..5"'),
    ("CE320", "table", '"not (gold)"', '«"not ()"'),
    ("CE321", "table", "escalate.level, ", "«offer.amount, "),
    ("CE330", "calendar", "Europe/London", "«Europe/Londn"),
    ("CE331", "calendar", "country: GB", "country: «XX"),
    ("CE331", "calendar", "ENG", "«ENGL"),
    ("CE332", "calendar", "13:00-17:30", "«13:00-25:30"),
    ("CE332", "calendar", "13:00-14:00", "«14:00-14:00"),
    ("CE333", "calendar", "13:00-17:30", "«11:59-17:30"),
    ("CE333", "calendar", "  fri: [21:00-02:00]", "  fri: [21:00-02:00]\n  sat: [«01:59-03:00]"),
    ("CE333", "calendar", "mon: [09:00", "mon: [«05:59"),  # the night from Sunday goes on until six
    ("CE333", "calendar", "13:00-14:00", "«11:00-14:00"),
    ("CE334", "calendar", "[09:00-12:00, 13:00-17:30]\n  fri: [21:00-02:00]\n  sun: [22:00-06:00]", "[]"),
    ("CE334", "calendar", "[09:00-12:00, 13:00-17:30]\n  fri: [21:00-02:00]\n  sun: [22:00-06:00]", "[09:00-09:59]"),
    ("CE310", "calendar", "2026-12-28", "«2026-02-29"),
    ("CE310", "calendar", "date: 2026-12-24", "date: «2026-13-24"),
    ("CE337", "calendar", "date: 2026-12-24", "date: «2026-12-28"),
    ("CE205", "calendar", "13:00-17:30", "«9-17"),
    ("CE208", "calendar", "2026-12-29", "«2026-12-28"),
    ("CE202", "calendar", "zone: Europe/London\n", ""),
    ("CE217", "calendar", "closed:", "«events: [case.opened]\nclosed:"),
    ("CE217", "calendar", "closed:", "«effective: {from: 2026-01-01}\nclosed:"),
    ("CE338", "standard", "  within: 4h\n", ""),
    ("CE338", "standard", "  within: 4h", "  within: 4h\n  until: promise.due_at"),
    ("CE338", "standard", "  within: 4h", "  until: promise.due_at"),  # and it pauses
    ("CE338", "standard", "  within: 4h", "  until: «case.status"),
    ("CE338", "standard", "{at: 50%, tell", "«{at: 50%, before: 1h, tell"),
    ("CE338", "standard", "{at: 50%, tell", "«{tell"),
    ("CE338", "standard", "{at: 50%, tell: case-owner}", "«{at: 50%}"),
    ("CE338", "standard", "{at: 50%, tell: case-owner}", "{at: 50%, tell: case-owner, «level: 3}"),
    ("CE338", "standard", "before: 30m", "before: «4h"),
    ("CE338", "standard", "{at: breach, escalate_to: team-lead, level: 2}", "«{at: 50%, tell: team-lead}"),
    (
        "CE338",
        "standard",
        "when: {field: actor.type, is: agent}",
        "when: «{count: interactions, within: 1d, at_least: 1}",
    ),
    ("CE205", "standard", "at: 50%", "at: «half"),
    ("CE202", "standard", "  subject: case\n", ""),
    ("CE335", "standard", "  within: 4h", "  within: 4h\n  calendar: «nowhere"),
    ("CE335", "escalation", "hand_over: warm", "hand_over: warm, calendar: «nowhere"),
    ("CE335", "protection", "within: 5m", "within: 5m, calendar: «abuse"),
    ("CE336", "protection", "within: 1d", "within: «1d, calendar: abuse"),
    ("CE336", "escalation", "respond_within: 4h", "calendar: asked-for-a-person, respond_within: «2001h"),
    # due process
    ("CE360", "ladder", "incidents: 3, within: 180d", "incidents: «2, within: 90d"),
    ("CE360", "ladder", "incidents: 3, within: 180d", "incidents: «2, within: 180d"),
    ("CE360", "ladder", "incidents: 3, within: 180d", "incidents: «1, within: 30d"),
    (
        "CE360",
        "ladder",
        "incidents: 1, within: 90d, support: [debrief]}\n",
        "incidents: 1, within: 90d}\n  - {incidents: «1, within: 9d}\n",
    ),
    (
        "CE360",
        "ladder",
        "incidents: 3, within: 180d, step: suspension",
        "incidents: «3, within: 180d, step: written_warning",
    ),
    (
        "CE360",
        "ladder",
        "incidents: 3, within: 180d, step: suspension, decided_by: director, expires: 90d, review_every: 30d",
        "incidents: «3, within: 180d, support: [debrief]",
    ),
    ("CE361", "ladder", "{incidents: 3, within: 180d", "«{incidents: 3"),
    ("CE361", "ladder", "{incidents: 3, within: 180d", "«{credible_threat: true, incidents: 3, within: 180d"),
    ("CE361", "ladder", "{credible_threat: true, ", "«{"),
    ("CE361", "ladder", "{incidents: 2, within: 90d, step: restricted_channel,", "«{incidents: 2, within: 90d,"),
    ("CE362", "ladder", "review_every: 30d", "review_every: «90d"),
    ("CE362", "protection", "review_every: 30d", "review_every: «13w"),
    ("CE362", "ladder", "review_every: 30d", "starts_after: 70d, review_every: «30d"),
    ("CE363", "ladder", "expires: 180d", "starts_after: 200d, expires: «180d"),
    ("CE363", "protection", "expires: 90d,", "starts_after: 90d, expires: «90d,"),
    ("CE364", "ladder", "decided_by: team-lead", "decided_by: «people-desk"),
    ("CE364", "protection", "decided_by: director", "decided_by: «team-lead"),
    ("CE365", "ladder", "[distress, complaint, disability]", "«[distress, disability]"),
    ("CE366", "ladder", "appeals@example.com}", "appeals@example.com, answer_within: «30d}"),
    (
        "CE366",
        "protection",
        "appeal: {within: 30d, decided_by: ops-manager, address: appeals@example.com,",
        "appeal: «{within: 30d, decided_by: ops-manager,",
    ),
    ("CE366", "protection", "answer_within: 14d", "answer_within: «90d"),
    ("CE367", "ladder", "notice: >-\n  {{", "notice:\n «it: >-\n  {{"),
    ("CE368", "ladder", "[incident.reported, incident.confirmed]", "«[incident.reported]"),
    ("CE370", "contact_cap", CAP_PARTS, ""),
    ("CE371", "contact_cap", "{then: skip}", "{then: «defer}"),
    ("CE371", "contact_cap", "{then: skip}", "{then: skip, «again: 1d}"),
    ("CE372", "contact_cap", CAP_END, CAP_WITHOUT_END),
    ("CE373", "contact_cap", '"20:00-09:00"', '«"20:00 to 09:00"'),
    ("CE373", "contact_cap", '"20:00-09:00"', '«"00:00-24:00"'),
    ("CE374", "contact_cap", "[Europe/London]", "[«Europe/Londn]"),
    ("CE375", "anti_deflection", "when_asked: true, after_bot_turns: 2, ", ""),
    ("CE375", "anti_deflection", "to: live-agent", "to: live-agent, «call_back_within: 2h"),
    ("CE375", "anti_deflection", "to: live-agent", "to: «virtual-agent"),
    ("CE377", "recognition", "when: {all: [{field: survey.csat, is: 5}, ", "«when: {all: ["),
    ("CE309", "contact_cap", "within: 7d", "within: «0d"),
    ("CE302", "contact_cap", "count: open_failures, within: 90d, at_least: 1", "field: «customer.mood, is: bad"),
    ("CE204", "contact_cap", "[survey, marketing]", "[survey, «advertising]"),
    ("CE369", "ladder", "\nflag:", "\n«restrict: {step: suspension, decided_by: director, expires: 9d}\nflag:"),
    ("CE380", "recovery", "lead: recovery-desk", "message: Dear {% «if customer.name %} friend"),
    ("CE381", "recovery", "lead: recovery-desk", "message: Dear {{ «customer.nmae }}"),
    ("CE382", "recovery", "lead: recovery-desk", "message: Dear {{ customer.name | «upercase }}"),
    ("CE383", "recovery", "lead: recovery-desk", "message: Dear {% «include 'other' %}"),
    ("CE384", "recovery", "lead: recovery-desk", "message: About {{ «case.subject }}"),
    ("CE385", "recovery", "lead: recovery-desk", "message: On {{ customer.name | «date }}"),
    ("CE386", "recovery", "lead: recovery-desk", "message: {«english: Dear friend}"),
    ("CE390", "recovery", "lead: recovery-desk", "«review_by: 2026-01-01"),
    ("CE391", "review", "watch: {within: 90d, overridden_percent: 25,", "«watch: {within: 90d,"),
    ("CE392", "review", "overridden_percent: 25, n_at_least: 50", "«overridden_percent: 25"),
    ("CE387", "recovery", TAIL, "steps: [fix]\n«message: Dear friend\n"),
    ("CE346", "entitlement", "amount: 30.00 GBP", "amount: 30.00 GBP, family: «goodwill"),
    ("CE315", "entitlement", "failure.type, is: missed_appointment", "«incident.severity, at_least: 1"),
    # arbitration
    ("CE349", "arbitration", "[priority, severity_fit, cost, id]", "[priority, id, «cost]"),
    ("CE204", "arbitration", "severity_fit", "«severity"),
    ("CE209", "arbitration", "pick: 1", "pick: «0"),
    ("CE207", "arbitration", "[[goodwill, gesture]]", "[«[goodwill]]"),
    ("CE208", "arbitration", "[[goodwill, gesture]]", "[[goodwill, «goodwill]]"),
    ("CE309", "arbitration", "90d", "«0d"),
    # authority
    ("CE350", "authority", "{ask: ops-manager", "{ask: «team-lead"),
    ("CE350", "authority", "{ask: team-lead", "{ask: «agent"),
    ("CE351", "authority", "300.00 GBP", "«300.00 EUR"),
    ("CE352", "authority", "per: day, zone: Europe/London", "per: «case"),
    ("CE353", "authority", "per: day, zone: Europe/London", "per: «day"),
    ("CE353", "authority", "per: case", "per: case, «zone: Europe/London"),
    ("CE330", "authority", "Europe/London", "«Europe/Londn"),
    ("CE354", "authority", "{ask: team-lead, within: 1h}", "{ask: «team-lead}"),
    ("CE202", "authority", "{amount: 50.00 GBP, per: case}", "«{amount: 50.00 GBP}"),
    ("CE204", "authority", "per: case", "per: «visit"),
    (
        "CE335",
        "authority",
        "{ask: team-lead, within: 1h}, {ask: ops-manager",
        "{calendar: «night-desk, ask: ops-manager",
    ),
    # limits and budgets
    (
        "CE340",
        "limit",
        "limit: {family: goodwill, per: household, count: 2, amount: 100.00 GBP,",
        "limit: «{per: case,",
    ),
    ("CE341", "limit", "100.00 GBP", "«0.00 GBP"),
    ("CE341", "budget", "5000.00 GBP", "«0 GBP"),
    ("CE209", "limit", "count: 2", "count: «0"),
    ("CE342", "limit", "within: 90d", "within: 90d, «period: month, zone: Europe/London"),
    ("CE342", "budget", "{per: all, amount: 5000.00 GBP, period: week, zone: Europe/London}", "«{per: all, count: 9}"),
    ("CE330", "budget", "Europe/London", "«Europe/Londn"),
    ("CE330", "budget", "Europe/London", "«../etc/passwd"),
    ("CE343", "budget", "period: week, zone: Europe/London", "«period: week"),
    ("CE343", "limit", "hold: 7d", "«zone: Europe/London"),
    ("CE344", "limit", "goodwill, per", "«entitlement, per"),
    ("CE344", "budget", "amount: 5000.00 GBP", "of: follow_up, count: 3, «amount: 5000.00 GBP"),
    (
        "CE344",
        "limit",
        "family: goodwill, per: household, count: 2, amount: 100.00 GBP",
        "of: fix, «family: goodwill, per: case, count: 2",
    ),
    ("CE204", "limit", "household", "«all"),
    ("CE202", "limit", "{ask: team-lead, within: 4h}", "«{within: 4h}"),
    ("CE309", "limit", "90d", "«0d"),
    ("CE203", "limit", "100.00 GBP", "«100.00"),
    ("CE217", "budget", "over:", "«offer: {family: goodwill, amount: 1.00 GBP}\nover:"),
    ("CE217", "limit", "rationale:", "«events: [case.opened]\nrationale:"),
]


@pytest.mark.parametrize(("code", "kind", "old", "new"), MISTAKES)
def test_one_mistake_is_told_once_at_its_place(bench: Bench, code: str, kind: str, old: str, new: str) -> None:
    path = bench.policy(old, new, kind)
    text = path.read_text(encoding="utf-8")
    before, mark, after = text.partition("«")
    path.write_text(before + after, encoding="utf-8")
    (problem,) = bench.check()
    assert problem.code == code, str(problem)
    assert problem.path == str(path)
    if mark:
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert (problem.line, problem.column) == place, str(problem)
        assert problem.excerpt == (before + after).split("\n")[place[0] - 1].split("\u2028")[0] or "\u2028" in after
    assert problem.severity == ("warning" if code.startswith("CE5") or code == "CE390" else "error")


def test_a_good_policy_of_each_kind_has_no_problem(bench: Bench) -> None:
    for kind in ("recovery", "escalation", "protection", "ladder", "contact_cap"):
        bench.policy(kind=kind)
    assert bench.check() == []


@pytest.mark.parametrize(
    ("code", "kind", "gone", "at"),
    [
        ("CE365", "ladder", "exclusions", "ladder"),
        ("CE366", "ladder", "appeal", "ladder"),
        ("CE367", "ladder", "notice", "ladder"),
        ("CE365", "protection", "exclusions", "restrict"),
        ("CE366", "protection", "appeal", "restrict"),
        ("CE367", "protection", "notice", "restrict"),
    ],
)
def test_a_restriction_without_due_process_is_refused(bench: Bench, code: str, kind: str, gone: str, at: str) -> None:
    document = yaml.safe_load(bench.policy(kind=kind).read_text(encoding="utf-8"))
    del document[gone]
    bench.policy(kind=kind).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    (problem,) = bench.check()
    assert (problem.code, problem.excerpt.strip()) == (code, f"{at}:")


@pytest.mark.parametrize("part", NOTICE_PARTS)
def test_a_notice_that_lacks_a_part_is_told_which(bench: Bench, part: str) -> None:
    path = bench.policy(kind="ladder")
    path.write_text(path.read_text(encoding="utf-8").replace(f"notice.{part}", "customer.name"), encoding="utf-8")
    (problem,) = bench.check()
    assert (problem.code, problem.message) == ("CE367", f"the notice does not say `notice.{part}`")


def _missing(bench: Bench) -> Path:
    return bench.folder / "no-such-file.yaml"


def _circle(bench: Bench) -> Path:
    path = bench.folder / "circle.yaml"
    path.symlink_to(path)
    return path


def _pipe(bench: Bench) -> Path:
    path = bench.folder / "pipe.yaml"
    os.mkfifo(path)
    return path


def _folder(bench: Bench) -> Path:
    path = bench.folder / "folder.yaml"
    path.mkdir()
    return path


FILES: list[tuple[str, Callable[[Bench], Path]]] = [
    ("CE101", _missing),
    ("CE101", lambda bench: bench.folder / "no-such-folder"),
    ("CE102", _circle),
    ("CE102", lambda bench: bench.folder / "a\0b.yaml"),
    ("CE103", _pipe),
    ("CE104", lambda bench: bench.write("rules.txt", "id: x")),
    ("CE105", _folder),
    ("CE106", lambda bench: bench.write("big.yaml", "#" * (256 * 1024 + 1))),
    ("CE107", lambda bench: bench.write("utf16.yaml", "id: late".encode("utf-16"))),
    ("CE107", lambda bench: bench.write("latin1.yaml", "title: verspätet".encode("latin-1"))),
    ("CE108", lambda bench: bench.write("utf16le.yaml", "id: late".encode("utf-16-le"))),
    ("CE109", lambda bench: bench.write("empty.yaml", "")),
    ("CE109", lambda bench: bench.write("comments.yaml", "# nothing yet\n---\n")),
    ("CE109", lambda bench: bench.write("empty.json", " \n")),
    ("CE112", lambda bench: bench.write("comma.json", '{"id": "comma",}')),
    ("CE113", lambda bench: bench.write("twice.test.json", '{"policy": "x", "cases": [], "policy": "x"}')),
    ("CE203", lambda bench: bench.write("list.yaml", "- id: one\n- id: two\n")),
    ("CE218", lambda bench: bench.write("interaction.json", '{"id": "evt-1", "type": "bot.turn"}')),
]


@pytest.mark.parametrize(("code", "make"), FILES)
def test_a_file_that_cannot_be_read_is_told(bench: Bench, code: str, make: Callable[[Bench], Path]) -> None:
    path = make(bench)
    problems = bench.check(path)
    assert code in [problem.code for problem in problems]
    assert all(problem.path for problem in problems)
    if code != "CE113":
        assert len(problems) == 1, [str(problem) for problem in problems]


def test_an_id_is_taken_once(bench: Bench) -> None:
    bench.policy()
    second = bench.write("more/late-delivery.yml", (bench.folder / "late-delivery.yaml").read_bytes())
    (problem,) = bench.check()
    assert (problem.code, problem.path, problem.line) == ("CE401", str(second), 2)
    assert "late-delivery.yaml" in problem.message


def test_a_test_names_a_policy_beside_it(bench: Bench) -> None:
    bench.policy()
    bench.write("late-delivery.test.yaml", "policy: late-delivrey\ncases: [{name: one, expect: fires}]\n")
    (problem,) = bench.check()
    assert (problem.code, problem.line, problem.column) == ("CE601", 1, 9)
    assert problem.suggestion == "did you mean `late-delivery`?"


def test_a_custom_field_is_of_one_type(bench: Bench) -> None:
    path = bench.write("fields.yaml", "age: {title: Age, x-type: integer, x-phrase: the age, type: string}")
    with pytest.raises(PolicyError) as caught:
        site_catalogue(path)
    assert [problem.code for problem in caught.value.problems] == ["CE318"]


def test_every_code_is_told_by_some_mistake_here() -> None:
    told = (
        {row[0] for row in MISTAKES}
        | {row[0] for row in FILES}
        | {"CE318", "CE365", "CE366", "CE367", "CE401", "CE601"}
    )
    told |= {limit.code for limit in LIMITS} | {
        "CE123",
        "CE339",
        "CE345",
        "CE347",
        "CE348",
        "CE355",
        "CE356",
        "CE357",
        "CE376",
    }  # in test_authorities, test_limits, test_finding, test_measures, test_reach, test_weak_targets
    # What only running a test file shows is told in tests/backtest; what a whole set shows in test_analysis.
    assert told == {code for code in CODES if code < "CE602"}


def test_every_code_is_documented_for_people() -> None:
    for name, code in CODES.items():
        assert code.code == name
        assert code.title == code.title.strip(". ")
        assert code.meaning.endswith((".", "`"))
        assert code.example_fix


def test_two_mistakes_in_one_list_are_both_told(bench: Bench) -> None:
    bench.policy("[apologise, fix, offer]", "[apologize, fix, fix, offer, offer, offer]")
    told = [(problem.code, problem.column) for problem in bench.check()]
    assert told == [("CE204", 9), ("CE208", 25), ("CE208", 37)]


@pytest.mark.parametrize(
    ("old", "new", "suggestion"),
    [
        ("within: 60d", "within: 60 days", "write `60d`"),
        ("within: 60d", "within: 2 Weeks", "write `2w`"),
        ("within: 60d", "within: 90min", "write `90m`"),
        ("within: 60d", "within: 2 months", ""),
        ("60.00 GBP", "GBP 60", "write `60 GBP`"),
        ("60.00 GBP", "£60.00", "write `60.00 GBP`"),
        ("60.00 GBP", "'60,50 euros'", "write `60.50 EUR`"),
        ("60.00 GBP", "60 dollars", ""),
        ("60.00 GBP", "'1,000 GBP'", ""),
        ("care-operations", "Care Operations", "write `care-operations`"),
        ("id: late-delivery", "id: Late_Delivery", "write `late-delivery`"),
        ("id: late-delivery", "id: 24/7", ""),
        ("[interaction.received, case.updated]", "case.updated", "write `[case.updated]`"),
        ("[interaction.received, case.updated]", "'a, b'", "start each item with `- `, or write `[…]`"),
        ("is: late_delivery", "is: null", "write a value, or `present: false`"),
    ],
)
def test_what_was_meant_is_suggested(bench: Bench, old: str, new: str, suggestion: str) -> None:
    bench.policy(old, new)
    (problem,) = bench.check()
    assert problem.suggestion == suggestion
