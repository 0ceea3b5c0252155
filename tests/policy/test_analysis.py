"""Each check of a whole set: a small set that shows it, and a near one that does not."""

from __future__ import annotations

import json
from time import process_time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from careengine.policy import loader, report
from careengine.policy.analysis import analyse
from careengine.policy.analysis.cost import MANY
from careengine.policy.analysis.shelf import MAX_RIVALS
from careengine.policy.loader import build_set
from tests.benchmarks.world import make
from tests.policy.bench import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.errors import Problem
    from tests.policy.bench import Bench

LATE = "{field: failure.type, is: late_delivery}"


def write(bench: Bench, name: str, when: str, tail: str = "escalate: {to: tier-two, level: 1}", **more: Any) -> Path:
    """A live policy; `when` is a list of tests under `all`."""
    keys = {"kind": "escalation", "status": "live", "events": "[case.updated]"} | more
    head = "".join(f"{key}: {value}\n" for key, value in keys.items())
    bench.write(f"{name}.test.yaml", f"policy: {name}\ncases: [{{name: one, expect: fires}}]\n")
    text = f"id: {name}\ntitle: The policy {name}\nowner: care\nrationale: It shows one thing.\n{head}"
    return bench.write(f"{name}.yaml", f"{text}when:\n  all: [{when}]\n{tail}\n")


def level(number: int, to: str = "tier-two") -> str:
    return f"escalate: {{to: {to}, level: {number}}}"


def told(bench: Bench) -> list[tuple[str, str]]:
    """The codes and files of what check finds."""
    return [(problem.code, problem.path.rpartition("/")[2].removesuffix(".yaml")) for problem in bench.check()]


def only(bench: Bench) -> Problem:
    (problem,) = bench.check()
    assert problem.severity == "warning"
    return problem


NEVER = [
    ("{field: failure.severity, at_least: 3}", "unless: {field: failure.severity, at_least: 2}", "/unless"),
    ("{field: failure.severity, more_than: 3}, not: {field: failure.severity, is: 4}", "", ""),
    ("{field: failure.type, present: false}, {field: failure.type, is: outage}", "", "/when/all/1"),
    ("{field: type, is: bot.turn}", "", "/when/all/0"),
    ("{field: promise.due_at, before: now-2d}, {field: promise.due_at, after: now}", "", "/when/all/1"),
    ("{field: order.total, at_least: 5.00 GBP}, {field: order.total, less_than: 9.00 EUR}", "", "/when/all/1"),
    ("{field: case.tags, contains: vip}, {not: {field: case.tags, contains_any: [vip, other]}}", "", "/when/all/1/not"),
    ("{field: customer.tier, is: gold}, {field: customer.tier, starts_with: plat}", "", "/when/all/1"),
    ("{field: text, contains: refund}", "unless: {field: text, contains: refund}", "/unless"),
    ("{any: [{field: channel, is: chat}, {field: channel, is: sms}]}, {field: channel, is: email}", "", "/when/all/1"),
    (
        (
            "{count: incidents, status: confirmed, within: 90d, at_least: 2}, "
            "{count: incidents, status: confirmed, within: 180d, less_than: 2}"
        ),
        "",
        "/when/all/1",
    ),
]


@pytest.mark.parametrize(("when", "unless", "pointer"), NEVER)
def test_a_policy_that_can_never_match(bench: Bench, when: str, unless: str, pointer: str) -> None:
    if ", not:" in when:
        when, pointer = when.replace(", not:", ", {not:") + "}", "/when/all/1/not"
    write(bench, "one", when, f"{unless}\n{level(1)}")
    problem = only(bench)
    assert (problem.code, problem.pointer) == ("CE701", pointer)
    assert json.loads(problem.example)["event"]["type"] == "case.updated"


@pytest.mark.parametrize(
    ("when", "unless"),
    [
        ("{field: failure.severity, at_least: 3}", "unless: {field: failure.severity, at_least: 4}"),
        ("{field: failure.type, present: false}, {field: failure.fault, is: company}", ""),
        ("{field: promise.due_at, before: now}, {field: promise.due_at, after: now-2d}", ""),
        ("{field: promise.due_at, before: now}, {field: promise.due_at, after: 2026-01-01}", ""),
        ("{field: case.tags, contains: vip}, {not: {field: case.tags, contains: other}}", ""),
        ("{field: customer.tier, is: platinum}, {field: customer.tier, starts_with: PLAT}", ""),
        ("{any: [{field: channel, is: chat}, {field: failure.severity, is: 1}]}, {field: channel, is: email}", ""),
        (
            "{count: incidents, within: 90d, at_least: 2}, {count: incidents, same: case, within: 180d, less_than: 2}",
            "",
        ),
        ("{field: signals.demo.mood, is: low}, {field: signals.demo.mood, is_not: high}", ""),
    ],
)
def test_a_policy_that_can_match_after_all(bench: Bench, when: str, unless: str) -> None:
    write(bench, "one", when, f"{unless}\n{level(1)}")
    assert told(bench) == []


def test_a_clash_that_only_all_conditions_together_show(bench: Bench) -> None:
    far = ", ".join(f"{{field: customer.region, is: r-{n}}}" for n in range(12))
    cases = "{field: case.status, is: new}, {field: case.status, is: open}"
    write(bench, "one", f"{{any: [{cases}]}}, {{any: [{cases}, {far}]}}, {{field: case.status, is: closed}}")
    assert [(problem.code, problem.pointer) for problem in bench.check()] == [("CE701", "/when/all/2")]


@pytest.mark.parametrize(
    ("when", "always"),
    [
        ("{field: failure.severity, at_least: 1}", True),
        ("{field: failure.severity, at_least: 2}", False),
        ("{any: [{field: failure.days_late, at_least: 3}, {field: failure.days_late, at_most: 5}]}", True),
        ("{any: [{field: failure.days_late, at_least: 5}, {field: failure.days_late, at_most: 3}]}", False),
        ("{field: source, present: true}", True),
        ("{field: customer.id, present: true}", False),
        ("{field: type, in: [case.updated, bot.turn]}", True),
        ("{count: updates, within: 7d, at_least: 0}", True),
    ],
)
def test_a_policy_that_always_matches(bench: Bench, when: str, always: bool) -> None:  # noqa: FBT001  pytest's
    write(bench, "one", when)
    assert [code for code, _ in told(bench)] == (["CE702"] if always else [])


def test_a_policy_that_says_what_another_says(bench: Bench) -> None:
    write(bench, "wide", "{field: failure.days_late, at_least: 3}")
    write(bench, "narrow", f"{LATE}, {{field: failure.days_late, at_least: 5}}")
    problem = only(bench)
    assert (problem.code, problem.line) == ("CE703", 1)
    assert "`wide`" in problem.message
    assert json.loads(problem.example)["event"]["failure"] == {"days_late": 5, "type": "late_delivery"}


@pytest.mark.parametrize(
    "change",
    [
        {"tail": level(2)},  # asks for more
        {"tail": f"once_per: {{same: case, within: 1d}}\n{level(1)}"},  # the wide one may be withheld
        {"status": "shadow"},
        {"status": "draft"},
        {"events": "[case.opened]"},
        {"effective": "{from: 2026-06-01}"},
        {"priority": "40"},
    ],
)
def test_a_policy_that_adds_something(bench: Bench, change: dict[str, str]) -> None:
    narrow = {"tail": level(2)} if change.get("tail") == level(2) else {}
    write(bench, "wide", "{field: failure.days_late, at_least: 3}", **({} if narrow else change))
    write(bench, "narrow", f"{LATE}, {{field: failure.days_late, at_least: 5}}", **narrow)
    assert told(bench) == []


def test_of_two_that_are_the_same_the_later_one_is_told(bench: Bench) -> None:
    write(bench, "a-one", LATE)
    write(bench, "b-two", LATE)
    assert told(bench) == [("CE703", "b-two")]


def test_what_is_owed_adds_up_and_is_never_one_too_many(bench: Bench) -> None:
    owed = "steps: [offer]\noffer: {family: entitlement, amount: 5.00 GBP}"
    write(bench, "a-one", LATE, owed, kind="recovery")
    write(bench, "b-two", LATE, owed, kind="recovery")
    assert told(bench) == []
    given = owed.replace("entitlement", "gesture")
    write(bench, "a-one", LATE, given, kind="recovery")
    write(bench, "b-two", LATE, given, kind="recovery")
    assert told(bench) == [("CE703", "b-two")]


def test_an_escalation_that_can_never_win(bench: Bench) -> None:
    write(bench, "three", f"{LATE}, {{field: failure.days_late, at_least: 3}}", level(3))
    write(bench, "five", f"{LATE}, {{field: failure.days_late, at_least: 5}}", level(2))
    problem = only(bench)
    assert (problem.code, problem.pointer) == ("CE704", "/escalate")
    assert problem.path.endswith("five.yaml")
    write(bench, "five", f"{LATE}, {{field: failure.days_late, at_least: 5}}", level(4))
    assert told(bench) == []


CONTACTS = "count: interactions, within:"


@pytest.mark.parametrize(
    ("mine", "other", "wins"),
    [
        (f"{CONTACTS} 7d, at_least: 3", f"{CONTACTS} 30d, at_least: 2", False),  # three in a week are two in a month
        (f"{CONTACTS} 7d, at_least: 3", f"{CONTACTS} 30d, at_least: 4", True),
        (f"{CONTACTS} 30d, at_least: 3", f"{CONTACTS} 7d, at_least: 2", True),
        (f"{CONTACTS} 30d, at_most: 2", f"{CONTACTS} 7d, at_most: 2", False),
        (f"{CONTACTS} 30d, at_most: 2", f"{CONTACTS} 7d, between: [1, 2]", True),
        (f"{CONTACTS} 7d, direction: inbound, at_least: 3", f"{CONTACTS} 7d, at_least: 3", False),
        (f"{CONTACTS} 7d, same: case, is: 3", f"{CONTACTS} 7d, at_least: 3", False),
        (f"{CONTACTS} 7d, distinct: case, at_least: 3", f"{CONTACTS} 7d, at_least: 3", False),
        (f"{CONTACTS} 7d, half_life: 1d, at_least: 2.5", f"{CONTACTS} 30d, at_least: 2", False),
        (f"{CONTACTS} 7d, at_least: 3", f"{CONTACTS} 7d, half_life: 1d, at_least: 3", True),
        (f"{CONTACTS} 7d, at_least: 3", f"{CONTACTS} 7d, same: case, at_most: 9", True),  # the case may not be known
    ],
)
def test_counts_over_narrower_windows_tell_of_wider_ones(bench: Bench, mine: str, other: str, wins: bool) -> None:  # noqa: FBT001  pytest's
    write(bench, "mine", f"{{{mine}}}", level(1))
    write(bench, "other", f"{{{other}}}", level(2))
    problems = bench.check()
    assert [problem.code for problem in problems] == ([] if wins else ["CE704"])
    for problem in problems:
        history = json.loads(problem.example)["history"]
        week, month = (history.get(f"count(interactions within={days} days)") for days in (7, 30))
        assert week is None or month is None or week <= month


def test_an_offer_that_can_never_win(bench: Bench) -> None:
    small = "steps: [offer]\noffer: {family: goodwill, amount: 5.00 GBP}"
    write(bench, "gold", f"{LATE}, {{field: customer.tier, is: gold}}", small, kind="recovery", priority=40)
    write(bench, "all", LATE, small.replace("5.00", "9.00"), kind="recovery", priority=60)
    assert told(bench) == [("CE704", "gold")]
    write(bench, "gold", f"{LATE}, {{field: customer.tier, is: gold}}", small, kind="recovery", priority=70)
    assert told(bench) == []


def test_two_that_clash_and_only_their_ids_decide(bench: Bench) -> None:
    write(bench, "a-late", "{field: failure.days_late, between: [3, 9]}", level(2, "team-lead"))
    write(
        bench, "b-gold", "{field: customer.tier, is: gold}, {field: failure.days_late, at_least: 7}", level(2, "desk")
    )
    problem = only(bench)
    assert problem.code == "CE705"
    assert "`a-late`" in problem.message
    event = json.loads(problem.example)["event"]
    assert (event["failure"], event["customer"]) == ({"days_late": 7}, {"tier": "gold"})


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ("{field: failure.days_late, at_least: 10}", {}),
        ("{field: failure.days_late, at_least: 7}", {"priority": "60"}),
        ("{field: failure.days_late, at_least: 7}", {"tail": level(3, "desk")}),
        ("{field: failure.days_late, at_least: 7}", {"events": "[case.opened]"}),
        ("{field: failure.days_late, at_least: 7}", {"effective": "{until: 2026-01-01}", "status": "retired"}),
    ],
)
def test_two_that_do_not_clash(bench: Bench, when: str, more: dict[str, str]) -> None:
    write(bench, "a-late", "{field: failure.days_late, between: [3, 9]}", level(2, "team-lead"))
    write(bench, "b-other", f"{when}, {{field: channel, is: chat}}", **{"tail": level(2, "desk"), **more})
    assert told(bench) == []


def test_offers_and_leads_that_clash(bench: Bench) -> None:
    offer = "steps: [offer]\noffer: {family: goodwill, amount: 5.00 GBP%s}\nlead: %s"
    write(bench, "a-late", LATE, offer % ("", "desk-one"), kind="recovery")
    gold = "{field: customer.tier, is: gold}"
    write(bench, "b-gold", gold, offer % (", expires: 30d", "desk-one"), kind="recovery")
    assert told(bench) == [("CE705", "b-gold")]
    write(bench, "b-gold", gold, (offer % ("", "desk-one")).replace("5.00", "6.00"), kind="recovery")
    assert told(bench) == []
    write(bench, "b-gold", gold, (offer % ("", "desk-two")).replace("5.00", "6.00"), kind="recovery")
    assert [(problem.code, problem.pointer) for problem in bench.check()] == [("CE705", "/lead")]


def test_offers_by_a_field_clash_only_where_they_are_worth_the_same(bench: Bench) -> None:
    by = 'steps: [offer]\noffer: {family: goodwill, amount: {by: failure.severity, "2": %s.00 GBP}}'
    two = "{field: failure.severity, is: 2}"
    write(bench, "a-late", f"{LATE}, {two}", by % 5, kind="recovery")
    write(bench, "b-gold", f"{{field: customer.tier, is: gold}}, {two}", by % 6, kind="recovery")
    assert told(bench) == []
    write(
        bench,
        "b-gold",
        f"{{field: customer.tier, is: gold}}, {two}",
        by.replace("}}", "}, expires: 3d}") % 5,
        kind="recovery",
    )
    assert told(bench) == [("CE705", "b-gold")]


@pytest.mark.parametrize(
    ("role", "wrong"), [("team-laed", True), ("team-leads", True), ("team-load-2", False), ("desk", False)]
)
def test_a_role_that_looks_misspelt(bench: Bench, role: str, wrong: bool) -> None:  # noqa: FBT001  pytest's
    for number, name in enumerate(("one", "two"), 1):
        write(
            bench, name, f"{{field: case.status, is: {'new' if number == 1 else 'open'}}}", level(number, "team-lead")
        )
    write(bench, "three", "{field: case.status, is: closed}", level(3, role))
    found = bench.check()
    assert [(problem.code, problem.pointer) for problem in found] == ([("CE706", "/escalate/to")] if wrong else [])
    assert not wrong or "did you mean `team-lead`?" in found[0].suggestion


def test_tiers_that_are_numbered_are_not_misspelt(bench: Bench) -> None:
    for status, role in (("new", "tier-1"), ("open", "tier-1"), ("closed", "tier-2")):
        write(bench, status, f"{{field: case.status, is: {status}}}", level(1, role))
    assert told(bench) == []


def _of_roles(bench: Bench, *roles: str) -> list[tuple[str, str, str]]:
    found = loader.check([bench.folder], bench.catalogue, as_of=AS_OF, roles=roles)
    return [(problem.code, problem.pointer, problem.suggestion) for problem in found]


def test_a_role_that_is_not_declared_is_nobody(bench: Bench) -> None:
    write(bench, "one", LATE, level(1, "no-such-team"))
    assert _of_roles(bench) == []
    ((code, pointer, hint),) = _of_roles(bench, "care", "team-lead")
    assert (code, pointer) == ("CE717", "/escalate/to")
    assert hint == "choose one of `care` and `team-lead`"
    assert _of_roles(bench, "care", "no-such-team") == []
    assert _of_roles(bench, "cares", "no-such-team") == [("CE717", "/owner", "did you mean `cares`?")]


def test_every_place_of_a_role_is_compared_with_those_declared(bench: Bench) -> None:
    bench.policy("  expires: 30d", "  expires: 30d\n  approver: head")
    bench.policy(kind="protection")
    places = [pointer for code, pointer, _ in _of_roles(bench, "nobody") if code == "CE717"]
    measures = ["/owner", "/alert/to", "/flag/review_by", "/restrict/decided_by", "/appeal/decided_by"]
    assert places == [*measures, "/owner", "/offer/approver", "/lead"]


def test_rows_tell_of_a_role_that_they_share_once(bench: Bench) -> None:
    bench.policy(kind="table")
    roles = [pointer for code, pointer, _ in _of_roles(bench, "nobody") if code == "CE717"]
    assert roles == ["/owner", "/escalate/to"]


def _tiers(bench: Bench, *tiers: tuple[int, int]) -> None:
    once = "once_per: {same: case, within: 1d}\n"
    for days, high in tiers:
        write(bench, f"t-{days}", f"{{field: failure.days_late, at_least: {days}}}", once + level(high))


def test_a_tier_out_of_place(bench: Bench) -> None:
    _tiers(bench, (2, 1), (4, 2), (9, 3))
    assert told(bench) == []
    _tiers(bench, (2, 1), (4, 4), (9, 3), (12, 3))
    problem = only(bench)
    assert (problem.code, problem.path.rpartition("/")[2]) == ("CE707", "t-4.yaml")
    assert "level 4" in problem.message
    assert problem.pointer == "/when/all/0"


def test_a_narrower_tier_at_a_lower_level(bench: Bench) -> None:
    _tiers(bench, (2, 3), (3, 2))
    assert told(bench) == [("CE707", "t-3")]


def test_tiers_of_offers(bench: Bench) -> None:
    offer = "steps: [offer]\noffer: {family: goodwill, amount: %s.00 GBP}"
    for days, amount in ((2, 5), (4, 50), (9, 20), (12, 30)):
        write(bench, f"t-{days}", f"{{field: failure.days_late, at_least: {days}}}", offer % amount, kind="recovery")
    assert told(bench) == [("CE707", "t-4")]


def _thresholds(bench: Bench, last: int) -> None:
    for number, (status, hours) in enumerate(zip(("new", "open", "closed", "resolved"), (12, 24, 24, 48), strict=True)):
        tests = f"{{field: case.status, is: {status}}}, {{field: failure.hours_down, at_least: {hours}}}"
        write(bench, f"p-{number}", tests, level(number + 1))
    tests = f"{{field: case.status, is: waiting_other}}, {{field: failure.hours_down, at_least: {last}}}"
    write(bench, "last", tests, level(9))


def test_a_threshold_far_from_all_others(bench: Bench) -> None:
    _thresholds(bench, 480)
    problem = only(bench)
    assert (problem.code, problem.pointer) == ("CE708", "/when/all/1/at_least")
    _thresholds(bench, 470)
    assert told(bench) == []
    _thresholds(bench, 1)
    assert told(bench) == [("CE708", "last")]


def test_a_count_without_a_window(bench: Bench) -> None:
    write(bench, "one", "{count: failures, at_least: 2}")
    assert told(bench) == [("CE710", "one")]
    write(bench, "one", "{count: failures, within: 365d, at_least: 2}")
    assert told(bench) == []


def test_what_must_be_asked_on_every_event_of_a_large_set(bench: Bench) -> None:
    documents = make(MANY + 1, 1).documents
    documents[7]["when"] = {"all": [{"count": "failures", "within": "7d", "at_least": 2}]}
    documents[8]["when"] = {"any": [{"field": "channel", "is": "chat"}, {"field": "failure.fault", "is": "company"}]}
    documents[9]["when"] = {"all": [{"field": "channel", "is": "chat"}, documents[7]["when"]]}
    for count, expected in ((MANY, set()), (MANY + 1, {"p-7", "p-8"})):
        found = analyse(build_set(documents[:count], bench.catalogue).policies, bench.catalogue, AS_OF)
        assert {finding.policy.id for finding in found if finding.code == "CE709"} == expected


TWINS = [
    ("# careengine: allow CE703 because both teams ask for it\n", "", []),
    ("", " # careengine: allow CE703 because both teams ask for it", []),
    ("# careengine: allow CE703\n", "", ["CE711", "CE703"]),
    ("# careengine: allow CE999 because we want to\n", "", ["CE711", "CE703"]),
    ("# careengine: allow CE502 because we want to\n", "", ["CE711", "CE703"]),
    ("# careengine: alow CE703 because we want to\n", "", ["CE711", "CE703"]),
    ("# careengine: allow CE705 because we want to\n", "", ["CE703", "CE711"]),
    ("# about careengine: nothing is allowed here\n", "", ["CE703"]),
]


@pytest.mark.parametrize(("above", "behind", "expected"), TWINS)
def test_a_comment_waives_a_finding_with_a_reason(bench: Bench, above: str, behind: str, expected: list[str]) -> None:
    write(bench, "a-one", LATE)
    path = write(bench, "b-two", LATE)
    path.write_text(above + path.read_text().replace("id: b-two", f"id: b-two{behind}"))
    assert [problem.code for problem in bench.check()] == expected


def test_a_waiver_at_another_line_waives_nothing(bench: Bench) -> None:
    write(bench, "a-one", LATE)
    path = write(bench, "b-two", LATE)
    path.write_text(path.read_text().replace("owner: care", "owner: care # careengine: allow CE703 because of it"))
    assert [problem.code for problem in bench.check()] == ["CE703", "CE711"]


@pytest.mark.parametrize(("code", "expected"), [("CE504", []), ("CE701", []), ("CE702", ["CE504", "CE711"])])
def test_a_contradiction_is_waived_under_either_of_its_codes(bench: Bench, code: str, expected: list[str]) -> None:
    path = write(bench, "one", "{field: failure.days_late, at_least: 3}, {field: failure.days_late, at_most: 2}")
    assert told(bench) == [("CE504", "one")]
    text = path.read_text()
    path.write_text(f"# careengine: allow {code} because it is kept as a reminder\n{text}")
    assert sorted(problem.code for problem in bench.check()) == expected
    behind = " # careengine: allow CE504 because it is kept\n"
    path.write_text(text.replace("at_most: 2}]\n", "at_most: 2}]" + behind))
    assert told(bench) == []


def test_words_in_a_text_are_no_waiver(bench: Bench) -> None:
    path = write(bench, "one", LATE)
    words = "rationale: |\n  It shows one thing.\n  # careengine: allow nothing"
    path.write_text(path.read_text().replace("rationale: It shows one thing.", words))
    assert told(bench) == []


def test_one_file_alone_keeps_waivers_about_others(bench: Bench) -> None:
    path = write(bench, "one", LATE)
    path.write_text(f"# careengine: allow CE705 because the other one is retired soon\n{path.read_text()}")
    assert told(bench) == []
    path.write_text(path.read_text().replace("CE705", "CE702"))
    assert told(bench) == [("CE711", "one")]


def test_every_report_carries_the_example(bench: Bench) -> None:
    write(bench, "a-one", LATE)
    write(bench, "b-two", LATE)
    found = bench.check()
    event = json.loads(found[0].example)
    assert event["event"]["failure"] == {"type": "late_delivery"}
    assert json.loads(report.render(found, "json", color=False))["problems"][0]["example"] == event
    (result,) = json.loads(report.render(found, "sarif", color=False))["runs"][0]["results"]
    assert result["properties"]["example"] == event
    junit = ET.fromstring(report.render(found, "junit", color=False))  # noqa: S314  our own
    told = junit.findtext("testsuite/testcase/system-out") or ""
    for text in (told, report.render(found, "text", color=False)):
        assert f"for example: {found[0].example}" in text
    assert "late_delivery" in report.render(found, "github", color=False)


def test_large_sets_in_which_all_may_meet_are_done_in_seconds(bench: Bench) -> None:
    documents = make(1500, 1).documents
    for number, document in enumerate(documents):
        either = [{"field": "channel", "is": "chat"}, {"field": "case.priority", "is": "high"}]
        late = {"field": "failure.days_late", "between": [2 * number, 2 * number + 1]}
        document["when"] = {"all": [late, {"any": either}]}
        document["escalate"] = {"to": f"desk-{number}", "level": 1}
    policies = build_set(documents, bench.catalogue).policies
    start = process_time()
    assert [finding.code for finding in analyse(policies, bench.catalogue, AS_OF) if finding.code != "CE708"] == []
    assert process_time() - start < 20  # a comparison of each with each takes minutes


def _ranges(bench: Bench, size: int, last: tuple[int, int], to: str) -> list[tuple[str, str]]:
    """What is found of so many escalations on ranges apart from each other, and a last one on a range of its own."""
    documents = make(size + 1, 1).documents
    for number, document in enumerate(documents):
        low, high = (10 * number, 10 * number + 5) if number < size else last
        document["id"] = f"late-{number:04}"
        document["when"] = {"field": "failure.days_late", "between": [low, high]}
        document["escalate"] = {"to": to if number == size else "tier-two", "level": 1}
        document["events"], document["priority"] = ["case.updated"], 50
    found = analyse(build_set(documents, bench.catalogue).policies, bench.catalogue, AS_OF)
    return [(finding.code, finding.policy.id) for finding in found if finding.code != "CE708"]


@pytest.mark.parametrize("size", [100, 129, 600])
def test_ranges_apart_from_each_other_hide_no_clash_however_many(bench: Bench, size: int) -> None:
    there = (10 * size - 7, 10 * size + 2)  # it reaches into the last of the ranges, and beyond
    assert _ranges(bench, size, there, "tier-one") == [("CE705", f"late-{size:04}")]


@pytest.mark.parametrize("size", [100, 129, 600])
def test_ranges_apart_from_each_other_hide_no_twin_however_many(bench: Bench, size: int) -> None:
    there = (10 * size - 9, 10 * size - 6)
    assert _ranges(bench, size, there, "tier-two") == [("CE703", f"late-{size:04}")]


def test_what_was_not_compared_with_all_is_told_once(bench: Bench) -> None:
    documents = make(MAX_RIVALS + 10, 1).documents
    for number, document in enumerate(documents):
        words = [{"field": "text", "contains": f"word {number}"}, {"field": "text", "starts_with": f"{number}"}]
        document["when"] = {"all": words}
        document["escalate"] = {"to": "tier-two", "level": 1}
    found = list(analyse(build_set(documents, bench.catalogue).policies, bench.catalogue, AS_OF))
    assert [finding.code for finding in found] == ["CE716"]
    assert f"({len(documents) - 1} more of the set, too)" in found[0].message
