"""The rule test runner: what it finds, what it says of a case that fails, and of a file that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.backtest import rule_tests
from careengine.model.catalogue import Catalogue
from careengine.policy.fields import site_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.backtest.rule_tests import Report
    from careengine.errors import Problem

POLICY = """\
id: late
kind: recovery
title: Put a late delivery right
owner: care-operations
status: {status}
rationale: Own it and fix it fast.
events: [failure.recorded]
when:
  all:
    - {{field: failure.type, is: late_delivery}}
    - {{field: failure.days_late, at_least: 3}}
unless:
  any:
    - {{count: offers, family: goodwill, within: 60d, at_least: 1}}
once_per: {{same: case, within: 7d}}
steps: [apologise, offer]
offer: {{family: goodwill, amount: 10.00 GBP}}
"""
BETTER = """\
id: better
kind: recovery
title: Put it right in style
owner: care-operations
status: retired
priority: 90
rationale: Own it and fix it fast.
events: [failure.recorded]
when: {field: failure.type, is: late_delivery}
steps: [offer]
offer: {family: goodwill, amount: 25.00 GBP}
"""
HEAD = """\
policy: late
event: failure.recorded
given:
  customer: {id: C-1}
  case: {id: T-1}
  failure: {id: F-1, type: late_delivery, days_late: 4}
cases:
"""
GOOD = """\
  - {name: late, expect: fires}
  - {name: not late, given: {failure: {days_late: 2}}, expect: stays_silent}
  - {name: who knows, given: {failure: {days_late: null}}, expect: unknown}
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.from_schema(resources.schema("interaction"))


class Bench:
    """A folder with one policy and its test."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self.folder, self.catalogue = folder, catalogue
        self.policy()
        (folder / "better.yaml").write_text(BETTER)

    def policy(self, status: str = "draft", text: str = POLICY) -> None:
        (self.folder / "late.yaml").write_text(text.format(status=status))

    def run(self, cases: str, head: str = HEAD, name: str = "late.test.yaml", schema: Any = None) -> Report:
        (self.folder / name).write_text(head + cases)
        return rule_tests.run([self.folder], self.catalogue, schema)

    def fails(self, cases: str) -> str:
        report = self.run(cases)
        assert report.problems == ()
        assert len(report.cases) == 1
        assert not report.cases[0].passed
        assert not report.ok
        return report.cases[0].why

    def problem(self, cases: str, head: str = HEAD) -> Problem:
        report = self.run(cases, head)
        assert report.cases == ()
        assert len(report.problems) == 1, [str(problem) for problem in report.problems]
        return report.problems[0]


@pytest.fixture
def bench(tmp_path: Path, catalogue: Catalogue) -> Bench:
    folder = tmp_path / "rules"
    folder.mkdir()
    return Bench(folder, catalogue)


def passes(report: Report) -> bool:
    assert [case.why for case in report.cases if not case.passed] == []
    assert [str(problem) for problem in report.problems] == []
    return report.ok


def test_a_draft_is_judged_like_a_live_policy(bench: Bench) -> None:
    report = bench.run(GOOD)
    assert passes(report)
    assert [(case.policy, case.name, case.line) for case in report.cases] == [
        ("late", "late", 8),
        ("late", "not late", 9),
        ("late", "who knows", 10),
    ]
    assert {case.path for case in report.cases} == {str(bench.folder / "late.test.yaml")}


@pytest.mark.parametrize("status", ["draft", "shadow", "live", "retired"])
def test_the_status_makes_no_difference_to_a_case(bench: Bench, status: str) -> None:
    bench.policy(status)
    assert passes(bench.run(GOOD))


def test_json_is_as_good_as_yaml(bench: Bench) -> None:
    text = '{"policy": "late", "event": "failure.recorded", "cases": [{"name": "who knows", "expect": "unknown"}]}'
    assert passes(bench.run("", head=text, name="late.test.json"))


def test_a_failing_case_says_what_happened_and_shows_every_condition(bench: Bench) -> None:
    why = bench.fails("  - {name: wrong, given: {failure: {days_late: 2}}, expect: fires}\n").splitlines()
    assert why[0] == "expected: it fires; but it stays silent"
    assert any("at least 3" in line and line.strip().startswith("false") for line in why)
    assert any("late_delivery" in line and line.strip().startswith("true") for line in why)


@pytest.mark.parametrize(
    ("case", "happened"),
    [
        ("expect: stays_silent", "it fires"),
        ("expect: unknown", "it fires"),
        ("expect: withheld", "it fires"),
        ("given: {failure: {days_late: null}}, expect: stays_silent", "it is unknown"),
        ("given: {failure: {days_late: null}}, expect: fires", "it is unknown"),
        ("given: {failure: {type: outage}}, expect: unknown", "it stays silent"),
        ("event: failure.fixed, expect: fires", "it stays silent"),
        (
            "history: [{kind: decisions, ago: 2d, same: [case], policy: late}], expect: fires",
            "it is withheld",
        ),
    ],
)
def test_what_happened_is_named(bench: Bench, case: str, happened: str) -> None:
    assert bench.fails(f"  - {{name: wrong, {case}}}\n").splitlines()[0].endswith(f"; but {happened}")


def test_history_comes_before_the_event_and_the_event_is_part_of_it(bench: Bench) -> None:
    assert passes(
        bench.run(
            GOOD
            + """\
  - {name: inside, history: [{kind: offers, ago: 59d, family: goodwill}], expect: stays_silent, near_miss: [offers]}
  - {name: at the edge, history: [{kind: offers, ago: 60d, family: goodwill}], expect: fires}
  - name: by instant
    history: [{kind: offers, at: "2026-02-02T10:30:00+01:00", family: goodwill}]
    expect: stays_silent
  - name: the latest state of one thing counts
    history:
      - {kind: offers, ref: o, ago: 9d, family: goodwill, status: offered, amount: 5.00 GBP}
      - {kind: offers, ref: o, ago: 8d, family: goodwill, status: reversed}
    expect: fires
  - {name: another case, history: [{kind: decisions, ago: 2d, case: T-2, policy: late}], expect: fires}
"""
        )
    )
    counting = POLICY.replace("count: offers, family: goodwill", "count: failures").replace(
        "at_least: 1", "at_least: 2"
    )
    bench.policy(text=counting)
    assert passes(
        bench.run(
            GOOD
            + "  - {name: second, history: [{kind: failures, ref: F-0, ago: 2d, status: open}], expect: stays_silent}\n"
        )
    )


def test_the_test_owns_the_clock(bench: Bench) -> None:
    bench.policy(text=POLICY.replace("when:", "effective: {{from: 2026-05-01, until: 2026-06-01}}\nwhen:", 1))
    report = bench.run(
        """\
  - {name: before, expect: stays_silent}
  - {name: first moment, at: 2026-05-01T00:00:00Z, expect: fires}
  - {name: last moment, at: 2026-05-31T23:59:59.999999Z, expect: fires}
  - {name: after, at: 2026-06-01T00:00:00Z, expect: stays_silent}
""",
        head=HEAD.replace("cases:", "at: 2026-04-30T23:59:59Z\ncases:"),
    )
    assert passes(report)


def test_actions_are_compared_as_far_as_they_are_named(bench: Bench) -> None:
    assert passes(
        bench.run(
            GOOD
            + """\
  - name: enough
    expect: fires
    actions:
      - {type: apologise}
      - {type: offer, status: execute, params: {amount: 10.00 GBP, family: goodwill}}
"""
        )
    )


@pytest.mark.parametrize(
    "action",
    [
        "{type: escalate}",
        "{type: offer, status: await_approval}",
        "{type: offer, params: {amount: 10.01 GBP}}",
        "{type: offer, params: {colour: null}}",
    ],
)
def test_an_action_that_is_not_there_is_told_with_those_that_are(bench: Bench, action: str) -> None:
    why = bench.fails(f"  - {{name: wrong, expect: fires, actions: [{action}]}}\n")
    assert why.startswith("expected an action like: ")
    assert '  there is: offer execute {"family": "goodwill", "amount": "10.00 GBP"' in why


def test_what_a_message_says_is_held_against_it(bench: Bench) -> None:
    case = "  - {name: said, expect: fires, actions: [{type: offer, says: [sorry, £10.00]}]}\n"
    assert bench.fails(case).startswith('expected an action like: offer that says "sorry" and "£10.00"\n')


def test_a_near_miss_is_held_against_what_is_lacking(bench: Bench) -> None:
    given = "given: {failure: {days_late: 2}}, expect: stays_silent"
    assert passes(bench.run(f"{GOOD}  - {{name: near, {given}, near_miss: [failure.days_late]}}\n"))
    assert "it lacks `failure.days_late`" in bench.fails(f"  - {{name: wrong, {given}, near_miss: [failure.type]}}\n")
    far = "given: {failure: {type: outage, days_late: 2}}, expect: stays_silent"
    assert "not a near miss" in bench.fails(f"  - {{name: far, {far}, near_miss: [failure.type]}}\n")


def test_a_policy_is_alone_unless_others_are_named(bench: Bench) -> None:
    assert passes(
        bench.run(
            GOOD
            + """\
  - name: arbitration
    with: [better]
    expect: withheld
    actions: [{type: offer, params: {amount: 25.00 GBP}}, {type: apologise}]
  - {name: it still apologises, with: [better], expect: fires}
  - {name: itself makes no difference, with: [late], expect: fires}
"""
        )
    )


@pytest.mark.parametrize("named", ["late.yaml", "late.test.yaml"])
def test_a_policy_or_its_test_may_be_named(bench: Bench, named: str) -> None:
    bench.run(GOOD + "  - {name: arbitration, with: [better], expect: withheld}\n")
    assert passes(rule_tests.run([bench.folder / named], bench.catalogue))


def test_fields_of_the_site_may_be_given(bench: Bench) -> None:
    fields = bench.folder.parent / "fields.json"
    fields.write_text('{"months": {"title": "Months", "x-type": "integer", "x-phrase": "the months"}}')
    own = site_catalogue(fields)
    site = Bench(bench.folder, own.catalogue)
    site.policy(text=POLICY.replace("failure.days_late, at_least: 3", "custom.months, more_than: 12"))
    case = "  - {name: long, given: {custom: {months: 13}}, expect: fires}\n"
    assert passes(site.run(case, schema=own.schema))
    report = site.run("  - {name: no, given: {custom: {month: 13}}, expect: fires}\n", schema=own.schema)
    assert [(problem.code, problem.pointer) for problem in report.problems] == [
        ("CE201", "/cases/0/given/custom/month")
    ]


def test_signals_of_plugins_may_be_given(bench: Bench) -> None:
    bench.policy(text=POLICY.replace("failure.days_late, at_least: 3", "signals.mood.urgency, at_least: 0.8"))
    report = bench.run(
        """\
  - {name: urgent, given: {signals: {mood: {urgency: 0.9}}}, expect: fires}
  - {name: no plugin said anything, expect: unknown}
"""
    )
    assert passes(report)


# What is wrong with files.


@pytest.mark.parametrize(
    ("case", "code", "spot", "says"),
    [
        ("expect: fire", "CE204", "fire}", "`fires`"),
        ("expects: fires", "CE201", "expects", "`expect`"),
        ("given: {failure: {days_lat: 4}}, expect: fires", "CE201", "days_lat", "`days_late`"),
        ("given: {failure: {days_late: four}}, expect: fires", "CE203", "four", "number"),
        ("given: {failure: {severity: 5}}, expect: fires", "CE209", "5", "4"),
        ("given: {channel: e-mail}, expect: fires", "CE204", "e-mail", "email"),
        ("given: {type: case.opened}, expect: fires", "CE602", "case.opened", "event:"),
        ("given: {id: evt-1}, expect: fires", "CE602", "evt-1", "leave it out"),
        ("at: 2026-02-30T00:00:00Z, expect: fires", "CE310", "2026-02-30", "expected an instant"),
        ("history: [{kind: offers}], expect: fires", "CE603", "{kind", "ago"),
        ("history: [{kind: offers, ago: 2d, at: 2026-03-01T00:00:00Z}], expect: fires", "CE603", "{kind", "one of"),
        ("history: [{kind: offers, at: 2026-03-03T00:00:00Z}], expect: fires", "CE603", "2026-03-03", "later than"),
        ("history: [{kind: offers, ago: 9999999w}], expect: fires", "CE603", "9999999w", "too long ago"),
        ("history: [{kind: offers, ago: 2d, same: [issue]}], expect: fires", "CE603", "issue]", "issue.id"),
        ("history: [{kind: offers, ago: 2d, same: [case], case: T-9}], expect: fires", "CE603", "T-9", "twice"),
        ("history: [{kind: offers, ago: 2}], expect: fires", "CE203", "2}", "a duration such as"),
        ("history: [{kind: offers, ago: 2 days}], expect: fires", "CE205", "2 days", "write `2d`"),
        ("history: [{kind: offers, ago: \u0663d}], expect: fires", "CE205", "\u0663d", "a duration such as"),
        ("history: [{kind: offers, ago: 2d, amount: 3 Euro}], expect: fires", "CE205", "3 Euro", "write `3 EUR`"),
        ("at: \u0662026-03-02T09:30:00Z, expect: fires", "CE205", "\u0662026", "an instant such as"),
        ("with: [bettre], expect: fires", "CE601", "bettre", "`better`"),
    ],
)
def test_a_mistake_in_a_case_is_shown_at_its_place(bench: Bench, case: str, code: str, spot: str, says: str) -> None:
    line = f"  - {{name: wrong, {case}}}"
    problem = bench.problem(f"{line}\n")
    assert problem.code == code
    assert problem.excerpt == line
    assert (problem.line, problem.column) == (8, line.index(spot) + 1)
    assert says in f"{problem.message} {problem.suggestion}"
    assert problem.path == str(bench.folder / "late.test.yaml")


def test_a_mistake_in_what_all_are_given_is_shown_where_it_stands(bench: Bench) -> None:
    problem = bench.problem("  - {name: one, expect: fires}\n", head=HEAD.replace("days_late: 4", "days_late: -4"))
    assert (problem.code, problem.pointer, problem.line) == ("CE209", "/given/failure/days_late", 6)


def test_one_broken_case_does_not_keep_the_others_from_running(bench: Bench) -> None:
    report = bench.run(GOOD + "  - {name: broken, given: {failure: {severity: 9}}, expect: fires}\n")
    assert [case.passed for case in report.cases] == [True, True, True]
    assert len(report.problems) == 1
    assert not report.ok


def test_two_cases_of_one_name(bench: Bench) -> None:
    report = bench.run(GOOD + "  - {name: late, expect: fires}\n")
    assert [(problem.code, problem.pointer) for problem in report.problems] == [("CE604", "/cases/3/name")]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (HEAD.replace("policy: late", "policy: better"), "CE601"),
        (HEAD.replace("policy: late", "policy: lat"), "CE601"),
        ("policy: late\ncases: {}\n", "CE203"),
        ("policy: late\ncases:\n\t- name: a\n", "CE111"),
    ],
)
def test_a_file_that_cannot_be_run(bench: Bench, head: str, code: str) -> None:
    report = bench.run("" if "{}" in head or "\t" in head else GOOD, head=head)
    assert {problem.code for problem in report.problems} == {code}
    assert report.cases == ()


def test_a_test_without_its_policy(bench: Bench) -> None:
    (bench.folder / "gone.test.yaml").write_text("policy: gone\ncases: [{name: a, expect: fires}]\n")
    report = bench.run(GOOD)
    assert [(problem.code, problem.line) for problem in report.problems] == [("CE601", 1)]
    assert len(report.cases) == 3


def test_a_policy_that_cannot_be_read_is_told_once_and_others_are_tested(bench: Bench) -> None:
    (bench.folder / "better.yaml").write_text(BETTER.replace("at_least", "gte").replace("kind: recovery", "kind: rec"))
    case = "  - {name: %s, with: [better], expect: fires}\n"
    report = bench.run(GOOD + case % "one" + case % "two")
    assert len(report.cases) == 3
    assert len(report.problems) == 1
    assert report.problems[0].path.endswith("better.yaml")


def test_a_live_policy_needs_all_three(bench: Bench) -> None:
    bench.policy("live")
    (problem,) = bench.run("  - {name: late, expect: fires}\n").problems
    assert problem.code == "CE605"
    assert "stays silent" in problem.message
    assert "unknown" in problem.message
    assert problem.path == str(bench.folder / "late.yaml")
    assert passes(bench.run(GOOD))


def test_a_live_policy_without_a_test(bench: Bench) -> None:
    bench.policy("live")
    (problem,) = rule_tests.run([bench.folder], bench.catalogue).problems
    assert problem.code == "CE502"
    assert "late.test.yaml" in problem.suggestion


@pytest.mark.parametrize("where", ["nothing", "."])
def test_nothing_to_run_is_a_problem(tmp_path: Path, catalogue: Catalogue, where: str) -> None:
    report = rule_tests.run([tmp_path / where], catalogue)
    assert len(report.problems) == 1
    assert not report.ok


def test_hidden_folders_and_loops_of_links_are_left_out(bench: Bench) -> None:
    bench.run(GOOD)
    (bench.folder / "again").symlink_to(bench.folder)
    (bench.folder / ".old").mkdir()
    (bench.folder / ".old" / "late.test.yaml").write_text("policy: [")
    report = rule_tests.run([bench.folder], bench.catalogue)
    assert passes(report)
    assert len(report.cases) == 3
