"""Work that goes on for minutes after a command, owned by its cog: it ends with the cog."""

import asyncio
from collections.abc import Coroutine


class Watchers:
    """Runs what a command has begun, and cuts it short when the bot stops. What matters is in the database."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, work: Coroutine[None, None, None]) -> None:
        """Do something that may take minutes, to its end. Raises what it raises."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await task

    async def stop(self) -> None:
        """Cut everything short."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
