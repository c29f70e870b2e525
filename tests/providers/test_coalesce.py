"""Coalescing: one piece of work, shared, owned and ended."""

import asyncio

import pytest

from bot.providers.coalesce import ClosedError, Coalescer


class Work:
    """Work that ends when it is let go."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.started += 1
        number = self.started
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


async def test_the_last_one_to_give_up_ends_the_work() -> None:
    coalescer: Coalescer[str, int] = Coalescer()
    work = Work()
    waiters = [asyncio.create_task(coalescer.run("k", work)) for _ in range(2)]
    await asyncio.sleep(0.01)
    waiters[0].cancel()
    await asyncio.sleep(0)
    assert work.cancelled == 0
    waiters[1].cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    await asyncio.sleep(0)
    assert (work.started, work.cancelled) == (1, 1)


async def test_who_comes_after_everybody_gave_up_starts_anew() -> None:
    coalescer: Coalescer[str, int] = Coalescer()
    work = Work()
    quitter = asyncio.create_task(coalescer.run("k", work))
    await asyncio.sleep(0.01)
    quitter.cancel()
    newcomer = asyncio.create_task(coalescer.run("k", work))
    await asyncio.sleep(0.01)
    work.go.set()
    assert await newcomer == 2


async def test_an_error_reaches_everybody_and_is_not_remembered() -> None:
    coalescer: Coalescer[str, int] = Coalescer()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise LookupError

    outcomes = await asyncio.gather(*(coalescer.run("k", fail) for _ in range(2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]
    work = Work()
    work.go.set()
    assert await coalescer.run("k", work) == 1


async def test_closing_ends_the_work_and_tells_who_waits_without_cancelling_them() -> None:
    coalescer: Coalescer[str, int] = Coalescer()
    work = Work()
    waiter = asyncio.create_task(coalescer.run("k", work))
    await asyncio.sleep(0.01)
    await coalescer.close()
    with pytest.raises(ClosedError):
        await waiter
    with pytest.raises(ClosedError):
        await coalescer.run("k", work)
    assert (work.started, work.cancelled) == (1, 1)
