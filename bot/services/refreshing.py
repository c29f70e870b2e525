"""Reading wallets and remembering what that means."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.readings import Complete, Invalid, Reading, Unknown
from bot.domain.urgency import Urgency
from bot.domain.wallets import DueWallet, ReadingPolicy, WalletState
from bot.services.absorbing import Heard, absorb_all
from bot.services.careful_reading import CarefulReader, Opinions
from bot.services.case_loading import RuleShelf
from bot.services.courtesy import Courtesy
from bot.services.metrics import Metrics, NoMetrics, ReadingOutcome
from bot.services.ports import Clock, Store

_MOST_TOGETHER = 250
"""How many readings are written in one unit of work, so that nobody waits long for the database."""
_GATHER_SECONDS = 0.2
"""How long readings are gathered before they are written, unless there are many sooner. The fewer units of work there
are, the less time each reading takes; a reading that is not written yet is lost in a crash, and made once more."""


More = Callable[[Collection[int]], Awaitable[Sequence[DueWallet]]]
"""Finds further wallets to read, apart from those with these ids. None are found when it is enough."""


@dataclass(frozen=True, slots=True)
class ReadTally:
    """What came of reading wallets."""

    read: int
    unknown: int
    """How many of them."""


class Refresher:
    """Asks providers about wallets and puts their answers into the database."""

    def __init__(
        self,
        store: Store,
        reader: Opinions,
        clock: Clock,
        policy: ReadingPolicy,
        metrics: Metrics | None = None,
        shelf: RuleShelf | None = None,
        courtesy: Courtesy | None = None,
    ) -> None:
        self._store = store
        self._metrics = metrics or NoMetrics()
        self._reader = CarefulReader(store, reader)
        self._clock = clock
        self._policy = policy
        self._shelf = shelf or RuleShelf()
        self.courtesy = courtesy or Courtesy(time.monotonic)

    async def refresh(self, wallet: WalletState) -> WalletState:
        """Read a wallet now. Its members become due when there is new evidence that says something else than before.

        Raises `StoreBusyError`, as everything here does.
        """
        due = DueWallet(wallet.id, wallet.address, wallet.holdings.digest)
        heard = Heard(wallet.id, await self._read(due, for_sweep=False))
        return (await self.remember([heard])).get(wallet.id, wallet)

    async def refresh_many(
        self,
        wallets: Sequence[DueWallet],
        at_once: int,
        policy: ReadingPolicy | None = None,
        more: More | None = None,
    ) -> ReadTally:
        """Read wallets for a sweep, `at_once` at the same time.

        Readings are written many at a time while others are still under way. `policy`: how often these are read, where
        that differs from the host's wish. `more`: asked when the last of them are being read, so that nobody pauses.
        """
        shelf, queue = _Shelf(self, policy), _Queue(wallets, more)
        readers = [asyncio.create_task(self._read_queue(queue, shelf)) for _ in range(min(at_once, len(wallets)))]
        writer = asyncio.create_task(shelf.write(queue.written))
        try:
            await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            shelf.close()
            await asyncio.wait({*readers, writer})
        return ReadTally(queue.taken, writer.result())

    async def remember(
        self, heard: Sequence[Heard], policy: ReadingPolicy | None = None, urgency: Urgency = Urgency.PERSON
    ) -> Mapping[int, WalletState]:
        """Write readings down in one unit of work; return the wallets' states by wallet id."""
        now = self._clock.now()
        async with self._store.unit(urgency) as unit:
            return await absorb_all(unit, heard, now, policy or self._policy, self._shelf)

    async def _read_queue(self, queue: "_Queue", shelf: "_Shelf") -> None:
        await self.courtesy.give_way()
        while not shelf.is_closed and (wallet := await queue.take()) is not None:
            shelf.put(Heard(wallet.id, await self._read(wallet, for_sweep=True)))
            await self.courtesy.give_way()

    async def _read(self, wallet: DueWallet, *, for_sweep: bool) -> Reading:
        reading = await self._reader.read(wallet, for_sweep=for_sweep)
        network = wallet.address.network.value
        match reading:
            case Complete():
                self._metrics.reading(network, ReadingOutcome.COMPLETE)
            case Unknown():
                self._metrics.reading(network, ReadingOutcome.UNKNOWN, reading.reason.value)
            case Invalid():
                self._metrics.reading(network, ReadingOutcome.INVALID, reading.reason.value)
        return reading


class _Queue:
    """Wallets to read."""

    def __init__(self, wallets: Sequence[DueWallet], more: More | None) -> None:
        self._waiting = deque(wallets)
        self._more = more
        self._asking = asyncio.Lock()
        self._unwritten: set[int] = set()
        self.taken = 0

    async def take(self) -> DueWallet | None:
        """Return the next one; None when there are no more."""
        if not self._waiting and self._more is not None:
            await self._fill_up(self._more)
        if not self._waiting:
            return None
        wallet = self._waiting.popleft()
        self._unwritten.add(wallet.id)
        self.taken += 1
        return wallet

    async def _fill_up(self, more: More) -> None:
        async with self._asking:
            if self._waiting or self._more is None:
                return  # somebody else has done it meanwhile
            # As it is now: what is written while the database is asked may count as due in its answer still.
            self._waiting.extend(await more(frozenset(self._unwritten)))
            if not self._waiting:
                self._more = None

    def written(self, heard: Sequence[Heard]) -> None:
        """Say that readings were written down, so that the database knows whether these wallets are due."""
        self._unwritten.difference_update(one.wallet_id for one in heard)


class _Shelf:
    """Where readings wait to be written, many at a time."""

    def __init__(self, refresher: Refresher, policy: ReadingPolicy | None) -> None:
        self._refresher = refresher
        self._policy = policy
        self._waiting: list[Heard] = []
        self._is_full = asyncio.Event()
        self.is_closed = False
        """Nothing more will be written: all readings have come, or the database does not take them."""

    def put(self, heard: Heard) -> None:
        """Lay a reading down."""
        self._waiting.append(heard)
        if len(self._waiting) >= _MOST_TOGETHER:
            self._is_full.set()

    def close(self) -> None:
        """Say that nothing more will come."""
        self.is_closed = True
        self._is_full.set()

    async def write(self, written: Callable[[Sequence[Heard]], None]) -> int:
        """Write what is laid down until the shelf is closed and empty. Returns how many wallets are unknown."""
        unknown = 0
        while self._waiting or not self.is_closed:
            try:
                async with asyncio.timeout(self._refresher.courtesy.gather(_GATHER_SECONDS, _MOST_TOGETHER)):
                    await self._is_full.wait()
            except TimeoutError:
                pass
            if not self.is_closed:
                self._is_full.clear()
            together = self._refresher.courtesy.bite(_MOST_TOGETHER)
            batch, self._waiting = self._waiting[:together], self._waiting[together:]
            if batch:
                unknown += await self._write_batch(batch)
                written(batch)
        return unknown

    async def _write_batch(self, batch: Sequence[Heard]) -> int:
        try:
            states = await self._refresher.remember(batch, self._policy, Urgency.SWEEP)
        except BaseException:
            self.close()
            raise
        return sum(1 for state in states.values() if state.unknown is not None)
