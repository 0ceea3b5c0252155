"""Several works handed on together, on each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from careengine.store import Store


def test_several_are_kept_in_their_order_each_for_itself(store: Store) -> None:
    order: list[int] = []

    def work(number: int) -> Callable[[Connection], int]:
        def do(_: Connection) -> int:
            order.append(number)
            if number == 3:
                raise ValueError(number)
            return number

        return do

    ends = store.submit_all([work(number) for number in range(40)])
    assert [end.result(10) for place, end in enumerate(ends) if place != 3] == [n for n in range(40) if n != 3]
    with pytest.raises(ValueError, match="3"):
        ends[3].result(10)
    assert order == list(range(40))
