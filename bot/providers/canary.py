"""Believing a provider only while it knows of a wallet that surely holds something.

A service in trouble may answer "holds nothing" about everybody, in perfect form. Nothing in such an answer gives it
away; a wallet that is known to hold something does.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.addresses import Address, ReadTarget
from bot.domain.canaries import CanaryReport, CanaryState
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown, UnknownReason
from bot.providers.alarm import Alarm
from bot.providers.clock import Clock
from bot.providers.collection_reader import CollectionReader
from bot.providers.provider import Provider

CANARY_LASTS = timedelta(minutes=5)
"""How long one reading of a canary speaks for the readings that begin after it."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One reading of a canary. Looks are numbered in the order in which they began."""

    number: int
    state: CanaryState
    at: datetime | None
    since: datetime | None
    detail: str = ""


class Canary:
    """A wallet that is known to hold something, read through the provider that it speaks for."""

    def __init__(self, provider: Provider, address: Address, clock: Clock) -> None:
        self._provider = provider
        self._address = address
        self._clock = clock
        self._turn = asyncio.Lock()
        self._begun = 0
        self._last = _Look(0, CanaryState.UNREAD, None, None)
        self._alarm = Alarm(f"{provider.name}'s canary on {address.network.label}")

    @property
    def report(self) -> CanaryReport:
        """How it stands."""
        last = self._last
        return CanaryReport(self._address.network, self._provider.name, last.state, last.at, last.since, last.detail)

    @property
    def begun(self) -> int:
        """The number of the newest look that has begun."""
        return self._begun

    async def lately(self) -> CanaryState:
        """Return its state, from a look that is at most `CANARY_LASTS` old."""
        if self._age() is None:
            async with self._turn:
                if self._age() is None:
                    await self._look()
        return self._last.state

    async def after(self, number: int) -> CanaryState:
        """Return its state from a look that began after that one. Everybody who waits shares the next look."""
        async with self._turn:
            if self._last.number <= number:
                await self._look()
        return self._last.state

    def pause(self) -> timedelta:
        """Return the time until the next look is due."""
        return CANARY_LASTS - (self._age() or timedelta(0))

    def _age(self) -> timedelta | None:
        """The age of the newest look; None when it does not count any more, also after the clock was set back."""
        if self._last.at is None:
            return None
        age = self._clock.now() - self._last.at
        return age if timedelta(0) <= age < CANARY_LASTS else None

    async def _look(self) -> None:
        self._begun += 1
        number, began_at = self._begun, self._clock.now()
        reading = await self._provider.read(self._address, fresh=True)
        state, detail = _judged(reading, began_at)
        since = self._last.since if state is self._last.state else began_at
        self._last = _Look(number, state, began_at, since, detail)
        if state is CanaryState.EMPTY:
            self._alarm.ring(
                "it reads as empty, so no reading of that network is believed. Does the wallet hold an NFT?"
            )
        elif state is CanaryState.HOLDS:
            self._alarm.quiet()


class GuardedProvider:
    """A provider whose answers pass only while its canaries are well. Networks without a canary are left alone.

    While the canary reads as empty, every reading of its network is unknown. A reading that is empty passes only when
    a look at the canary that began after it shows something: the service may have broken down since the look before.
    """

    def __init__(self, provider: Provider, canaries: Mapping[Network, Address], clock: Clock) -> None:
        self._provider = provider
        self._canaries = {
            network: Canary(provider, address, clock)
            for network, address in canaries.items()
            if network in provider.networks
        }

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._provider.name

    @property
    def networks(self) -> frozenset[Network]:
        """The provider's networks."""
        return self._provider.networks

    @property
    def retired(self) -> bool:
        """Whether the provider is retired."""
        return self._provider.retired

    @property
    def spacing(self) -> float:
        """The provider's spacing, in seconds."""
        return self._provider.spacing

    @property
    def canaries(self) -> Sequence[CanaryReport]:
        """How the canaries stand."""
        return [self._canaries[network].report for network in Network if network in self._canaries]

    def guarding(self, reader: CollectionReader) -> "GuardedReader":
        """Put the provider's lists of collections behind the same canaries."""
        return GuardedReader(reader, self._canaries)

    async def look(self) -> None:
        """Look at every canary that was not looked at lately."""
        for canary in self._canaries.values():
            await canary.lately()

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask the provider, and say `Unknown` where its canary speaks against the answer."""
        canary = self._canaries.get(target.network)
        if canary is None:
            return await self._provider.read(target, fresh=fresh)
        if await canary.lately() is CanaryState.EMPTY:
            return _disbelief(canary, self.name)
        reading = await self._provider.read(target, fresh=fresh)
        if _is_empty(reading) and not fresh:
            # A remembered answer may be from a time about which the canary says nothing.
            reading = await self._provider.read(target, fresh=True)
        if _is_empty(reading):
            if await canary.after(canary.begun) is not CanaryState.HOLDS:
                return _disbelief(canary, self.name)
        elif isinstance(reading, Complete) and canary.report.state is CanaryState.EMPTY:
            return _disbelief(canary, self.name)  # another reading found out in the meantime
        return reading


class GuardedReader:
    """Lists of collections that are believed only while the canary of their network is well, from begin to end."""

    def __init__(self, reader: CollectionReader, canaries: Mapping[Network, Canary]) -> None:
        self._reader = reader
        self._canaries = canaries

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._reader.name

    @property
    def networks(self) -> frozenset[Network]:
        """The reader's networks."""
        return self._reader.networks

    @property
    def spacing(self) -> float:
        """The reader's spacing, in seconds."""
        return self._reader.spacing

    @property
    def page_size(self) -> int:
        """The reader's rows a call."""
        return self._reader.page_size

    def calls_for(self, count: int) -> int:
        """Return how many calls a pass takes, without those for the canary."""
        return self._reader.calls_for(count)

    async def count(self, target: PassTarget) -> int | Unknown:
        """Ask how large a target is. It decides nothing about anybody, so the canary is not asked."""
        return await self._reader.count(target)

    async def read_collection(self, target: PassTarget, wallets: Collection[Address] = ()) -> CollectionPass:
        """Read a whole collection, and say `Unknown` where the canary speaks against it."""
        canary = self._canaries.get(target.network)
        if canary is None:
            return await self._reader.read_collection(target, wallets)
        if await canary.lately() is CanaryState.EMPTY:
            return _disbelief(canary, self.name)
        outcome = await self._reader.read_collection(target, wallets)
        # Who is not on the list is taken to hold nothing, so this is an empty answer about many: a look that began
        # after it has to show something.
        if not isinstance(outcome, Unknown) and await canary.after(canary.begun) is not CanaryState.HOLDS:
            return _disbelief(canary, self.name)
        return outcome


def _disbelief(canary: Canary, name: str) -> Unknown:
    if canary.report.state is CanaryState.EMPTY:
        detail = f"{name} reads its canary as empty, so none of its answers is believed"
        return Unknown(UnknownReason.CANARY, detail, canary.pause())
    detail = f"{name} could not read its canary, so it is not believed that a wallet is empty"
    return Unknown(UnknownReason.CANARY, detail)


def _is_empty(reading: Reading) -> bool:
    return isinstance(reading, Complete) and not reading.holdings


def _judged(reading: Reading, began_at: datetime) -> tuple[CanaryState, str]:
    if not isinstance(reading, Complete):
        return CanaryState.UNREADABLE, reading.detail
    if reading.observed_at < began_at:
        # It joined an equal question that was under way, which says nothing about the time since.
        return CanaryState.UNREADABLE, "the answer is older than the question"
    return (CanaryState.HOLDS if reading.holdings else CanaryState.EMPTY), ""
