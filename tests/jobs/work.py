"""Jobs for tests."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

OFTEN = timedelta(0)


class Work:
    """A job that can be held, and counts how it is run."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.ran = asyncio.Condition()
        self.on_end: Callable[[], None] = lambda: None

    async def run(self) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        try:
            await self.go_on.wait()
        finally:
            self.at_once -= 1
        self.runs += 1
        self.on_end()
        async with self.ran:
            self.ran.notify_all()
        return False

    async def has_run(self, times: int) -> None:
        async with asyncio.timeout(30), self.ran:
            await self.ran.wait_for(lambda: self.runs >= times)
