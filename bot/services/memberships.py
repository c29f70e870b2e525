"""Who is in which server: what Discord's events and people's commands tell about it."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.ledger import LedgerState
from bot.domain.looks import SECOND_LOOK
from bot.domain.markup import plain
from bot.domain.members import Unreachable
from bot.domain.rules import RuleState
from bot.services.guild_log import GuildLog
from bot.services.keyed_locks import KeyedLocks
from bot.services.loose_ends import MEMBER_LEFT, ROLE_DELETED, tie_up, tie_up_role
from bot.services.ports import Clock, DiscordGateway, Store


class Memberships:
    """Keeps the members' presence true. Everything here is idempotent, since events may be lost or come twice.

    A member's coming and going are recorded in the order in which they were told: handled side by side, the leaving of
    somebody who is back already could be written last.
    """

    def __init__(
        self,
        store: Store,
        gateway: DiscordGateway,
        guild_log: GuildLog,
        clock: Clock,
        look_every: timedelta | None,
    ) -> None:
        """`look_every`: see `MemberCase.look_every`."""
        self._store = store
        self._gateway = gateway
        self._look_every = look_every
        self._guild_log = guild_log
        self._clock = clock
        self._in_order = KeyedLocks()

    async def met(self, guild_id: int, user_id: int, role_ids: frozenset[int] | None = None) -> bool:
        """A member used a command or a button, so they are in the server. False when no notice can be owed to them.

        `role_ids` are the roles that Discord showed with it. One that the ledger claims and Discord does not show is
        looked into: the member may have left and come back unnoticed.
        """
        async with self._store.reading() as unit:
            known = await unit.cases.contact(guild_id, user_id)
        if known is not None and (role_ids is None or known.claimed <= role_ids):
            return known.may_be_owed_notice  # as it mostly is, and nothing is to be written
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.members.meet(guild_id, user_id, now)
            if role_ids is None:
                return True
            claimed = [
                entry
                for entry in await unit.ledger.of_member(guild_id, user_id)
                if entry.state is LedgerState.HELD and entry.missing_since is None and entry.role_id not in role_ids
            ]
            for entry in claimed:
                await unit.ledger.save(replace(entry, missing_since=now - SECOND_LOOK))
            if claimed:
                await unit.members.touch_user(user_id)
        return True

    async def joined(self, guild_id: int, user_id: int) -> None:
        """A user came into a server. Who has a linked wallet gets the roles without signing again."""
        async with self._in_order.of((guild_id, user_id)), self._store.unit() as unit:
            if not await unit.links.of_user(user_id):
                return
            now = self._clock.now()
            await unit.members.meet(guild_id, user_id, now)
            # Their leaving may have gone unnoticed; then the ledger still claims roles that Discord took away.
            for entry in await unit.ledger.of_member(guild_id, user_id):
                if entry.state is LedgerState.HELD and entry.verified_at is not None:  # the others are looked at anyway
                    await unit.ledger.save(replace(entry, missing_since=now - SECOND_LOOK))
            await unit.members.touch_user(user_id)

    async def left(self, guild_id: int, user_id: int) -> None:
        """A member left a server; Discord took all their roles away. The links stay."""
        async with self._in_order.of((guild_id, user_id)), self._store.unit() as unit:
            if await unit.members.get(guild_id, user_id) is None:
                return
            await unit.members.mark_left(guild_id, user_id, None)
            entries = await unit.ledger.of_member(guild_id, user_id)
            await tie_up(unit, entries, self._clock.now(), MEMBER_LEFT)
            for entry in entries:
                await unit.ledger.remove(entry)

    async def role_deleted(self, guild_id: int, role_id: int) -> None:
        """A role was deleted: stop its rule and say so."""
        note = "The role was deleted in Discord."
        async with self._store.unit() as unit:
            await unit.rules.begin_change(guild_id)
            rule = await unit.rules.of_role(guild_id, role_id)
            await tie_up_role(unit, guild_id, role_id, self._clock.now(), ROLE_DELETED)
            await unit.ledger.remove_role(guild_id, role_id)
            if rule is None or rule.state is RuleState.ROLE_GONE:
                return
            if not await unit.rules.stop(guild_id, role_id, RuleState.ROLE_GONE, note):
                await unit.rules.save(replace(rule, state=RuleState.ROLE_GONE, state_note=note))
            line = AuditLine(self._clock.now(), guild_id, None, AuditAction.RULE_STOPPED, rule.role_name, "", note)
            await unit.audit.add(line)
        await self._guild_log.post(
            guild_id,
            f"**The rule for “{plain(rule.role_name)}” is stopped.** {note} Nothing else changes. Remove the rule with "
            "the option `deleted` of `/rule remove`; for a new role, make a new rule.",
        )

    async def connected(self, guild_id: int, role_ids: frozenset[int]) -> None:
        """Discord shows a server and all its roles, as with every new connection: make up for what was missed.

        A role may have been deleted, which nobody would notice as long as its rule writes nothing. And where Discord
        does not tell who leaves, holders without a time for their next look get one.
        """
        async with self._store.unit() as unit:
            rules = await unit.rules.of_guild(guild_id)
            if self._look_every is not None:
                await unit.members.touch_members(guild_id, await unit.members.holders_without_look(guild_id))
        expected = [rule.role_id for rule in rules if rule.state is not RuleState.ROLE_GONE]
        missing = [role_id for role_id in expected if role_id not in role_ids]
        if not missing:
            return
        # The whole ledger of a role would go, so this is not believed on one answer alone.
        guild = await self._gateway.guild(guild_id, fresh=True)
        if isinstance(guild, Unreachable):
            return
        for role_id in missing:
            if guild.role(role_id) is None:
                await self.role_deleted(guild_id, role_id)

    async def bot_removed(self, guild_id: int) -> None:
        """The bot was removed from a server: nobody there is due any more."""
        async with self._store.unit() as unit:
            await unit.members.forget_guild(guild_id)
            await unit.retention.note_departure(guild_id, self._clock.now())

    async def bot_arrived(self, guild_id: int) -> None:
        """The bot was added to a server. After an absence, everybody it knew there is looked at again."""
        async with self._store.unit() as unit:
            await unit.retention.note_return(guild_id, self._clock.now())
