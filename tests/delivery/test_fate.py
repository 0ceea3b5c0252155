"""The law of waiting: it doubles, it has a ceiling, and chance takes any part of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careengine.delivery.fate import Again, Park, backoff, fate_of
from careengine.errors import Retryable
from tests.delivery.crm import SETTINGS

_CHANCE = st.floats(0, 1, exclude_max=True)


@given(attempts=st.integers(1, 1000), chance=_CHANCE)
def test_backoff(attempts: int, chance: float) -> None:
    ceiling = min(SETTINGS.first_delay_seconds * 2 ** (attempts - 1), SETTINGS.max_delay_seconds)
    waits = backoff(attempts, SETTINGS, lambda: chance)
    assert waits == chance * ceiling
    assert 0 <= waits < ceiling or chance == 0


@given(attempts=st.integers(1, 20), chance=_CHANCE)
def test_there_are_never_more_attempts_than_the_most(attempts: int, chance: float) -> None:
    fate = fate_of(Retryable("busy"), attempts, SETTINGS, lambda: chance)
    assert isinstance(fate, Park if attempts >= SETTINGS.max_attempts else Again)
