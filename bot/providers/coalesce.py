"""Equal questions asked at the same time are asked once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class ClosedError(Exception):
    """The work was stopped because its owner is shutting down."""


@dataclass(slots=True)
class _Flight(Generic[Result]):
    task: asyncio.Task[Result]
    waiters: int = 0


class Coalescer(Generic[Key, Result]):
    """Runs work by key; who comes while it runs shares the result.

    Cancelling one waiter leaves the others alone; the work itself is cancelled when the last waiter is gone, and by
    `close`.
    """

    def __init__(self) -> None:
        self._flights: dict[Key, _Flight[Result]] = {}
        self._tasks: set[asyncio.Task[Result]] = set()
        self._closed = False

    async def run(self, key: Key, work: Callable[[], Coroutine[None, None, Result]]) -> Result:
        """Return what `work` returns, or what it raises; raise `ClosedError` after `close`."""
        if self._closed:
            raise ClosedError
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = self._start(key, work)
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            waiter = asyncio.current_task()
            if flight.task.cancelled() and not (waiter and waiter.cancelling()):
                raise ClosedError from None
            raise
        finally:
            flight.waiters -= 1
            if flight.waiters == 0 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()

    async def close(self) -> None:
        """Stop all work and wait until it has stopped."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: Key, work: Callable[[], Coroutine[None, None, Result]]) -> _Flight[Result]:
        task = asyncio.create_task(work())
        flight = _Flight(task)
        self._tasks.add(task)

        def land(_: asyncio.Task[Result]) -> None:
            self._tasks.discard(task)
            self._land(key, flight)

        task.add_done_callback(land)
        return flight

    def _land(self, key: Key, flight: _Flight[Result]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
