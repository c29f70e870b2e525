"""A sweep with much to do, and bot processes that are killed in the middle of it."""

import asyncio
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from pathlib import Path

from bot.app import Holdfast, wire
from bot.demo.stage import Stage
from bot.domain import chia_ids
from bot.domain.drafts import DraftKind, Proposal
from bot.domain.links import Applicant
from bot.domain.networks import Network
from bot.domain.selectors import SelectorKind
from bot.providers.clock import SystemClock
from bot.sandbox.balances import OwnedNft
from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.discord import MEMBER, MEMBER_ROLE, Guild, Role, SandboxDiscord, User
from bot.sandbox.discord.faults import Effect, Fault
from bot.sandbox.discord.models import AuditAction, AuditEntry
from bot.sandbox.wallets import ChiaTestWallet
from bot.serve import prepare_database
from bot.services.admins import Admin
from tests.crash.victim import RUN, SWEEP, Victim

FRIENDS = chia_ids.encode("col", bytes([7] * 32))
BEFORE_AND_AFTER = ((0, 3), (3, 1), (2, 1), (1, 2), (3, 2), (2, 2))
"""How many friends the members hold before the sweep and when it begins, over and over."""
MEMBERS = 30
_LONGEST_RUN = 40.0
_WRITES = (("PUT", MEMBER_ROLE), ("DELETE", MEMBER_ROLE), ("PATCH", MEMBER))
_SETTINGS = {
    "HOLDFAST_SWEEP__BRAKE_MIN": "1000",
    "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": "60000",
    "HOLDFAST_LOGGING__LEVEL": "error",
}


class Point(Enum):
    """Where a process is killed: at the so-manieth of these."""

    READING = auto()
    """A balance API has decided on its answer, the bot has not got it."""
    APPLIED = auto()
    """Discord has changed a role, the bot has not heard of it."""
    ASKED = auto()
    """Discord has got a role write and has not carried it out."""
    ANSWERED = auto()
    """Discord has answered something, whatever it was."""


class _LaterClock(SystemClock):
    """The machine's clock, some hours ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=7)


class _Log(list[AuditEntry]):
    """An audit log that tells of each line before Discord answers."""

    def __init__(self, scene: "Scene") -> None:
        super().__init__()
        self._scene = scene

    def append(self, entry: AuditEntry, /) -> None:
        super().append(entry)
        self._scene.reach(Point.APPLIED)


class _Deadly(Fault):
    """A request that is never answered, and tells that it came."""

    def __init__(self, method: str, route: str, reach: Callable[[Point], None]) -> None:
        super().__init__(method, route, Effect.HANG, left=1)
        self._reach = reach

    def strike(self) -> None:
        super().strike()
        self._reach(Point.ASKED)


@dataclass(frozen=True, slots=True)
class Change:
    """A role of a member that the bot gave or took."""

    user: str
    role: str
    gave: bool


class Scene:
    """A stage with thirty linked members, whose roles are up to date until `begin` changes what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stage = Stage(folder, SystemClock(), settings=_SETTINGS, discord=SandboxDiscord(rate_limits=False))
        self._victim: Victim | None = None
        self._awaited: Point | None = None
        self._left = 0
        self._users: list[User] = []
        self._guild: Guild
        self._roles: tuple[Role, Role]
        self._first_line = 0

    async def __aenter__(self) -> "Scene":
        await self._stage.set_up()
        discord = self._stage.discord
        owner = discord.add_user("owner")
        self._guild = discord.add_guild("Friends", owner)
        self._roles = (self._guild.add_role("Two"), self._guild.add_role("Three"))
        self._users = [discord.add_user(f"member {number}") for number in range(MEMBERS)]
        for user in self._users:
            self._guild.add_member(user)
        self._hold(0)
        await prepare_database(self._stage.environment["HOLDFAST_DATABASE__URL"])
        await self._with_bot(SystemClock(), self._furnish)
        self._guild.audit_log = _Log(self)
        self._first_line = max(line for line, _, _ in self._rows("SELECT id, 0, '' FROM journal"))
        self._stage.balances.spacescan.after_each_request(self._heard)
        self._hold(1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._kill()
        if self._victim is not None:
            await self._victim.ended()
        await self._stage.close()

    def _hold(self, when: int) -> None:
        """Let every member hold what they hold before (0) or after (1) the scene begins."""
        for number in range(MEMBERS):
            count = BEFORE_AND_AFTER[number % len(BEFORE_AND_AFTER)][when]
            assets = [chia_ids.encode("nft", (10 * number + each).to_bytes(32)) for each in range(count)]
            nfts = [OwnedNft(asset, 1, FRIENDS) for asset in assets]
            self._stage.balances.spacescan.set_holdings(_wallet(number).address, nfts)

    async def _with_bot(self, clock: SystemClock, work: Callable[[Holdfast], Awaitable[None]]) -> None:
        holdfast = wire(self._stage.settings, clock, members_intent=True)
        try:
            await holdfast.client.login(self._stage.discord.token)
            await work(holdfast)
        finally:
            await holdfast.close()

    async def _furnish(self, holdfast: Holdfast) -> None:
        """Make two rules, link thirty wallets, and bring all roles into line."""
        services, admin = holdfast.services, Admin(self._guild.id, self._guild.owner.id, frozenset())
        network = Network.CHIA_MAINNET
        await services.collections.add(admin, "friends", network, SelectorKind.CHIA_COLLECTION, FRIENDS)
        for role, number in zip(self._roles, (2, 3), strict=True):
            await services.rules.change(admin, Proposal(DraftKind.ADD, role.id, f"friends >= {number}"))
        for number, user in enumerate(self._users):
            who = Applicant(user.id, user.name, self._guild.id)
            challenge = await services.linking.start(who, network, None)
            pasted = _wallet(number).sign(challenge.text)
            await services.linking.record(who, await services.linking.prove(challenge.id, who, pasted))
        await holdfast.sweeper.run_once(everything=True)

    async def run(self, point: Point | None = None, number: int = 1) -> bool:
        """Run a sweep in a process of its own, killed at the so-manieth `point`. Returns whether it was killed."""
        async with self._victim_of(SWEEP, point, number) as ended:
            code = await ended
        assert code in (0, -signal.SIGKILL), self._log.read_text()
        return code != 0

    async def serve(self, point: Point, number: int, is_done: Callable[[], bool]) -> bool:
        """Run the whole bot in a process of its own until it is killed: at the so-manieth `point`, or when all is done.

        Returns whether it was done. The sweep that it is in the middle of must have been asked for.
        """
        changed = self._stage.discord.world.changed
        async with self._victim_of(RUN, point, number) as ended:
            done = asyncio.create_task(changed.until(is_done, _LONGEST_RUN))
            await asyncio.wait({ended, done}, return_when=asyncio.FIRST_COMPLETED)
            done.cancel()
            await asyncio.wait({done})
            self._kill()
            assert await ended == -signal.SIGKILL, self._log.read_text()
        return is_done()

    async def ask_for_a_sweep(self) -> None:
        """As `/sweep now` would."""

        async def ask(holdfast: Holdfast) -> None:
            await holdfast.services.sweeps.request(self._guild.id, self._guild.owner.id)

        await self._with_bot(SystemClock(), ask)

    @property
    def _log(self) -> Path:
        return self._folder / "victim.log"

    @asynccontextmanager
    async def _victim_of(
        self, command: Sequence[str], point: Point | None, number: int
    ) -> AsyncIterator[asyncio.Task[int]]:
        """A process that runs and is killed at a point; the task ends with it."""
        self._awaited, self._left = point, number
        if point is Point.ASKED:
            for method, route in _WRITES:
                self._stage.discord.faults.add(_Deadly(method, route, self.reach))
        self._victim = Victim(command, self._stage.environment, self._log)
        watch = asyncio.create_task(self._watch_discord(point, number))
        ended = asyncio.create_task(self._victim.ended())
        try:
            async with asyncio.timeout(_LONGEST_RUN):
                yield ended
        finally:
            self._kill()
            watch.cancel()
            await asyncio.wait({watch, ended})
            self._stage.discord.faults.clear()
            self._awaited = None

    async def _watch_discord(self, point: Point | None, number: int) -> None:
        """Kill the process when Discord has answered enough."""
        discord, before = self._stage.discord, len(self._stage.discord.traffic)
        if point is Point.ANSWERED:
            await discord.world.changed.until(lambda: len(discord.traffic) >= before + number, _LONGEST_RUN)
            self._kill()

    def reach(self, point: Point) -> None:
        """Count a point down, and kill the process when it is the last one."""
        if point is self._awaited:
            self._left -= 1
            if self._left == 0:
                self._kill()

    def _heard(self, _: BalanceRequest) -> None:
        self.reach(Point.READING)

    def _kill(self) -> None:
        if self._victim is not None:
            self._victim.kill()

    async def come_to_rest(self) -> None:
        """Let a bot look again, hours later, at what the last process left unseen."""

        async def sweep(holdfast: Holdfast) -> None:
            await holdfast.sweeper.run_once(everything=True)

        await self._with_bot(_LaterClock(), sweep)
        await self._with_bot(_LaterClock(), sweep)

    # What came of it.

    def roles(self) -> Mapping[str, frozenset[str]]:
        """The names of each member's roles."""
        return {
            user.name: frozenset(role.name for role in self._roles if role.id in self._guild.roles_of(user))
            for user in self._users
        }

    def changes(self) -> Counter[Change]:
        """What the bot changed in Discord since the scene began, and how often."""
        names = {user.id: user.name for user in self._users} | {role.id: role.name for role in self._roles}
        return Counter(
            Change(names[entry.target_id or 0], names[role_id], gave)
            for entry in self._guild.audit_log
            if entry.action is AuditAction.MEMBER_ROLE_UPDATE
            for gave, role_ids in ((True, entry.added_roles), (False, entry.removed_roles))
            for role_id in role_ids
        )

    def ledger(self) -> Mapping[str, frozenset[str]]:
        """The roles that the ledger says the bot gave. Every entry must say that the role is held."""
        names = {user.id: user.name for user in self._users} | {role.id: role.name for role in self._roles}
        held: dict[str, set[str]] = {user.name: set() for user in self._users}
        for user_id, role_id, state in self._rows("SELECT user_id, role_id, state FROM ledger"):
            assert state == "held"
            held[names[user_id]].add(names[role_id])
        return {name: frozenset(roles) for name, roles in held.items()}

    def journal(self) -> Counter[Change]:
        """The journal's lines about changes that happened, since the scene began."""
        names = {user.id: user.name for user in self._users} | {role.id: role.name for role in self._roles}
        query = "SELECT user_id, role_id, action FROM journal WHERE outcome = 'done' AND id > :first"
        rows = self._rows(query.replace(":first", str(self._first_line)))
        return Counter(Change(names[user_id], names[role_id], action == "give") for user_id, role_id, action in rows)

    def _rows(self, query: str) -> list[tuple[int, int, str]]:
        with closing(sqlite3.connect(self._folder / "holdfast.db")) as connection:
            return connection.execute(query).fetchall()


@cache
def _wallet(number: int) -> ChiaTestWallet:
    return ChiaTestWallet.from_seed(f"crash {number}")
