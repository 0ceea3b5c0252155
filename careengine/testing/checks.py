"""What the kit's tests share: checks that fail with a sentence, and actions to carry out."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from jsonschema import Draft202012Validator

from careengine.errors import AdapterError, OutcomeUnknown, SignatureError
from careengine.model.adapter import NO_PROOF, UNKNOWN, Adapter, AdapterSpec, Receipt, WebhookRequest
from careengine.model.decision import EXECUTE, Action
from careengine.resources import schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_numbers = count(1)


def repr_short(value: object) -> str:
    """A test id that a terminal can show."""
    return ascii(value)[:20]


def check(holds: object, otherwise: str) -> None:
    """Fail with a sentence that tells an adapter's author what to mend."""
    if not holds:
        raise AssertionError(otherwise)


def needs_proof(spec: AdapterSpec) -> None:
    """Skip where the adapter declares that its CRM sends no proof."""
    if spec.capabilities.webhook == NO_PROOF:
        pytest.skip("this adapter takes no webhooks that prove their sender")


def action(kind: str, case: str, params: Mapping[str, Any]) -> Action:
    """An action on a case, as a decision would carry it."""
    number = next(_numbers)
    text = str(params.get("text") or f"Conformance {kind} {number}")
    return Action(
        id=f"conformance-{number}",
        type=kind,
        status=EXECUTE,
        target=f"case:{case}",
        params={**params, "case": case, "text": text},
        policies=("conformance",),
        because="the conformance kit asks for it",
    )


def note(case: str, text: str = "A note") -> Action:
    """A note on a case."""
    return action("note", case, {"text": text})


def outcome(adapter: Adapter, asked: Action, key: str) -> str:
    """What the adapter says became of an action: its receipt, or unknown when it raises OutcomeUnknown."""
    try:
        receipt: Receipt = adapter.apply(asked, key)
    except OutcomeUnknown:
        return UNKNOWN
    except AdapterError as error:
        raise AssertionError(f"it may or may not have been done, and the adapter raises {error!r}") from error
    return receipt.outcome


def unwell(adapter: Adapter) -> None:
    """Check that the adapter says so, with a reason, when it cannot work."""
    health = adapter.health()
    check(not health.ok and health.detail, "health must be not ok, with a reason, and must not raise")


def passes_or_refuses(adapter: Adapter, request: WebhookRequest) -> None:
    """Check that verify gives an id or raises SignatureError, and nothing else."""
    try:
        check(adapter.verify(request), "verify gives a delivery id or raises SignatureError")
    except SignatureError:
        return


def with_query(url: str, value: str) -> str:
    """The address with every value of its query replaced."""
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(dict.fromkeys(names, value))))


def all_valid(events: Sequence[Mapping[str, Any]]) -> None:
    """Check interactions against their schema, formats included."""
    validator = Draft202012Validator(schema("interaction"), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for event in events:
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]
        check(not problems, f"the interaction does not fit its schema: {problems}")
