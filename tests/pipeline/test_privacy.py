"""What is kept of people's words, by the setting, and as plugins redact it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.facts import Facts, RecordedHistory
from careengine.pipeline.privacy import Privacy
from tests.decide.worlds import CATALOGUE, NOW
from tests.pipeline.house import READER, contact

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = contact(
    text="hello",
    survey={"csat": 2, "comment": "slow"},
    incident={"id": "i-1", "evidence": ["call 7", "mail 8"]},
    case={"id": "T-1", "subject": "my parcel"},
)
WORDS = {"text", "case.subject", "survey.comment", "incident.evidence"}


def _same(_: str, text: str) -> str:
    return text


def _kept(keep_text: str, redact: Callable[[str, str], str | None] = _same) -> tuple[dict[str, Any], dict[str, Any]]:
    privacy = Privacy.of(CATALOGUE, keep_text, redact)
    interaction = READER.read(EVENT)
    facts = Facts(fields=interaction.fields, as_of=NOW, history=RecordedHistory({}))
    return dict(READER.catalogue.flatten(privacy.document(interaction.document))), privacy.snapshot(facts)["fields"]


@pytest.mark.parametrize(
    ("keep_text", "gone"), [("all", set()), ("evidence", WORDS - {"incident.evidence"}), ("none", WORDS)]
)
def test_the_setting_decides(keep_text: str, gone: set[str]) -> None:
    document, snapshot = _kept(keep_text)
    everything = set(READER.read(EVENT).fields)
    assert everything >= WORDS
    for kept in (document, snapshot):
        assert not gone & set(kept)
        assert {"survey.csat", "incident.id", "case.id"} <= set(kept)


def test_what_is_kept_is_redacted_everywhere() -> None:
    document, snapshot = _kept("all", lambda field, text: f"{field}!" if field != "survey.comment" else text)
    for kept in (document, snapshot):
        assert (kept["text"], kept["survey.comment"]) == ("text!", "slow")
        assert list(kept["incident.evidence"]) == ["incident.evidence!", "incident.evidence!"]


def test_what_nobody_vouches_for_is_not_kept() -> None:
    document, snapshot = _kept("all", lambda _, text: None if text in ("hello", "call 7") else text)
    for kept in (document, snapshot):
        assert "text" not in kept
        assert list(kept["incident.evidence"]) == ["mail 8"]


def test_other_fields_are_never_redacted() -> None:
    document, _ = _kept("all", lambda field, _: field)
    assert {path for path, value in document.items() if value in (path, (path, path))} == WORDS
