from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careengine.service.supervisor import pause


@given(st.integers(1, 10**9))
def test_a_worker_that_keeps_dying_is_started_ever_later_to_a_bound(failures: int) -> None:
    assert 0.5 <= pause(failures) <= pause(failures + 1) <= 30


def test_the_first_restart_comes_soon() -> None:
    assert [pause(failures) for failures in (1, 2, 3)] == [0.5, 1, 2]
