"""Rules, reasons, actions and decisions in plain English."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.value import Moment, Money, say_duration, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from careengine.model.catalogue import Field
    from careengine.model.condition import Condition, Test
    from careengine.model.decision import Action, Match
    from careengine.model.history import HistoryQuery

_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "more_than": "is more than",
    "at_least": "is at least",
    "less_than": "is less than",
    "at_most": "is at most",
    "between": "is between",
    "contains": "contains",
    "contains_any": "contains any of",
    "contains_all": "contains all of",
    "starts_with": "starts with",
    "matches": "matches the pattern",
    "before": "is before",
    "after": "is after",
}
_ONE = {"in": "is", "not_in": "is not"}
_OF_WORDS = ("contains", "contains_any", "contains_all", "starts_with", "matches")
_HOW_MUCH = {"is": "exactly", "is_not": "any number but"}
_NONE = {("is", 0), ("at_most", 0), ("less_than", 1)}
_KINDS = {  # one, several
    "interactions": ("contact", "contacts"),
    "cases": ("case opened", "cases opened"),
    "updates": ("case update", "case updates"),
    "transfers": ("transfer", "transfers"),
    "reopens": ("reopening", "reopenings"),
    "resolutions": ("resolution", "resolutions"),
    "surveys": ("survey answer", "survey answers"),
    "failures": ("failure", "failures"),
    "fixes": ("failure put right", "failures put right"),
    "incidents": ("incident", "incidents"),
    "offers": ("offer", "offers"),
    "promises": ("promise", "promises"),
    "bot_turns": ("bot turn", "bot turns"),
    "compliments": ("compliment", "compliments"),
    "escalations": ("escalation", "escalations"),
    "restrictions": ("restriction", "restrictions"),
    "contacts": ("contact of our own accord", "contacts of our own accord"),
    "open_failures": ("failure that is not put right", "failures that are not put right"),
    "open_cases": ("case that is open", "cases that are open"),
    "decisions": ("time that a policy acted", "times that a policy acted"),
}
_SAME = {
    "issue": "on the same issue",
    "case": "in the same case",
    "employee": "with the same employee",
    "channel": "on the same channel",
}
_WHETHER = "whether "
# States with a fixed set of names read well before the noun; other kinds have the CRM's own.
_WITH_STATES = ("incidents", "offers", "promises")
# A word that needs no quotes, and those that would then say something else.
_PLAIN = re.compile(r"[^\W\d][\w.-]*(?<![.-])")
_TELLING = frozenset({"yes", "no", "known", "inf", "nan", "escaped"})


def say_condition(condition: Condition) -> str:
    """A condition on one line: `the failure is late_delivery and the delay is at least 3 days`."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return say_test(condition)
    if isinstance(condition, Not):
        return f"it is not so that {say_part(condition.item)}"
    joint = " and " if isinstance(condition, AllOf) else " or "
    return joint.join(say_part(item) for item in condition.items)


def say_part(condition: Condition) -> str:
    """A condition as a part of a sentence: in brackets where it would run into what stands beside it."""
    said = say_condition(condition)
    return f"({said})" if isinstance(condition, (AllOf, AnyOf)) and len(condition.items) > 1 else said


def say_test(test: Test) -> str:
    """What a test asks for: `the delay is at least 3 days`."""
    said: str | None = getattr(test, "said", None)
    if said is None:
        said = _say_field_test(test) if isinstance(test, FieldTest) else _say_history_test(test)
        object.__setattr__(test, "said", said)  # no part of what the test is, and the same whoever says it
    return said


def _say_field_test(test: FieldTest) -> str:
    phrase = test.field.phrase
    if test.operator == "present":
        known = "known" if test.operand else "not known"
        be = "are" if _is_plural(test.field) else "is"
        return f"it is {known} {phrase}" if phrase.startswith(_WHETHER) else f"{phrase} {be} {known}"
    if phrase.startswith(_WHETHER):
        as_asked = test.operand is (test.operator == "is")
        return f"{'' if as_asked else 'it is not so that '}{phrase.removeprefix(_WHETHER)}"
    if isinstance(test.operand, Moment) and test.operand.fixed is None:
        return f"{phrase} {_say_moment(test.operator, test.operand)}"
    if test.operator in ("in", "not_in") and len(test.operand) == 1:
        return f"{phrase} {_ONE[test.operator]} {say_operand(test.operand[0], unit=test.field.unit)}"
    verb = _OPERATORS[test.operator]
    verb = verb.replace("contains", "contain") if _is_plural(test.field) else verb
    if test.operator in _OF_WORDS and test.field.type != "tags":
        parts = test.operand if isinstance(test.operand, tuple) else (test.operand,)
        return f"{phrase} {verb} {', '.join(_in_quotes(part) for part in parts)}"
    return f"{phrase} {verb} {say_operand(test.operand, test.operator, test.field.unit)}"


def _is_plural(field: Field) -> bool:
    return field.type == "tags" and field.phrase.endswith("s")


def _say_moment(operator: str, moment: Moment) -> str:
    """`before 2 days ago` is more than 2 days ago; `after` it may also be in the future."""
    past = moment.shift < timedelta(0)
    if operator == "before":
        return f"is {'more than' if past else 'earlier than'} {moment}" if moment.shift else "is past"
    return f"is {'later than' if past else 'more than'} {moment}" if moment.shift else "is still to come"


def _say_history_test(test: HistoryTest) -> str:
    operand = say_operand(test.operand, test.operator)
    words = _HOW_MUCH.get(test.operator) or _OPERATORS[test.operator].removeprefix("is ")
    if test.query.function == "sum":
        return f"{say_query(test.query)} come to {words} {operand}"
    if (test.operator, test.operand) in _NONE:
        return f"there are no {say_query(test.query)}"
    if test.operator == "less_than":
        words = "fewer than"
    one = test.operand == 1
    return f"there {'is' if one else 'are'} {words} {operand} {say_query(test.query, one=one)}"


def say_query(query: HistoryQuery, *, one: bool = False) -> str:
    """What is counted or summed: `inbound contacts on the same issue within 7 days, at least 30 minutes apart`."""
    kind = _KINDS[query.kind][0 if one else 1]
    stated = query.status if query.kind in _WITH_STATES else None
    said = " ".join(word for word in (stated, query.direction, query.family, kind) if word)
    if query.category is not None:
        said += f" of the category {say_text(query.category)}"
    if query.channel is not None:
        said += f" on the channel {say_text(query.channel)}"
    if query.status is not None and stated is None:
        said += f" with the status {say_text(query.status)}"
    if query.severity_at_least is not None:
        said += f" of severity {query.severity_at_least} or more"
    if query.same is not None:
        said += f" {_SAME.get(query.same, f'for the same {query.same}')}"
    if query.within is not None:
        said += f" within {say_duration(query.within)}"
    if query.distinct_gap is not None:
        said += f", at least {say_duration(query.distinct_gap)} apart"
    if query.distinct is not None:
        said += f", each {query.distinct} counted once"
    if query.half_life is not None:
        said += f", each counting half as much after every {say_duration(query.half_life)}"
    return said


def say_field(field: Field) -> str:
    """A field by its phrase, with its unit: `the delay in days`."""
    return f"{field.phrase} in {field.unit}" if field.unit else field.phrase


def say_operand(operand: Any, operator: str = "", unit: str = "") -> str:
    """An operand in words, with its unit."""
    if isinstance(operand, tuple):
        joint = " and " if operator == "between" else ", "
        said = joint.join(say_operand(item) for item in operand)
    elif isinstance(operand, str):
        said = say_text(operand)
    else:
        said = "yes" if operand is True else "no" if operand is False else f"{operand}"
    return f"{said} {unit.removesuffix('s') if said == '1' else unit}" if unit else said


def say_text(text: str) -> str:
    """A text of a rule: as it is when it is one plain word, else in quotes, so that it reads as nothing else."""
    return text if _PLAIN.fullmatch(text) and text not in _TELLING else _in_quotes(text)


def _in_quotes(text: str) -> str:
    if text.isprintable() and '"' not in text:
        return f'"{text}"'
    return f"escaped {json.dumps(text)}"


def say_found(test: Test, found: Any) -> str:
    """What a test found, in words."""
    if found is None:
        return "it is not known"
    if isinstance(test, HistoryTest):
        return (
            f"there is {found}"
            if found == 1
            else f"{'they come to' if isinstance(found, Money) else 'there are'} {found}".rstrip()
        )
    if isinstance(found, bool):
        return "it is so" if found else "it is not so"
    if isinstance(found, datetime):
        return f"it is {say_instant(found)}"
    if isinstance(found, tuple):
        return f"found {', '.join(found) or 'none'}"
    return f"it is {found}"


_STATUS = {
    "execute": "",
    "await_approval": "waits for approval: ",
    "propose": "for a person to decide: ",
    "shadow": "would: ",
}


def say_decision(decision: Mapping[str, Any]) -> str:
    """A decision's JSON as several lines of plain English, with all that did not happen and why."""
    doing = [(action["status"], action["params"]) for action in decision["actions"] if action["type"] != "note"]
    matched = [
        (_say_match(m["policy"], m.get("row"), m["kind"]), [reason["says"] for reason in m["because"]])
        for m in decision["matched"]
    ]
    lines = _say_done(decision["interaction"], doing, matched)
    lines += [f"Not given: {w['policy']}: {w['why']}" for w in decision["withheld"]]
    lines += [
        f"Nearly: {miss['policy']} needs: {'; '.join(_say_need(reason) for reason in miss['needs'])}"
        for miss in decision["near_misses"]
    ]
    lines += [f"Could not be judged: {u['policy']}, missing {', '.join(u['missing'])}" for u in decision["unknown"]]
    lines += [f"Failed: {fault['source']}: {fault['why']}" for fault in decision["faults"]]
    return "\n".join([*lines, f"Decision {decision['id']}, as of {decision['as_of']}."])


def _say_need(reason: Mapping[str, Any]) -> str:
    # What is true and still in the way is needed to be otherwise: an exception, or something under `not`.
    return f"{'it is not so that ' if reason['result'] == 'true' else ''}{reason['says']}"


def say_note(decision_id: str, interaction: str, actions: Iterable[Action], matched: Iterable[Match]) -> str:
    """What the CRM's case is told: what to do, why, and where to ask further."""
    doing = [(action.status, action.params) for action in actions]
    reasons = [
        (_say_match(match.policy, match.row, match.kind), [reason.says for reason in match.because])
        for match in matched
    ]
    return "\n".join([*_say_done(interaction, doing, reasons), f"careengine decision {decision_id}"])


def _say_match(policy: str, row: int | None, kind: str) -> str:
    return f"{policy}{f', row {row}' if row else ''} ({kind})"


def _say_action(status: str, params: Mapping[str, Any]) -> str:
    said = f"- {_STATUS[status]}{params['text']}"
    if message := params.get("message"):
        said += "\n  The customer reads:\n" + "\n".join(f"  | {line}" for line in message.splitlines())
    return said


def _say_done(
    interaction: str, doing: Sequence[tuple[str, Mapping[str, Any]]], matched: Iterable[tuple[str, Iterable[str]]]
) -> list[str]:
    """`doing` are actions by status and params, `matched` what matched with what each reason says."""
    lines = [f"What to do about {interaction}:"]
    lines += [_say_action(status, params) for status, params in doing] or ["- nothing beyond good service"]
    for match, reasons in matched:
        lines.append(f"Because of {match}:")
        lines += [f"- {says}" for says in reasons]
    return lines
