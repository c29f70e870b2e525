"""Where a schedule looks over the bot's shoulder, and where it trips it up: the reader and the database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.addresses import Address, ReadTarget
from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.errors import StoreBusyError
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown
from bot.domain.urgency import Urgency
from bot.domain.wallets import ReadingPolicy, WalletState
from bot.providers.directory import ProviderDirectory
from bot.providers.provider import Provider
from bot.services.absorbing import Heard
from bot.services.refreshing import Refresher
from bot.store.store import SqlStore, SqlUnitOfWork
from tests.fuzz.beliefs import bag_of
from tests.fuzz.witness import Witness


class WatchedDirectory(ProviderDirectory):
    """Asks the real providers and tells the witness what came back."""

    def __init__(self, real: ProviderDirectory, witness: Witness, *, passes: bool) -> None:
        """`passes`: whole collections are listed, for nothing, so that every plan makes use of them."""
        super().__init__(())
        self._real = real
        self._witness = witness
        self._passes = passes

    @property
    def networks(self) -> tuple[Network, ...]:
        return self._real.networks

    def provider_for(self, network: Network) -> Provider | None:
        return self._real.provider_for(network)

    def at_once(self, network: Network) -> int:
        return self._real.at_once(network)

    def reads_collections(self, network: Network) -> bool:
        return self._passes and self._real.reads_collections(network)

    def pass_calls(self, network: Network, size: int) -> int:
        return 0

    async def size_of(self, target: PassTarget) -> int | Unknown:
        return await self._real.size_of(target)

    async def pass_over(self, target: PassTarget) -> CollectionPass:
        seen = await self._real.pass_over(target)
        if isinstance(seen, CompletePass):
            shown = {
                address: bag_of(Complete(holdings, seen.source, seen.observed_at))
                for address, holdings in seen.owners.items()
            }
            self._witness.hear_pass(target.network, target.item, shown, seen.observed_at)
        return seen

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        assert isinstance(target, Address)
        reading = await self._real.read(target, fresh=fresh)
        self._witness.hear(target.text, reading)
        return reading


class WatchedRefresher(Refresher):
    """Refreshes as ever and tells the witness which readings were stored, and which were lost on the way."""

    witness: Witness
    """Set right after it is wired in."""

    async def remember(
        self, heard: Sequence[Heard], policy: ReadingPolicy | None = None, urgency: Urgency = Urgency.PERSON
    ) -> Mapping[int, WalletState]:
        states = await super().remember(heard, policy, urgency)
        for one in heard:
            if one.wallet_id in states:
                self.witness.keep(states[one.wallet_id].address.text, one.reading)
        return states


class Tripwire:
    """Spoils one of the units of work to come: the database is busy, or the process ends there."""

    def __init__(self) -> None:
        self.victim: asyncio.Task[object] | None = None
        self._busy_in = 0
        self._end_in = 0
        self._at_commit = False
        self._meanwhile_in = 0
        self._meanwhile: Callable[[], Awaitable[None]] | None = None

    def do_meanwhile(self, units: int, what: Callable[[], Awaitable[None]]) -> None:
        """Let something else happen, to its end, right before the so-manieth unit from now begins."""
        self._meanwhile_in, self._meanwhile = units, what

    def be_busy(self, units: int, *, at_commit: bool) -> None:
        """Let the database refuse the so-manieth unit from now, at its beginning or when it commits."""
        self._busy_in, self._at_commit = units, at_commit

    def end_process(self, units: int) -> None:
        """Let the process end where it opens the so-manieth unit from now."""
        self._end_in = units

    def disarm(self) -> None:
        self._busy_in = self._end_in = self._meanwhile_in = 0

    async def enter(self) -> bool:
        """Called when a unit begins. Returns whether its commit is to fail."""
        self._meanwhile_in -= 1
        if self._meanwhile_in == 0 and self._meanwhile is not None:
            await self._meanwhile()
        self._end_in -= 1
        if self._end_in == 0 and self.victim is not None:
            self.victim.cancel()
            await asyncio.Event().wait()
        self._busy_in -= 1
        if self._busy_in == 0:
            if self._at_commit:
                return True
            raise StoreBusyError("busy")
        return False


class FlakyStore(SqlStore):
    """The real database, with a tripwire in front of it."""

    def __init__(self, engine: AsyncEngine, tripwire: Tripwire) -> None:
        super().__init__(engine)
        self._tripwire = tripwire

    @asynccontextmanager
    async def unit(self, urgency: Urgency = Urgency.PERSON) -> AsyncIterator[SqlUnitOfWork]:
        fails = await self._tripwire.enter()
        async with super().unit(urgency) as unit:
            yield unit
            if fails:
                raise StoreBusyError("busy")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnitOfWork]:
        fails = await self._tripwire.enter()
        async with super().reading() as unit:
            yield unit
            if fails:
                raise StoreBusyError("busy")
