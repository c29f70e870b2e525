"""Reconciling many members of many servers, so that every server's limit at Discord is used in full.

What Discord allows is about one role change a second for each server. So servers are worked on side by side, and no
server waits for another. Within one, members follow each other: the first role change that Discord refuses stops the
rule before the next member is decided.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence

from bot.domain.errors import HoldfastError
from bot.domain.members import Membership
from bot.domain.urgency import Urgency
from bot.services.reconciling import Reconciler
from bot.services.side_by_side import outcomes

GUILDS_AT_ONCE = 200
LOOK_AHEAD = 50
"""As many of a server are looked up together."""
MEMBERS_IN_A_ROW = 100
"""Of one server; then it is asked anew who is due, since somebody may have become so meanwhile."""
LOOK_AGAIN = 0.5
"""Seconds; how soon servers whose members became due, or that are done with theirs, get a turn beside the others."""
LOOKING_PART = 10
"""At most one part in so many of the time goes into looking who is due: what takes long is done less often."""

FindDue = Callable[[Collection[int]], Awaitable[Sequence[Membership]]]
"""Returns members that are due, of servers other than these."""
_Tally = tuple[int, int]
"""How many members were looked at, and how many roles changed."""


class GuildQueues:
    """Reconciles members for a sweep."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    async def drain(self, find_due: FindDue) -> tuple[int, int]:
        """Reconcile who is due, until no server is at work. Returns how many members, and how many roles changed.

        Raises what went wrong first, once everything that was begun has ended.
        """
        at_work: dict[int, asyncio.Task[_Tally]] = {}
        ended: list[asyncio.Task[_Tally]] = []
        failures: list[BaseException] = []
        loop = asyncio.get_running_loop()
        try:
            while not failures:
                looks_since = loop.time()
                try:
                    self._begin(await find_due(at_work.keys()), at_work)
                except HoldfastError as error:  # raised below, once all have ended
                    failures.append(error)
                if at_work:
                    pause = max(LOOK_AGAIN, (loop.time() - looks_since) * LOOKING_PART)
                    await asyncio.wait(at_work.values(), timeout=pause)
                done = [guild_id for guild_id, task in at_work.items() if task.done()]
                ended.extend(at_work.pop(guild_id) for guild_id in done)
                failures.extend(failure for task in ended if (failure := task.exception()) is not None)
                if not at_work:
                    break
            results = await asyncio.gather(*ended, *at_work.values(), return_exceptions=True)
        finally:
            await _end(at_work.values())
        return _sum(outcomes([*failures, *results]))

    def _begin(self, members: Sequence[Membership], at_work: dict[int, asyncio.Task[_Tally]]) -> None:
        by_guild: dict[int, list[int]] = defaultdict(list)
        for member in members:
            by_guild[member.guild_id].append(member.user_id)
        for guild_id, user_ids in by_guild.items():
            if guild_id not in at_work and len(at_work) < GUILDS_AT_ONCE:
                work = self.drain_guild(guild_id, user_ids[:MEMBERS_IN_A_ROW])
                at_work[guild_id] = asyncio.create_task(work, name=f"roles:{guild_id}")

    async def drain_guild(self, guild_id: int, user_ids: Sequence[int]) -> tuple[int, int]:
        """Reconcile members of one server. Returns how many, and how many roles changed."""
        changed = 0
        for start in range(0, len(user_ids), LOOK_AHEAD):
            some = user_ids[start : start + LOOK_AHEAD]
            await self._reconciler.look_ahead(guild_id, some)
            for user_id in some:
                result = await self._reconciler.reconcile(guild_id, user_id, urgency=Urgency.SWEEP)
                changed += len(result.changes)
        return len(user_ids), changed


def _sum(tallies: Sequence[_Tally]) -> _Tally:
    return sum(looked_at for looked_at, _ in tallies), sum(changed for _, changed in tallies)


async def _end(tasks: Collection[asyncio.Task[_Tally]]) -> None:
    """Leave nothing running when the whole is cut short: who is not done is still due."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
