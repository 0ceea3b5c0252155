"""Hooks at work: each plugin is called alone, and what one does reaches no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import pytest
from structlog.testing import capture_logs

from careengine.errors import EvaluationError
from careengine.host import Host
from careengine.model.decision import Action, Decision, Veto
from careengine.model.facts import EntryHistory, Facts
from careengine.model.interaction import Interaction

if TYPE_CHECKING:
    from tests.host.distributions import Site

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DECISION = Decision(id="d", interaction="e", as_of="2026-03-02T09:30:00Z", ruleset="r", mode="live")
ACTION = Action(id="a", type="offer", status="execute", target="", params={"text": "x"}, policies=("p",), because="")
FACTS = Facts(fields={"id": "e", "type": "case.opened"}, as_of=NOW, history=EntryHistory())


def interaction() -> Interaction:
    document: dict[str, Any] = {"id": "e", "source": "demo", "type": "case.opened", "case": {"id": "T-1"}}
    return Interaction(
        id="e", source="demo", type="case.opened", occurred_at=NOW, fields={"case.id": "T-1"}, document=document
    )


def hook(name: str, arguments: str, *lines: str) -> str:
    body = "\n    ".join(lines)
    return f"@hookimpl\ndef careengine_{name}({arguments}):\n    {body}\n"


def signals(*lines: str) -> str:
    return hook("signals", "interaction", *lines)


def test_a_host_without_plugins_has_nothing_to_say() -> None:
    host = Host()
    assert (host.plugins, host.guards(), host.rule_packs(), dict(host.adapter_specs())) == ((), (), (), {})
    assert host.signals(interaction()) == {}
    assert host.redact("text", "words") == "words"
    host.decision_recorded(DECISION)


def test_signals_stand_under_their_plugin_and_a_failing_one_is_left_out(site: Site) -> None:
    site.install("a", signals("return {'mood': 'calm'}"))
    site.install("b", signals("raise ValueError('what the customer wrote')"))
    site.install("c", signals("raise SystemExit"))
    site.install("d", signals("return {'mood': 'angry'}"))
    site.install("e", signals("return None"))
    site.install("f", signals("return ['mood']"))
    host = site.host()
    with capture_logs() as logs:
        assert host.signals(interaction()) == {"a": {"mood": "calm"}, "d": {"mood": "angry"}}
    assert [entry["plugin"] for entry in logs] == ["b", "c", "f"]
    assert "customer wrote" not in str(logs)


def test_signals_of_a_wrong_kind_are_dropped_and_named(site: Site) -> None:
    site.install(
        "odd",
        signals(
            "good = {'text': 'x', 'whole': 2**63 - 1, 'real': 0.5, 'flag': True, 'under_score-d': 1}",
            "bad = {'huge': 2**63, 'nan': float('nan'), 'inf': float('inf'), 'none': None, 'list': [1], 'map': {}}",
            "return good | bad | {'half': '\\ud800', 'a.b': 1, '': 1, 7: 1, 'sp ace': 1, 'bytes': b'x'}",
        ),
    )
    host = site.host()
    with capture_logs() as logs:
        found = host.signals(interaction())
    assert found == {"odd": {"text": "x", "whole": 2**63 - 1, "real": 0.5, "flag": True, "under_score-d": 1}}
    assert logs[0]["names"] == ["huge", "nan", "inf", "none", "list", "map", "half", "a.b", "", "7", "sp ace", "bytes"]


def test_a_flood_of_signals_is_cut_at_what_the_schema_allows(site: Site) -> None:
    site.install("flood", signals("return {f's{i}': i for i in range(1000)}"))
    assert len(site.host().signals(interaction())["flood"]) == 100


def test_what_a_plugin_does_to_an_interaction_reaches_nobody(site: Site) -> None:
    scribble = ("interaction.fields['case.id'] = 'X'", "interaction.document['case']['id'] = 'X'", "return {}")
    site.install("a", signals(*scribble))
    site.install("b", signals("return {'case': interaction.fields['case.id'] + interaction.document['case']['id']}"))
    event = interaction()
    assert site.host().signals(event) == {"b": {"case": "T-1T-1"}}
    assert (event.fields["case.id"], event.document["case"]["id"]) == ("T-1", "T-1")


def test_guards_come_by_name_and_give_vetoes(site: Site) -> None:
    site.install("budget", hook("guard", "proposals, facts", "return [Veto(action=p.id, why='no') for p in proposals]"))
    site.install("quiet", hook("guard", "facts", "return None"))
    [(first, budget), (second, quiet)] = site.host().guards()
    assert (first, second) == ("budget", "quiet")
    assert budget([ACTION], FACTS) == (Veto(action="a", why="no"),)
    assert quiet([ACTION], FACTS) == ()


@pytest.mark.parametrize(
    "line",
    ["raise ValueError('secret words')", "raise SystemExit", "return 7", "return [7]", "return (1/0 for _ in '1')"],
)
def test_a_failing_guard_raises_one_kind_of_error_that_quotes_nothing(site: Site, line: str) -> None:
    site.install("bad", hook("guard", "proposals, facts", line))
    [(_, guard)] = site.host().guards()
    with pytest.raises(EvaluationError, match="hook `careengine_guard` of plugin `bad`") as caught:
        guard([ACTION], FACTS)
    assert "secret words" not in str(caught.value)


def test_every_plugin_hears_of_a_decision_though_others_fail(site: Site) -> None:
    site.install("a", hook("decision_recorded", "decision", "raise SystemExit('a')"))
    site.install("b", "heard = []\n" + hook("decision_recorded", "decision", "heard.append(decision.id)"))
    site.install("c", hook("decision_recorded", "", "raise RuntimeError('c')"))
    host = site.host()
    with capture_logs() as logs:
        host.decision_recorded(DECISION)
    assert [(entry["plugin"], entry["hook"]) for entry in logs] == [
        ("a", "careengine_decision_recorded"),
        ("c", "careengine_decision_recorded"),
    ]
    [call] = [call for call in host._hooks["careengine_decision_recorded"] if call.plugin == "b"]
    assert call.function.__globals__["heard"] == ["d"]


def redact(*lines: str) -> str:
    return hook("redact", "field, text", *lines)


def test_the_first_plugin_that_answers_redacts(site: Site) -> None:
    site.install("a", redact("return None"))
    site.install("b", redact("return text.replace('4111', '****') if field == 'text' else None"))
    site.install("c", redact("return 'from c'"))
    host = site.host()
    assert host.redact("text", "card 4111") == "card ****"
    assert host.redact("incident.evidence", "card 4111") == "from c"


def test_a_plugin_can_ask_to_go_first(site: Site) -> None:
    site.install("a", redact("return 'a'"))
    site.install("b", redact("return 'b'").replace("@hookimpl", "@hookimpl(tryfirst=True)"))
    assert site.host().redact("text", "words") == "b"


@pytest.mark.parametrize("line", ["raise ValueError('words')", "raise SystemExit", "return 7"])
def test_text_is_not_kept_when_redacting_fails(site: Site, line: str) -> None:
    site.install("a", redact(line))
    site.install("b", redact("return text"))
    assert site.host().redact("text", "words") is None


def test_text_is_not_kept_when_a_redacting_plugin_is_quarantined(site: Site) -> None:
    site.install("a", redact("return text") + "@hookimpl\ndef careengine_adapters(): raise ValueError\n")
    site.install("b", redact("return text"))
    assert site.host().redact("text", "words") is None
    assert site.host(["a"]).redact("text", "words") == "words"


def test_rule_packs_of_all_plugins_are_found(site: Site) -> None:
    for name in ("a", "b"):
        site.install(name, hook("rule_packs", "", f"return [RulePack(name='{name}', folder={str(site.folder)!r})]"))
    assert [pack.name for pack in site.host().rule_packs()] == ["a", "b"]


def test_plugins_add_verbs_but_replace_none_and_a_failing_one_adds_nothing(site: Site) -> None:
    add = "cli.add_command(click.Command('{}'))"
    site.install("a", "import click\n" + hook("commands", "cli", add.format("sync"), add.format("check")))
    site.install("b", "import click\n" + hook("commands", "cli", add.format("half"), "raise SystemExit"))
    site.install("c", hook("commands", "cli", "cli.commands.clear()"))
    ours = click.Command("check")
    cli = click.Group(commands={"check": ours})
    with capture_logs() as logs:
        site.host().commands(cli)
    assert sorted(cli.commands) == ["check", "sync"]
    assert cli.commands["check"] is ours
    assert [entry["plugin"] for entry in logs] == ["a", "b", "c"]
