from __future__ import annotations

import asyncio
from threading import Event

import pytest

from careengine.service.problems import HttpProblem
from careengine.service.workers import Workers


def test_more_than_there_is_room_for_is_told_to_come_back_and_room_is_given_back() -> None:
    async def story() -> list[int]:
        workers, release = Workers(threads=1, waiting=1), Event()

        def held(number: int) -> int:
            release.wait(10)
            return number

        running = [asyncio.create_task(workers.run(held, number)) for number in (1, 2)]
        await asyncio.sleep(0)
        with pytest.raises(HttpProblem) as refused:
            await workers.run(held, 3)
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
        release.set()
        done = await asyncio.gather(*running)
        done.append(await workers.run(held, 4))
        workers.close()
        return done

    assert asyncio.run(story()) == [1, 2, 4]


def test_a_caller_who_stops_waiting_does_not_free_the_place_before_the_call_has_ended() -> None:
    async def story() -> None:
        workers, started, release = Workers(threads=1, waiting=0), Event(), Event()

        def held() -> None:
            started.set()
            release.wait(10)

        task = asyncio.create_task(workers.run(held))
        await asyncio.to_thread(started.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(HttpProblem):
            await workers.run(held)
        release.set()
        workers.close()

    asyncio.run(story())
