"""Every limit: what is just as large is read, and what is larger is refused with the limit and its place named."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.errors import PolicyError
from careengine.policy import find, limits, loader
from careengine.policy.document import read_document
from careengine.policy.limits import LIMITS
from tests.policy.bench import ESCALATION, RECOVERY

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine.errors import Problem
    from tests.policy.bench import Bench

WHEN = "when: {field: bot.human_requested, is: true}"


def asking(condition: str) -> str:
    return ESCALATION.replace(WHEN, f"when: {condition}")


def listing(operator: str) -> Callable[[int], str]:
    return lambda number: asking(f"{{field: text, {operator}: [{', '.join(f'w{n}' for n in range(number))}]}}")


def text_of(operator: str, form: str = "{}") -> Callable[[int], str]:
    return lambda length: asking(f"{{field: order.id, {operator}: {form.format('x' * length)}}}")


def of_size(octets: int) -> str:
    return ESCALATION + "#" * (octets - len(ESCALATION))


def nested(levels: int) -> str:
    return asking("{not: " * (levels - 1) + "{field: bot.human_requested, is: true}" + "}" * (levels - 1))


def conditions(number: int) -> str:
    """One group, and all but two of the rest in it; `unless` is a group with one test."""
    tests = ", ".join(f"{{field: order.id, is: o{n}}}" for n in range(number - 3))
    return asking(f"{{any: [{tests}]}}\nunless: {{any: [{{field: order.id, is: x}}]}}")


def amounts(keys: int) -> str:
    by = ", ".join(f"v{n}: 1.00 GBP" for n in range(keys - 1))
    return RECOVERY.replace('{by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}', f"{{by: order.product, {by}}}")


def letters(number: int) -> str:
    return asking(f"{{field: text, matches: '[{'x' * (number - 2)}]'}}")  # one step, however many


def steps(number: int) -> str:
    # Each letter is a step; beside them RE2 takes four to begin and to end.
    return asking(f"{{field: text, matches: 'x{{200}}y{{{number - 204}}}'}}")


def table(inputs: str, rows: str) -> str:
    form = f"  hit_policy: collect\n  inputs: [{inputs}]\n  outputs: [escalate.level]\n  rows: [{rows}]\n"
    return f"{ESCALATION}table:\n{form}"


def rows(number: int) -> str:
    return table("bot.unresolved_turns", ", ".join(f"[{n}, 2]" for n in range(number)))


def inputs(number: int) -> str:
    columns = ", ".join(f"{{count: interactions, within: {n}d}}" for n in range(1, number + 1))
    return table(columns, f"[{'-, ' * number}2]")


# The limit, a policy with so many, and words of the message when there is one more.
OF_A_POLICY: list[tuple[limits.Limit, Callable[[int], str], str]] = [
    (limits.FILE_BYTES, of_size, "the file has 256.1 KB; at most 256 KB are read"),
    (limits.NESTING, nested, "conditions nest deeper than 12 levels"),
    (limits.CONDITIONS, conditions, "the policy has 1,001 conditions; at most 1,000 are read"),
    (limits.VALUES, listing("in"), "`in` must have at most 10,000 items, but has 10,001"),
    (limits.VALUES, listing("not_in"), "`not_in` must have at most 10,000 items, but has 10,001"),
    (limits.WORDS, listing("contains_any"), "`contains_any` must have at most 1,000 items, but has 1,001"),
    (limits.WORDS, listing("contains_all"), "`contains_all` must have at most 1,000 items, but has 1,001"),
    (limits.AMOUNTS, amounts, "`amount` must have at most 1,000 keys, but has 1,001"),
    (limits.ROWS, rows, "`rows` must have at most 500 items, but has 501"),
    (limits.COLUMNS, inputs, "`inputs` must have at most 16 items, but has 17"),
    (limits.LETTERS, text_of("is"), "`is` has 1,001 characters; at most 1,000 are read"),
    (limits.LETTERS, text_of("is_not"), "`is_not` has 1,001 characters; at most 1,000 are read"),
    (limits.LETTERS, text_of("in", "[{}]"), "item 1 of `in` has 1,001 characters"),
    (limits.LETTERS, text_of("contains"), "`contains` has 1,001 characters"),
    (limits.LETTERS, text_of("contains_any", "[{}]"), "item 1 of `contains_any` has 1,001 characters"),
    (limits.LETTERS, text_of("starts_with"), "`starts_with` has 1,001 characters"),
    (limits.LETTERS, letters, "`matches` has 1,001 characters"),
    (limits.STEPS, steps, "the pattern takes 301 steps; at most 300 are searched for"),
]
NAMES = [f"{limit.what}: {words[:24]}" for limit, _, words in OF_A_POLICY]


def told(bench: Bench, text: str) -> list[Problem]:
    name = "late-delivery" if "late-delivery" in text else "asked-for-a-person"
    return bench.check(bench.write(f"{name}.yaml", text))


@pytest.mark.parametrize(("limit", "make", "words"), OF_A_POLICY, ids=NAMES)
def test_a_limit_of_a_policy(bench: Bench, limit: limits.Limit, make: Callable[[int], str], words: str) -> None:
    assert [str(problem) for problem in told(bench, make(limit.most))] == []
    (problem,) = told(bench, make(limit.most + 1))
    assert (problem.code, problem.severity) == (limit.code, "error")
    assert words in problem.message
    assert problem.suggestion
    where = make(limit.most + 1).splitlines()[problem.line - 1] if problem.line else "the file as a whole"
    whole = limit is limits.FILE_BYTES
    assert where.strip().startswith(("the file",) if whole else ("when:", "amount:", "rows:", "inputs:"))


@pytest.mark.parametrize(("limit", "make", "words"), [row for row in OF_A_POLICY if row[0] is not limits.FILE_BYTES])
def test_kept_documents_have_the_same_limits(
    bench: Bench, limit: limits.Limit, make: Callable[[int], str], words: str
) -> None:
    fits, over = (read_document(bench.write("x.yaml", make(limit.most + more))).value for more in (0, 1))
    assert len(loader.build_set([fits], bench.catalogue).policies) == 1
    with pytest.raises(PolicyError) as caught:
        loader.build_set([over], bench.catalogue)
    assert [(problem.code, words in problem.message) for problem in caught.value.problems] == [(limit.code, True)]


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_lists_and_keys_nest_so_deep(bench: Bench, ending: str) -> None:
    most = limits.DEPTH.most
    assert read_document(bench.write(f"deep.{ending}", deep(most))).path
    (problem,) = bench.check(bench.write(f"deep.{ending}", deep(most + 1)))
    assert (problem.code, problem.column) == (limits.DEPTH.code, most + 1)
    assert problem.message == "this nests deeper than 40 levels"
    with pytest.raises(PolicyError, match=limits.DEPTH.code):
        loader.build_set([{"when": json.loads(deep(most))}], bench.catalogue)


def escalations(bench: Bench, number: int) -> list[dict[str, Any]]:
    made = [ESCALATION.replace("asked-for-a-person", f"policy-{n}") for n in range(number)]
    return [read_document(bench.write(f"policy-{n}.yaml", text)).value for n, text in enumerate(made)]


def test_a_set_has_so_many_policies(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.POLICIES.most >= 100_000
    for module in (find, loader):
        monkeypatch.setattr(module, "POLICIES", replace(limits.POLICIES, most=3))
    documents = escalations(bench, 3)
    bench.write("policy-0.test.yaml", "policy: policy-0\ncases: [{name: one, expect: unknown}]")  # no policy
    assert len(loader.load([bench.folder], bench.catalogue).policies) == 3
    assert len(loader.build_set(documents, bench.catalogue).policies) == 3
    documents = escalations(bench, 4)
    (problem,) = bench.check()
    assert (problem.code, problem.path) == ("CE402", str(bench.folder))
    assert problem.message == "the set has 4 policies; at most 3 are read"
    with pytest.raises(PolicyError, match="CE402"):
        loader.load([bench.folder], bench.catalogue)
    with pytest.raises(PolicyError, match="CE402 the set has more than 3 policies"):
        loader.build_set(documents, bench.catalogue)


def test_the_policies_of_a_set_are_so_large(bench: Bench) -> None:
    path = bench.policy()
    hole = bench.write("hole.yaml", "")
    os.truncate(hole, limits.SET_BYTES.most - path.stat().st_size)
    assert [problem.code for problem in bench.check()] == ["CE106"]
    os.truncate(hole, limits.SET_BYTES.most - path.stat().st_size + 1)
    (problem,) = bench.check()
    assert (problem.code, problem.path) == ("CE403", str(bench.folder))
    assert problem.message == "the policies of the set have 512.1 MB together; at most 512 MB are read"


def test_so_many_files_and_folders_are_looked_through(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "LOOKED_AT", replace(limits.LOOKED_AT, most=3))
    bench.policy()
    (bench.folder / "more" / "and-more").mkdir(parents=True)
    assert bench.check() == []
    bench.write("more/.hidden", "")
    (problem,) = bench.check()
    assert (problem.code, problem.path) == ("CE124", str(bench.folder))
    assert problem.message == "there are more than 3 files and folders here"


def searching(bench: Bench, steps_of_each: list[int]) -> list[Problem]:
    """Policies with a pattern each; beside its letters RE2 takes four steps to begin and to end."""
    for number, steps in enumerate(steps_of_each):
        text = asking(f"{{field: text, matches: 'x{{{steps - 4}}}'}}").replace(
            "id: asked-for-a-person", f"id: p-{number:02}"
        )
        bench.write(f"p-{number:02}.yaml", text)
    return [problem for problem in bench.check() if problem.severity == "error"]


def test_the_patterns_for_one_event_are_so_large_together(bench: Bench) -> None:
    sizes = list(range(250, 286))
    last = limits.PATTERNS.most - sum(sizes)
    assert searching(bench, [*sizes, last // 2, last - last // 2]) == []
    (problem,) = searching(bench, [*sizes, last // 2, last - last // 2 + 1, 250])
    assert (problem.code, problem.path) == ("CE404", str(bench.folder / "p-37.yaml"))
    assert (problem.pointer, problem.line > 1) == ("/when", True)
    assert "take 10,001 steps together; at most 10,000 do" in problem.message


def test_a_pattern_counts_once_and_where_it_is_searched_for(bench: Bench) -> None:
    assert searching(bench, [300] * 40) == []


def test_every_limit_is_tried_here() -> None:
    tried = {row[0].what for row in OF_A_POLICY}
    others = {
        limit.what for limit in (limits.DEPTH, limits.POLICIES, limits.SET_BYTES, limits.LOOKED_AT, limits.PATTERNS)
    }
    assert tried | others == {limit.what for limit in LIMITS}
    assert {limit for limit in vars(limits).values() if isinstance(limit, limits.Limit)} == set(LIMITS)


def test_the_schema_tells_editors_the_same_limits() -> None:
    schema = resources.schema("policy")
    condition = schema["$defs"]["condition"]["properties"]
    assert {condition[name]["maxItems"] for name in ("in", "not_in")} == {limits.VALUES.most}
    assert {condition[name]["maxItems"] for name in ("contains_any", "contains_all")} == {limits.WORDS.most}
    assert schema["properties"]["offer"]["properties"]["amount"]["maxProperties"] == limits.AMOUNTS.most
    texts = ("is", "is_not", "contains", "starts_with", "matches", "field", "channel", "category", "status")
    items = ("in", "not_in", "contains_any", "contains_all")
    longest = {condition[name]["maxLength"] for name in texts} | {condition[n]["items"]["maxLength"] for n in items}
    assert longest == {limits.LETTERS.most}
