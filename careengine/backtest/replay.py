"""Makes a kept decision again from the facts and the rule set kept with it, and compares byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import orjson

from careengine.decide import decide
from careengine.decide.letter import letters_of
from careengine.model.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.decide.guard import Guard
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import PolicySet

_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Whether a decision came out the same; `difference` says where it first did not, and is empty when it did.

    One that was `erased` cannot be made again.
    """

    decision: str
    difference: str = ""
    erased: bool = False

    @property
    def same(self) -> bool:
        """Whether every byte is the same."""
        return not self.difference


def replay(
    kept: Mapping[str, Any],
    facts: Mapping[str, Any],
    policies: PolicySet,
    catalogue: Catalogue,
    guards: Sequence[Guard] = (),
) -> Replayed:
    """Make the decision again. `kept` is its JSON, `facts` the snapshot, `policies` the set built again.

    What customers were written stays what it was: the locale data of another day may say an amount otherwise.
    """
    then = replace(Facts.from_snapshot(facts, catalogue), letters=letters_of(kept))
    made = decide(then, policies, guards).to_json()
    if orjson.dumps(made) == orjson.dumps(kept):
        return Replayed(decision=kept["id"])
    return Replayed(decision=kept["id"], difference=first_difference(kept, made) or "/: the order of members")


def first_difference(kept: Any, made: Any, pointer: str = "") -> str:
    """Where two JSON values first differ, as `/matched/0/policy: kept "a", now "b"`; empty when they do not."""
    if isinstance(kept, dict) and isinstance(made, dict):
        pairs = [(key, kept.get(key, _ABSENT), made.get(key, _ABSENT)) for key in dict.fromkeys([*kept, *made])]
    elif isinstance(kept, list) and isinstance(made, list):
        pairs = [(n, a, b) for n, (a, b) in enumerate(zip_longest(kept, made, fillvalue=_ABSENT))]
    elif type(kept) is type(made) and kept == made:
        return ""
    else:
        return f"{pointer or '/'}: kept {_say(kept)}, now {_say(made)}"
    found = (first_difference(a, b, f"{pointer}/{key}") for key, a, b in pairs)
    return next((difference for difference in found if difference), "")


def _say(value: Any) -> str:
    return "nothing" if value is _ABSENT else orjson.dumps(value).decode()
