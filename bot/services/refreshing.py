"""Reading wallets and remembering what that means."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from bot.domain.readings import Complete, Invalid, Reading, Unknown
from bot.domain.wallets import DueWallet, ReadingPolicy, WalletState
from bot.services.absorbing import Heard, absorb_all
from bot.services.careful_reading import CarefulReader, Opinions
from bot.services.case_loading import RuleShelf
from bot.services.metrics import Metrics, NoMetrics, ReadingOutcome
from bot.services.ports import Clock, Store

_MOST_TOGETHER = 250
"""How many readings are written in one unit of work, so that nobody waits long for the database."""
_GATHER_SECONDS = 0.05
"""How long readings are gathered before they are written, unless there are many sooner."""


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
    ) -> None:
        self._store = store
        self._metrics = metrics or NoMetrics()
        self._reader = CarefulReader(store, reader)
        self._clock = clock
        self._policy = policy
        self._shelf = shelf or RuleShelf()

    async def refresh(self, wallet: WalletState) -> WalletState:
        """Read a wallet now. Its members become due when there is new evidence that says something else than before.

        Raises `StoreBusyError`, as everything here does.
        """
        due = DueWallet(wallet.id, wallet.address, wallet.holdings.digest)
        heard = Heard(wallet.id, await self._read(due, for_sweep=False))
        return (await self.remember([heard])).get(wallet.id, wallet)

    async def refresh_many(
        self, wallets: Sequence[DueWallet], at_once: int, policy: ReadingPolicy | None = None
    ) -> int:
        """Read wallets for a sweep, `at_once` at the same time. Returns how many of them are unknown.

        Readings are written many at a time while others are still under way. `policy`: how often these are read, where
        that differs from the host's wish.
        """
        shelf = _Shelf(self, policy)
        queue = iter(wallets)
        readers = [asyncio.create_task(self._read_queue(queue, shelf)) for _ in range(min(at_once, len(wallets)))]
        writer = asyncio.create_task(shelf.write())
        try:
            await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            shelf.close()
            await asyncio.wait({*readers, writer})
        return writer.result()

    async def remember(self, heard: Sequence[Heard], policy: ReadingPolicy | None = None) -> Mapping[int, WalletState]:
        """Write readings down in one unit of work; return the wallets' states by wallet id."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            return await absorb_all(unit, heard, now, policy or self._policy, self._shelf)

    async def _read_queue(self, queue: Iterator[DueWallet], shelf: "_Shelf") -> None:
        for wallet in queue:
            if shelf.is_closed:
                return
            shelf.put(Heard(wallet.id, await self._read(wallet, for_sweep=True)))

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

    async def write(self) -> int:
        """Write what is laid down until the shelf is closed and empty. Returns how many wallets are unknown."""
        unknown = 0
        while self._waiting or not self.is_closed:
            try:
                async with asyncio.timeout(_GATHER_SECONDS):
                    await self._is_full.wait()
            except TimeoutError:
                pass
            if not self.is_closed:
                self._is_full.clear()
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            if batch:
                unknown += await self._write_batch(batch)
        return unknown

    async def _write_batch(self, batch: Sequence[Heard]) -> int:
        try:
            states = await self._refresher.remember(batch, self._policy)
        except BaseException:
            self.close()
            raise
        return sum(1 for state in states.values() if state.unknown is not None)
