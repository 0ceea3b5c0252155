"""A full disk and one that fails now and then: clear refusals, nothing acknowledged is lost, no hand is needed.

The short form of `python -m tests.reliability disk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability.disk import shim
from tests.reliability.disk.trouble import Troubled, trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.disk.shim import Orders

pytestmark = pytest.mark.skipif(bool(shim.unusable()), reason=shim.unusable())


TROUBLES: dict[str, tuple[Callable[[Orders], None], str]] = {
    "full": (lambda orders: orders.leave_room(100_000), "is full; make room"),
    "failing": (lambda orders: orders.fail(0.05), "failed; check it"),
}


@pytest.fixture(scope="module", params=TROUBLES)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Troubled, str]:
    begin, why = TROUBLES[request.param]
    return trouble(tmp_path_factory.mktemp(request.param), 40, begin), why


def test_a_service_gets_through_trouble_with_its_disk(found: tuple[Troubled, str]) -> None:
    came, why = found
    assert (came.missing, came.unclear, came.damaged) == ([], [], False)
    assert came.failed > 0
    assert came.refused.keys() == {503}
    assert why in came.logged
    assert came.recovered >= 0
    assert (came.ready, came.left) == (True, 0)


def test_the_sender_is_told_why(found: tuple[Troubled, str]) -> None:
    came, why = found
    assert came.told
    assert all("nothing of this was kept: " in told and "disk" in told and "/" not in told for told in came.told)
    assert any(why in told for told in came.told)
