"""Rules that change while members are settled: one waits for the other, and never each for the other.

On PostgreSQL, where two units of work can be at work at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.assignability import MANAGE_ROLES
from bot.domain.brakes import Brake
from bot.domain.drafts import DraftKind, Proposal
from bot.domain.grammar import parse
from bot.domain.guilds import GuildSnapshot, RoleSnapshot
from bot.domain.holdings import Holdings
from bot.domain.ledger import LedgerEntry, LedgerState, RoleOutcome
from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.domain.networks import Network
from bot.domain.readings import Complete
from bot.domain.rule_books import RuleBook
from bot.domain.rules import RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.urgency import Urgency
from bot.services.absorbing import Heard, absorb_all
from bot.services.admins import Admin
from bot.services.braking import Braking
from bot.services.case_loading import RuleShelf
from bot.services.guild_log import GuildLog
from bot.services.memberships import Memberships
from bot.services.reconciling import Reconciler
from bot.services.repositories import UnitOfWork
from bot.services.role_writing import RoleWriting
from bot.services.rules import RuleAdmin
from bot.services.settling import Settling
from bot.store.store import SqlStore
from bot.store.turns import LocalTurns
from tests.domain.wallet_cases import POLICY
from tests.postgres import Database
from tests.services.silent_discord import SilentDiscord
from tests.store.samples import ALICE, BOB, GUILD, HOUR, NOW, OTHER_ROLE, ROLE, held, link, loopring

OWN = 3


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


class Watch:
    def now(self) -> datetime:
        return NOW


class Discord(SilentDiscord):
    """Shows everybody with one role of somebody else's; ours, it says when asked for it, does not exist."""

    async def guild(self, guild_id: int, *, fresh: bool = False) -> GuildSnapshot | Unreachable:
        ours = () if fresh else (RoleSnapshot(ROLE, "Holder", 5, 0, managed=False),)
        roles = (RoleSnapshot(OWN, "holdfast", 9, MANAGE_ROLES, managed=True), *ours)
        return GuildSnapshot(GUILD, "Friends", ALICE, roles, frozenset({OWN}), mfa_blocks_bot=False)

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        return MemberSnapshot(user_id, frozenset({OTHER_ROLE}), joined_at=None, pending=False)

    async def give_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        return RoleOutcome.ROLE_GONE


@dataclass
class Gate(RuleShelf):
    """Hands out rules, and then holds up whoever asked for them."""

    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__init__()

    async def books(self, unit: UnitOfWork, guild_ids: Collection[int]) -> Mapping[int, RuleBook]:
        found = await super().books(unit, guild_ids)
        self.has_begun.set()
        await self.is_open.wait()
        return found


async def edit(store: SqlStore) -> object:
    proposal = Proposal(DraftKind.EDIT, ROLE, "friends >= 3")
    return await RuleAdmin(store, Discord(), Watch(), HOUR).change(Admin(GUILD, ALICE, frozenset()), proposal)


async def remove_with_its_roles(store: SqlStore) -> object:
    proposal = Proposal(DraftKind.REMOVE, ROLE, take_roles=True)
    return await RuleAdmin(store, Discord(), Watch(), HOUR).change(Admin(GUILD, ALICE, frozenset()), proposal)


async def hear_that_its_role_is_deleted(store: SqlStore) -> None:
    log = GuildLog(store, Discord())
    await Memberships(store, Discord(), log, Watch(), None).role_deleted(GUILD, ROLE)


async def find_out_that_its_role_is_deleted(store: SqlStore) -> object:
    discord = Discord()
    writing = RoleWriting(discord, GuildLog(store, discord), Watch())
    braking = Braking(store, Watch(), Brake(5, 10))
    reconciler = Reconciler(store, discord, writing, Watch(), POLICY, braking, discord, None, LocalTurns())
    return await reconciler.reconcile(GUILD, BOB)


CHANGES: Sequence[tuple[Callable[[SqlStore], Awaitable[object]], RuleState | None]] = (
    (edit, RuleState.ACTIVE),
    (remove_with_its_roles, None),
    (hear_that_its_role_is_deleted, RuleState.ROLE_GONE),
    (find_out_that_its_role_is_deleted, RuleState.ROLE_GONE),
)


@pytest.fixture
async def town(store: SqlStore) -> SqlStore:
    """A rule by which Alice has a role that she lost the NFT for; Bob has one, and no role yet."""
    ids = [await link(store, loopring(user_id), user_id) for user_id in (ALICE, BOB)]
    async with store.unit() as unit:
        await unit.collections.add(GUILD, "friends", Selector(Network.LOOPRING, SelectorKind.ANY), NOW)
        await unit.rules.add(GUILD, ROLE, "Holder", parse("friends", {"friends"}), HOUR)
        await unit.ledger.save(LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOW, verified_at=NOW))
        readings = [Complete(holdings, "loopring", NOW) for holdings in (Holdings(), held("0xf0"))]
        heard = [Heard(wallet_id, reading) for wallet_id, reading in zip(ids, readings, strict=True)]
        await absorb_all(unit, heard, NOW, POLICY, RuleShelf())
    return store


async def somebody_waits(engine: AsyncEngine) -> None:
    """Wait until a session of this database waits for another one."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while True:
            async with engine.connect() as connection:
                if await connection.scalar(text(query)):
                    return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("change", "state"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
async def test_who_changes_a_rule_waits_for_who_settles_members_and_holds_nothing_meanwhile(
    town: SqlStore, engine: AsyncEngine, change: Callable[[SqlStore], Awaitable[object]], state: RuleState | None
) -> None:
    gate = Gate()
    async with town.unit() as unit:
        alice = await unit.members.get(GUILD, ALICE)
    assert alice is not None
    settling = asyncio.create_task(Settling(town, Watch(), POLICY, gate, None).settle([alice]))
    await gate.has_begun.wait()
    changing = asyncio.ensure_future(change(town))
    await somebody_waits(engine)

    gate.is_open.set()  # now the one who settles writes rows that the change is going to write as well
    assert await settling == []
    await changing

    async with town.unit() as unit:
        rule = await unit.rules.of_role(GUILD, ROLE)
        entries = await unit.ledger.of_member(GUILD, ALICE)
    assert (None if rule is None else rule.state) == state
    if state is RuleState.ROLE_GONE:
        assert entries == []
    else:
        (entry,) = entries
        assert (entry.lapsed_at, entry.grace_waived) == (NOW, state is None)
