"""Every decision, however odd, is as its schema says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from careengine import resources
from careengine.decide import decide
from tests.decide.worlds import ENTRIES, FIELDS, facts, policies, policy_set, table_policies
from tests.pipeline.house import late, pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.history import Entry
    from careengine.model.policy import Policy
    from careengine.store import Store

SCHEMA = resources.schema("decision")
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


@given(rules=st.one_of(policies(), table_policies().map(lambda one: [one])), fields=FIELDS, entries=ENTRIES)
def test_decisions_fit_the_schema(rules: Sequence[Policy], fields: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    made = decide(facts(fields, entries), policy_set(rules)).to_json()
    written = _written(made)
    assert [f"{error.instance_path}: {error.message}" for error in VALIDATOR.iter_errors(written)] == []


def _written(decision: dict[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(decision, default=str)) if _storable(decision) else decision


def _storable(decision: dict[str, Any]) -> bool:
    try:
        orjson.dumps(decision)
    except TypeError:  # the worlds hold broken text and endless numbers, which no event can bring in
        return False
    return True


def test_a_kept_decision_fits_the_schema_and_uses_every_part_of_it(store: Store) -> None:
    made = pipeline(store).handle(late(), "acme").decision
    VALIDATOR.validate(made)
    assert list(made) == SCHEMA["required"]


def test_the_schema_is_one_and_its_examples_fit() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for example in SCHEMA["examples"]:
        VALIDATOR.validate(example)


def test_every_part_is_described() -> None:
    def undescribed(node: Any, place: str) -> list[str]:
        found = []
        for name, part in node.get("properties", {}).items():
            found += [f"{place}/{name}"] * (not {"title", "description"} <= set(part))
            found += undescribed(part, f"{place}/{name}")
        return found

    parts = {"": SCHEMA, **SCHEMA["$defs"]}
    assert [each for name, part in parts.items() for each in undescribed(part, name)] == []
