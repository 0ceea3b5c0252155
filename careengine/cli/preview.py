"""`careengine preview POLICY`: the messages of a policy as customers would read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.events import read_events
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.render import named
from careengine.cli.rules import rules_and_fields
from careengine.decide.propose import letters
from careengine.errors import CareError
from careengine.messages import write
from careengine.messages.shown import locale_of
from careengine.model.facts import Facts
from careengine.model.value import Money, parse_instant
from careengine.model.zone import zone_named
from careengine.pipeline.reading import Reader
from careengine.policy.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.decide.proposal import Proposal
    from careengine.model.catalogue import Catalogue, Field
    from careengine.model.policy import Policy
    from careengine.model.value import Value
    from careengine.policy.fields import SiteFields

_SAMPLE_DAY = "2026-03-02T09:30:00Z"
_SAMPLES: Mapping[str, Any] = {
    "text": "…",
    "category": "…",
    "number": 3,
    "integer": 3,
    "boolean": True,
    "instant": parse_instant(_SAMPLE_DAY),
    "money": Money.parse("25.00 GBP"),
    "tags": ("…",),
}


class NothingToShowError(CareError):
    """The policy has no message, or there is no event to fill it with."""


def _a_locale(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value and locale_of(value) is None:
        raise click.BadParameter(f"`{value}` is no locale; write `de_DE`, `en_GB` or `fr`")
    return value


def _a_zone(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value and zone_named(value) is None:
        raise click.BadParameter(f"`{value}` is no zone; write `Europe/Berlin`")
    return value


@click.command()
@click.argument("what", metavar="POLICY")
@click.option("--event", "event_file", type=click.Path(path_type=Path, allow_dash=True), help="An interaction as JSON.")
@click.option("--locale", callback=_a_locale, metavar="LOCALE", help="The customer's locale, such as `de_DE`.")
@click.option("--zone", callback=_a_zone, metavar="ZONE", help="The customer's zone, such as `Europe/Berlin`.")
@format_option("text", "json")
@pass_program
def preview(
    program: Program, what: str, event_file: Path | None, locale: str | None, zone: str | None, format_: str
) -> int:
    """Show the messages of POLICY (an id, or a rule file) as the customer would read them.

    With --event they are filled with the facts of an interaction (`-`: standard input); without it every fact has the
    example of its field, and each language is shown. A notice is shown for each step, with `[behaviour]` and
    `[evidence_summary]` where a person's words will stand. Whether the policy would match is not asked. The exit
    code is 1 when a message cannot be written.
    """
    policy, fields = _policy(program, what)
    given = {name: value for name, value in (("customer.locale", locale), ("customer.tz", zone)) if value}
    facts = _of_event(event_file, fields) if event_file else _samples(fields.catalogue)
    shown = list(_shown(policy, facts, given, each=not event_file and not locale))
    if not shown:
        raise NothingToShowError(f"the policy `{policy.id}` has no message")
    if format_ == "json":
        say_json({"policy": policy.id, "messages": shown})
    else:
        _say(shown, sampled=not event_file)
    return 1 if any(one["message"] is None for one in shown) else 0


def _policy(program: Program, what: str) -> tuple[Policy, SiteFields]:
    path = Path(what)
    found, fields = rules_and_fields(program, [path] if path.exists() else ())
    known = load(found, fields.catalogue, bring=True)
    return named(known, path.stem if path.exists() else what), fields


def _of_event(path: Path, fields: SiteFields) -> Facts:
    batch = read_events(path)
    if len(batch.events) != 1:
        why = batch.bad[0].why if batch.bad else f"it holds {len(batch.events)}"
        raise NothingToShowError(f"`{path}` must hold one interaction: {why}")
    event = Reader.of(fields.schema, fields.catalogue).read(batch.events[0].document)
    return Facts.of(event.fields, event.occurred_at, ())


def _samples(catalogue: Catalogue) -> Facts:
    values = {path: _sample(field) for path, field in catalogue.fields.items() if not field.words}
    del values["customer.locale"], values["language"]
    return Facts.of(values, datetime.now(UTC), ())


def _sample(field: Field) -> Value:
    example = field.examples[0] if field.examples else None
    if field.type == "instant":
        return parse_instant(str(example)) if example else _SAMPLES["instant"]
    if field.type == "money":
        return Money.parse(str(example)) if example else _SAMPLES["money"]
    if field.type == "tags":
        return tuple(map(str, field.examples)) or _SAMPLES["tags"]
    return example if example is not None else field.allowed[0] if field.allowed else _SAMPLES[field.type]


def _shown(policy: Policy, facts: Facts, given: Mapping[str, str], *, each: bool) -> Iterator[dict[str, Any]]:
    for row, wish in letters(policy, facts):
        letter = wish.letter
        assert letter is not None  # noqa: S101  only wishes with letters are given
        for locale in [language for language, _ in letter.message.said()] if each else [""]:
            spoken = {**given, "customer.locale": locale} if locale else given
            yield _one(row, wish, {**facts.fields, **spoken})


def _one(row: int, wish: Proposal, fields: Mapping[str, Any]) -> dict[str, Any]:
    assert wish.letter is not None  # noqa: S101  as above
    written = write(wish.letter.message, fields, wish.letter.params)
    told = {"action": wish.type, "language": written.language, "locale": written.locale, "message": written.text}
    step = {"step": wish.params["step"]} if wish.type == "restrict" else {}
    return {**told, **step, **({"row": row} if row else {}), **({"needs": written.why} if written.why else {})}


def _say(shown: Sequence[Mapping[str, Any]], *, sampled: bool) -> None:
    if sampled:
        tell("no event was given: every fact has the example of its field", fg="yellow")
    for number, one in enumerate(shown):
        if number:
            say()
        row = f", row {one['row']}" if "row" in one else ""
        step = f" ({one['step'].replace('_', ' ')})" if "step" in one else ""
        say(f"With `{one['action']}`{step}{row}, in {one['locale']}:", bold=True)
        say(one["message"] if one["message"] is not None else f"(not written: {one['needs']})")
