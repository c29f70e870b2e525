"""A member's wish not to count in one server: the wallets stay linked, the roles that rest on them here go."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.ledger import RoleOutcome
from bot.services.ports import Clock, Store
from bot.services.reconciling import Reconciler, Reconciliation, RoleChange


@dataclass(frozen=True, slots=True)
class Opted:
    """What came of opting out or in."""

    is_news: bool
    """Whether it was not so already."""
    roles: Reconciliation


class OptingOut:
    """The use cases of `/privacy optout` and `/privacy optin`."""

    def __init__(self, store: Store, reconciler: Reconciler, clock: Clock) -> None:
        self._store = store
        self._reconciler = reconciler
        self._clock = clock

    async def opt_out(self, guild_id: int, user_id: int) -> Opted:
        """Let a member's wallets not count in a server any more. Roles from the bot go at once: that is asked for."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.members.meet(guild_id, user_id, now)
            is_news = await unit.opt_outs.add(guild_id, user_id, now)
            if is_news:
                line = AuditLine(now, guild_id, user_id, AuditAction.MEMBER_OPTED_OUT, str(user_id))
                await unit.audit.add(line)
            await unit.members.touch_members(guild_id, [user_id])
        return Opted(is_news, await self._reconcile(guild_id, user_id, now))

    async def opt_in(self, guild_id: int, user_id: int) -> Opted:
        """Let a member's wallets count in a server again. The roles follow at once."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.members.meet(guild_id, user_id, now)
            is_news = await unit.opt_outs.remove(guild_id, user_id)
            if is_news:
                line = AuditLine(now, guild_id, user_id, AuditAction.MEMBER_OPTED_IN, str(user_id))
                await unit.audit.add(line)
            await unit.members.touch_members(guild_id, [user_id])
        return Opted(is_news, await self._reconcile(guild_id, user_id, now))

    async def _reconcile(self, guild_id: int, user_id: int, since: datetime) -> Reconciliation:
        """Reconcile, and tell all that changed since then: a tick in between may have done the work already."""
        result = await self._reconciler.reconcile(guild_id, user_id, look=True)
        async with self._store.unit() as unit:
            lines = await unit.journal.of_member_since(guild_id, user_id, since)
        done = [RoleChange(line.role_id, line.action) for line in lines if line.outcome is RoleOutcome.DONE]
        return replace(result, changes=tuple(dict.fromkeys((*result.changes, *done))))
