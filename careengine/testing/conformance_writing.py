"""Writing to the CRM, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.errors import NotFound, Unsupported
from careengine.model.adapter import CHANGED, UNCHANGED, Adapter, AdapterSpec
from careengine.model.decision import ACTION_TYPES
from careengine.testing.bench import Bench
from careengine.testing.checks import action, check, note

if TYPE_CHECKING:
    from careengine.testing.crm import CrmUnderTest
    from careengine.testing.proxy import Proxy


class WritingConformance(Bench):
    """What an adapter carries out."""

    def test_apply_carries_out_every_declared_action(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest
    ) -> None:
        for kind in sorted(spec.capabilities.actions):
            case = crm.make_case()
            before = crm.read_case(case)
            receipt = adapter.apply(action(kind, case, crm.params(kind)), f"key-{kind}")
            check(receipt.outcome == CHANGED, f"`{kind}` on a fresh case must be changed, it was {receipt.outcome}")
            check(crm.read_case(case) != before, f"`{kind}` says it changed the case, and nothing changed")

    def test_apply_again_with_the_same_key_writes_nothing(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy
    ) -> None:
        for kind in sorted(spec.capabilities.actions):
            case = crm.make_case()
            asked = action(kind, case, crm.params(kind))
            adapter.apply(asked, f"once-{kind}")
            state, proxy.writes = crm.read_case(case), 0
            again = adapter.apply(asked, f"once-{kind}")
            check(again.outcome == UNCHANGED, f"`{kind}` applied twice must be unchanged, it was {again.outcome}")
            check(proxy.writes == 0, f"`{kind}` applied twice must not write again, it made {proxy.writes} writes")
            check(crm.read_case(case) == state, f"`{kind}` applied twice changed the case again")

    def test_apply_of_a_note_is_read_back(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        adapter.apply(note(case, "First line\nsecond: 25.00 GBP (50%) <b>&amp;</b> {{x}} {% y %} #1"), "key-a")
        adapter.apply(note(case, "Another note"), "key-b")
        notes = crm.read_case(case).notes
        check(sum("First line" in text for text in notes) == 1, "the first note stands once")
        check(any("25.00 GBP (50%)" in text for text in notes), "a note keeps its words, whatever they look like")
        check(sum("Another note" in text for text in notes) == 1, "a note with another key is another note")

    def test_apply_of_an_undeclared_action(self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        for kind in sorted(set(ACTION_TYPES) - spec.capabilities.actions):
            with pytest.raises(Unsupported):
                adapter.apply(action(kind, case, {}), f"key-{kind}")

    def test_apply_on_a_missing_case(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        with pytest.raises(NotFound):
            adapter.apply(note(crm.missing_case()), "key")
