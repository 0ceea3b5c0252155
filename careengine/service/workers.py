"""A bounded crew of threads for the calls that block, so that the event loop never waits for a database."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from careengine.service.problems import busy

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """`threads` calls run at a time and `waiting` more may queue; the next one is told to come back."""

    def __init__(self, threads: int = 8, waiting: int = 120) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="careengine-request")
        self._places = BoundedSemaphore(threads + waiting)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a blocking function in a thread. Raises HttpProblem 429 when every place is taken."""
        if not self._places.acquire(blocking=False):
            raise busy()
        try:
            # With the context of the request, so that spans and log lines know where they belong.
            future = self._pool.submit(copy_context().run, partial(function, *args, **kwargs))
        except BaseException:
            self._places.release()
            raise
        # The place is free when the call has ended, not when a caller has stopped waiting for it.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for the calls that run, then let the threads go. What still queues has nobody who waits for it."""
        self._pool.shutdown(wait=True, cancel_futures=True)
