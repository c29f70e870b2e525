"""Letting people go first: what may take its time does so while many of them use the bot.

Everything in a process shares one processor core. A sweep that reads as fast as it can would take most of it, and each
command would wait for its share. So while people keep the bot busy the sweep reads slowly, in small bites. It never
stands still, and goes on at full speed as soon as they pause.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

CROWD: Final = 5
"""So many commands and presses within a second are many."""
READINGS_PER_SECOND: Final = 50.0
"""Wallets a sweep reads meanwhile, of all networks together: about a twentieth of the processor's time."""
_BITE: Final = 10
"""By how much the pieces get smaller in which the sweep works."""


class Courtesy:
    """Knows whether many people use the bot just now."""

    def __init__(
        self, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._came: deque[float] = deque(maxlen=CROWD)
        self._one_by_one = asyncio.Lock()

    def came(self) -> None:
        """Somebody has used a command, a button or a form."""
        self._came.append(self._monotonic())

    @property
    def is_crowded(self) -> bool:
        """Whether many people have used the bot within the last second."""
        return len(self._came) == CROWD and self._monotonic() - self._came[0] < 1.0

    async def give_way(self) -> None:
        """Wait before a wallet is read for a sweep, if people keep the bot busy: all who call take turns."""
        if not self.is_crowded:
            return
        async with self._one_by_one:
            if self.is_crowded:
                await self._sleep(1 / READINGS_PER_SECOND)

    def bite(self, usual: int) -> int:
        """Return of how many things a sweep should make one piece, where it usually takes so many."""
        return max(1, usual // _BITE) if self.is_crowded else usual

    def gather(self, usual: float, together: int) -> float:
        """Return for how many seconds a sweep should gather what it then writes in one go, usually so many together.

        That is as long as a bite takes to come together.
        """
        return self.bite(together) / READINGS_PER_SECOND if self.is_crowded else usual
