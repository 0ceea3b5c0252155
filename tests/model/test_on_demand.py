"""Records whose parts are built when they are read are, from outside, like any others."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from careengine.model.on_demand import OnDemand


@dataclass(frozen=True, kw_only=True)
class Letter(OnDemand):
    address: str
    text: str


@dataclass(slots=True)
class Writer:
    """Counts how often it is asked."""

    words: str
    written: int = 0

    def text(self) -> str:
        self.written += 1
        return self.words

    def stamp(self) -> str:
        return "not part of a letter"


def test_a_part_is_built_when_it_is_read_and_once() -> None:
    writer = Writer("Dear you")
    letter = Letter.later(writer, address="home")
    assert (letter.address, writer.written) == ("home", 0)
    assert (letter.text, letter.text, writer.written) == ("Dear you", "Dear you", 1)


def test_it_is_the_same_as_one_made_by_hand() -> None:
    by_hand = Letter(address="home", text="Dear you")

    def made() -> Letter:
        return Letter.later(Writer("Dear you"), address="home")

    assert made() == by_hand
    assert by_hand == made()
    assert hash(made()) == hash(by_hand)
    assert repr(made()) == repr(by_hand)
    assert made() != Letter.later(Writer("Dear me"), address="home")
    assert replace(made(), address="away") == Letter(address="away", text="Dear you")
    for again in (copy.copy(made()), copy.deepcopy(made()), pickle.loads(pickle.dumps(made()))):  # noqa: S301  our own
        assert again == by_hand


def test_nothing_can_be_set_and_nothing_else_can_be_read() -> None:
    letter = Letter.later(Writer("Dear you"), address="home")
    with pytest.raises(FrozenInstanceError):
        letter.text = "other"  # type: ignore[misc]
    for name in ("stamp", "words", "__deepcopy__"):
        with pytest.raises(AttributeError, match=f"`Letter` has no `{name}`"):
            getattr(letter, name)
    with pytest.raises(AttributeError, match="has no `more`"):
        _ = Letter(address="home", text="").more  # type: ignore[attr-defined]
