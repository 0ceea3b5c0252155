"""The adapter's spec: its words, its settings, its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from careengine.errors import AdapterError
from careengine.model.adapter import CONCURRENCY, IDEMPOTENCY, WEBHOOK, Adapter, AdapterSpec
from careengine.model.decision import ACTION_TYPES
from careengine.testing.bench import Bench
from careengine.testing.checks import check, note

if TYPE_CHECKING:
    from careengine.testing.crm import CrmUnderTest

WORDS = {"concurrency": CONCURRENCY, "idempotency": IDEMPOTENCY, "webhook": WEBHOOK}
METHODS = ("verify", "ack", "parse", "fetch", "history", "apply", "reconcile", "health")


class SpecConformance(Bench):
    """What an adapter says of itself."""

    def test_capabilities_use_known_words(self, spec: AdapterSpec) -> None:
        for name, words in WORDS.items():
            given = getattr(spec.capabilities, name)
            check(given in words, f"{name} is `{given}`; it must be one of {words}")
        unknown = spec.capabilities.actions - set(ACTION_TYPES)
        check(not unknown, f"unknown action types {sorted(unknown)}; known are {ACTION_TYPES}")
        check("note" in spec.capabilities.actions, "every adapter carries out `note`")
        ends = "restrict" not in spec.capabilities.actions or "lift" in spec.capabilities.actions
        check(ends, "who carries out `restrict` carries out `lift`: a restriction that is imposed has to end")

    def test_adapter_has_every_method(self, adapter: Adapter) -> None:
        for name in METHODS:
            check(callable(getattr(adapter, name, None)), f"the adapter has no method `{name}`")

    def test_settings_schema_is_sound_and_explained(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        Draft202012Validator.check_schema(spec.settings_schema)
        problems = [e.message for e in Draft202012Validator(spec.settings_schema).iter_errors(crm.settings(crm.url))]
        check(not problems, f"the test's settings do not fit the adapter's own schema: {problems}")
        for name, setting in spec.settings_schema.get("properties", {}).items():
            check(setting.get("title") and setting.get("description"), f"setting `{name}` needs a title, a description")

    def test_secrets_stay_out_of_words(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        settings = crm.wrong_credentials(crm.url)
        adapter = spec.create(settings)
        with pytest.raises(AdapterError) as refused:
            adapter.apply(note(crm.make_case()), "k")
        said = f"{adapter!r} {adapter.health()} {refused.value}"
        for path in spec.secrets:
            secret: Any = settings
            for name in path:
                secret = secret.get(name, {})
            check(not secret or secret not in said, f"the secret `{'.'.join(path)}` shows in a message")
