"""Reading one wallet and remembering what that means."""

from dataclasses import replace
from datetime import datetime

from bot.domain.readings import Complete, Invalid, Reading, Unknown
from bot.domain.wallets import ReadingPolicy, WalletState, absorb, is_behind
from bot.services.metrics import Metrics, NoMetrics, ReadingOutcome
from bot.services.ports import BalanceReader, Clock, Store
from bot.services.repositories import UnitOfWork


class Refresher:
    """Asks the provider about a wallet and puts its answer into the database."""

    def __init__(
        self,
        store: Store,
        reader: BalanceReader,
        clock: Clock,
        policy: ReadingPolicy,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._metrics = metrics or NoMetrics()
        self._reader = reader
        self._clock = clock
        self._policy = policy

    async def refresh(self, wallet: WalletState) -> WalletState:
        """Read a wallet now. Its members become due when there is new evidence that says something else than before."""
        reading = await self._reader.read(wallet.address, fresh=True)
        self._count(wallet, reading)
        now = self._clock.now()
        async with self._store.unit() as unit:
            before = await unit.wallets.get(wallet.id)
            if before is None or _is_outrun(before, reading):
                return before or wallet
            after = absorb(before, reading, now, self._policy)
            after = await self._catch_up(unit, after, now)
            await unit.wallets.save(after)
            if after.is_known(now, self._policy.stale_after):
                for user_id in await unit.links.owners(wallet.id):
                    await self._spread_news(unit, user_id, before, after, now)
        return after

    def _count(self, wallet: WalletState, reading: Reading) -> None:
        network = wallet.address.network.value
        match reading:
            case Complete():
                self._metrics.reading(network, ReadingOutcome.COMPLETE)
            case Unknown():
                self._metrics.reading(network, ReadingOutcome.UNKNOWN, reading.reason.value)
            case Invalid():
                self._metrics.reading(network, ReadingOutcome.INVALID, reading.reason.value)

    async def _catch_up(self, unit: UnitOfWork, wallet: WalletState, now: datetime) -> WalletState:
        """Make a wallet due again at once when another one of the same member changed while it was being read."""
        if not wallet.is_known(now, self._policy.stale_after):
            return wallet
        for user_id in await unit.links.owners(wallet.id):
            if is_behind(wallet, [link.wallet for link in await unit.links.of_user(user_id)]):
                return replace(wallet, due_at=now)
        return wallet

    async def _spread_news(
        self, unit: UnitOfWork, user_id: int, before: WalletState, after: WalletState, now: datetime
    ) -> None:
        siblings = [link.wallet for link in await unit.links.of_user(user_id) if link.wallet.id != after.id]
        has_changed = after.holdings.digest != before.holdings.digest
        if has_changed or not before.is_known(now, self._policy.stale_after) or is_behind(before, siblings):
            await unit.members.touch_user(user_id)
        if has_changed:
            for sibling in siblings:
                if is_behind(sibling, [after]) and sibling.due_at > now:
                    await unit.wallets.save(replace(sibling, due_at=now))


def _is_outrun(before: WalletState, reading: Reading) -> bool:
    """Whether a newer reading was stored while this one was under way."""
    return isinstance(reading, Complete) and before.read_at is not None and reading.observed_at < before.read_at
