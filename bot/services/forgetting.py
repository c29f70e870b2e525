"""Forgetting a person: the roles that the bot gave them are taken back first, then all that is stored of them goes.

A deletion is a row in the database from the moment it is asked for until everything else is gone. While it is there the
person's wallets count nowhere, so nothing is given to them in between; a crash, or a Discord that cannot be reached,
only means that it is finished later.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import HoldfastError
from bot.domain.ledger import LedgerEntry, RoleAction, RoleOutcome
from bot.domain.members import Unreachable
from bot.domain.privacy import AskedBy, Deletion, next_try, was_given
from bot.services.keyed_locks import KeyedLocks
from bot.services.loose_ends import BOT_LEFT, tie_up
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.reconciling import Reconciler
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

DELETIONS_PER_PAGE = 5
HEAD_START = timedelta(minutes=1)
"""How long a member who waits for the answer has the deletion to themselves, before the clock goes on with it."""
MOST_NAMED = 25
"""Servers whose names Discord is asked for."""
_LOOKS = 4
"""Looks at a member within one try: one to take the roles back, one to see that they are gone, and some to spare."""


@dataclass(frozen=True, slots=True)
class ServerRoles:
    """Roles in one server, by their names as far as Discord tells them."""

    server: str
    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a deletion would take away."""

    wallets: int
    roles: Sequence[ServerRoles]
    """The roles that the bot gave."""
    deletion: Deletion | None
    """The one that is under way already."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A deletion that is finished."""

    taken: int = 0
    """How many roles were taken back just now."""
    refused: Sequence[ServerRoles] = ()
    """Roles that Discord would not let the bot take back. They stay, and the bot does not know of them any more."""


@dataclass(slots=True)
class _Tally:
    taken: int
    refused: list[LedgerEntry]
    obstacle: str


class Forgetting:
    """The use cases of `/privacy delete` and `holdfast forget`."""

    def __init__(self, store: Store, gateway: DiscordGateway, reconciler: Reconciler, clock: Clock) -> None:
        self._store = store
        self._gateway = gateway
        self._reconciler = reconciler
        self._clock = clock
        self._in_order = KeyedLocks()

    async def prospect(self, user_id: int) -> Prospect:
        """Say what a deletion would take away."""
        async with self._store.unit() as unit:
            links = await unit.links.of_user(user_id)
            entries = [entry for entry in await unit.ledger.of_user(user_id) if was_given(entry)]
            deletion = await unit.deletions.get(user_id)
        return Prospect(len(links), await self._named(entries), deletion)

    async def ask(self, user_id: int, asked_by: AskedBy) -> None:
        """Note that a person's data is to be deleted. From now on their wallets count nowhere."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            due_at = now + HEAD_START if asked_by is AskedBy.MEMBER else now
            await unit.deletions.ask(Deletion(user_id, now, asked_by, due_at))
            await unit.members.touch_user(user_id)

    async def is_known(self, user_id: int) -> bool:
        """Whether anything at all is stored of a person."""
        async with self._store.unit() as unit:
            return any((await unit.personal.of_user(user_id)).values())

    async def is_pending(self, user_id: int) -> bool:
        """Whether a person's data is to be deleted and is not yet."""
        async with self._store.unit() as unit:
            return await unit.deletions.get(user_id) is not None

    async def go_on(self, user_id: int) -> Forgotten | Deletion:
        """Do what can be done of a deletion now. Returns the deletion when something is left for later."""
        async with self._in_order.of(user_id):
            async with self._store.unit() as unit:
                deletion = await unit.deletions.get(user_id)
                if deletion is None:
                    return Forgotten()
                entries = [entry for entry in await unit.ledger.of_user(user_id) if was_given(entry)]
            tally = _Tally(0, [], "")
            for guild_id in sorted({entry.guild_id for entry in entries}):
                theirs = [entry for entry in entries if entry.guild_id == guild_id]
                await self._take_back(guild_id, deletion, theirs, tally)
            async with self._store.unit() as unit:
                deletion = await unit.deletions.get(user_id)
                if deletion is not None and await _has_roles(unit, user_id):
                    return await self._postpone(unit, deletion, tally.obstacle or "a role was given in the meantime")
                if deletion is not None:
                    await self._forget(unit, deletion)
            log.info("privacy.forgotten")
            return Forgotten(tally.taken, await self._named(tally.refused))

    async def go_on_with_due(self) -> int:
        """Go on with one page of deletions that are due. Returns how many there were."""
        async with self._store.unit() as unit:
            due = await unit.deletions.due(self._clock.now(), DELETIONS_PER_PAGE)
        for deletion in due:
            try:
                await self.go_on(deletion.user_id)
            except HoldfastError:
                raise
            except Exception:  # the loop's edge: one person's trouble must not keep the others waiting
                log.exception("privacy.deletion_failed")
                async with self._store.unit() as unit:
                    await self._postpone(unit, deletion, "of a fault on our side, which the host's log describes")
        return len(due)

    async def _take_back(self, guild_id: int, deletion: Deletion, before: Sequence[LedgerEntry], tally: _Tally) -> None:
        user_id, left = deletion.user_id, before
        for _ in range(_LOOKS):
            result = await self._reconciler.reconcile(guild_id, user_id, look=True)
            async with self._store.unit() as unit:
                left = [entry for entry in await unit.ledger.of_member(guild_id, user_id) if was_given(entry)]
                if not left:
                    lines = await unit.journal.of_member_since(guild_id, user_id, deletion.asked_at)
                    ends = {(line.role_id, line.outcome) for line in lines if line.action is RoleAction.TAKE}
                    tally.taken += sum((entry.role_id, RoleOutcome.DONE) in ends for entry in before)
                    tally.refused += [entry for entry in before if (entry.role_id, RoleOutcome.FORBIDDEN) in ends]
                    return
                if result.is_absent:
                    # Not remembered as a member, though there are roles: then they are looked up like one.
                    await unit.members.meet(guild_id, user_id, self._clock.now())
            if result.is_postponed:
                break
        if await self._gateway.is_in(guild_id) is False:
            async with self._store.unit() as unit:
                await tie_up(unit, left, self._clock.now(), BOT_LEFT)
                for entry in left:
                    await unit.ledger.remove(entry)
            tally.refused += left
            return
        tally.obstacle = "Discord cannot be reached, or does not confirm that the roles are gone"

    async def _named(self, entries: Sequence[LedgerEntry]) -> Sequence[ServerRoles]:
        """Name roles for people, to whom ids of other servers say nothing."""
        found: list[ServerRoles] = []
        for guild_id in sorted({entry.guild_id for entry in entries}):
            role_ids = [entry.role_id for entry in entries if entry.guild_id == guild_id]
            guild = await self._gateway.guild(guild_id) if len(found) < MOST_NAMED else Unreachable("")
            if isinstance(guild, Unreachable):
                found.append(ServerRoles(f"server {guild_id}", [f"role {role_id}" for role_id in role_ids]))
                continue
            names = {role.id: role.name for role in guild.roles}
            roles = [names.get(role_id, "a deleted role") for role_id in role_ids]
            found.append(ServerRoles(guild.name, roles))
        return found

    async def _postpone(self, unit: UnitOfWork, deletion: Deletion, obstacle: str) -> Deletion:
        due_at = next_try(deletion, self._clock.now())
        await unit.deletions.postpone(deletion.user_id, due_at, obstacle)
        log.info("privacy.deletion_waits", failures=deletion.failures + 1, why=obstacle)
        return Deletion(deletion.user_id, deletion.asked_at, deletion.asked_by, due_at, deletion.failures + 1, obstacle)

    async def _forget(self, unit: UnitOfWork, deletion: Deletion) -> None:
        guild_ids = await unit.members.guilds_of(deletion.user_id)
        await unit.personal.forget(deletion.user_id, new_pseudonym())
        for guild_id in guild_ids:
            asked = f"asked for by the {deletion.asked_by.value}"
            line = AuditLine(self._clock.now(), guild_id, None, AuditAction.MEMBER_FORGOTTEN, "a member", "", asked)
            await unit.audit.add(line)


def new_pseudonym() -> int:
    """A number that stands for a person from now on and leads nowhere; Discord's own ids are positive."""
    return -1 - secrets.randbits(62)


async def _has_roles(unit: UnitOfWork, user_id: int) -> bool:
    return any(was_given(entry) for entry in await unit.ledger.of_user(user_id))
