"""Whose unit of work is next where there is one writer: people's first, and the sweep's now and then all the same."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.domain.urgency import Urgency

PEOPLE_IN_A_ROW: Final = 4
"""After so many units of people one of the sweep goes, if one waits: it gets slower, and never stands still."""


class UnitQueue:
    """Lets one unit at a time through. Among those of one urgency the first who came goes first."""

    def __init__(self) -> None:
        self._lines: dict[Urgency, deque[asyncio.Future[None]]] = {each: deque() for each in Urgency}
        self._is_taken = False
        self._people_in_a_row = 0

    @asynccontextmanager
    async def turn(self, urgency: Urgency, patience: float) -> AsyncIterator[None]:
        """Wait for the turn, and keep it. Raises `TimeoutError` after `patience` seconds of waiting."""
        if self._is_taken:
            await self._wait(self._lines[urgency], patience)
        self._is_taken = True
        self._people_in_a_row = self._people_in_a_row + 1 if urgency is Urgency.PERSON else 0
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, line: "deque[asyncio.Future[None]]", patience: float) -> None:
        mine = asyncio.get_running_loop().create_future()
        line.append(mine)
        try:
            async with asyncio.timeout(patience):
                await mine
        except BaseException:
            if mine in line:
                line.remove(mine)
            elif not mine.cancelled():  # given up just when the turn had come
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        for waiting in self._lines.values():
            while waiting and waiting[0].cancelled():  # given up, and not gone from the line yet
                waiting.popleft()
        people, sweep = self._lines[Urgency.PERSON], self._lines[Urgency.SWEEP]
        is_sweeps_turn = bool(sweep) and (not people or self._people_in_a_row >= PEOPLE_IN_A_ROW)
        line = sweep if is_sweeps_turn else people
        self._is_taken = bool(line)  # handed on, so that nobody who comes meanwhile slips in
        if line:
            line.popleft().set_result(None)
