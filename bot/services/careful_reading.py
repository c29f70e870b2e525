"""Reading a wallet with a second opinion, where there are two providers for its network.

Nothing is taken on one provider's word when another one says otherwise; and when the first cannot be read, the second
may say that nothing was lost.
"""

from typing import Final, Protocol

from bot.domain.addresses import Address
from bot.domain.holdings import Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown, UnknownReason
from bot.domain.wallets import DueWallet, WalletState
from bot.services.ports import Store

_UNHEALTHY: Final = frozenset(
    {
        UnknownReason.NETWORK,
        UnknownReason.SERVER,
        UnknownReason.RATE,
        UnknownReason.QUOTA,
        UnknownReason.AUTH,
        UnknownReason.CANARY,
    }
)
"""Troubles of the service itself, and not of its answer about one wallet nor of our own database."""


class Opinions(Protocol):
    """The balance APIs. Nothing here raises for a provider's trouble."""

    async def read(self, target: Address, *, fresh: bool = False) -> Reading:
        """Ask the first provider what a wallet holds."""

    async def read_for_sweep(self, address: Address) -> Reading:
        """The same, freshly, behind everybody who waits in person."""

    def has_second(self, network: Network) -> bool:
        """Whether another provider can be asked."""

    async def ask_second(self, address: Address) -> Reading:
        """Ask the other provider, freshly."""


class CarefulReader:
    """Asks the first provider, and the second one where the first is in trouble or takes something away."""

    def __init__(self, store: Store, opinions: Opinions) -> None:
        self._store = store
        self._opinions = opinions

    async def read(self, wallet: DueWallet, *, for_sweep: bool) -> Reading:
        """Read a wallet freshly. Raises `StoreBusyError`."""
        address = wallet.address
        if for_sweep:
            reading = await self._opinions.read_for_sweep(address)
        else:
            reading = await self._opinions.read(address, fresh=True)
        if not self._opinions.has_second(address.network):
            return reading
        match reading:
            case Complete(holdings) if holdings.digest != wallet.holdings_digest:
                return await self._doubted(wallet, reading)
            case Unknown(reason) if reason in _UNHEALTHY:
                return await self._stood_in_for(wallet, reading)
            case _:
                return reading

    async def _doubted(self, wallet: DueWallet, reading: Complete) -> Reading:
        known = await self._known(wallet)
        if known is None or not _lost(known.holdings, reading.holdings):
            return reading
        if not reading.holdings and known.emptied_at is None:
            return reading  # believed only after another reading anyway, and that one gets the second opinion
        other = await self._opinions.ask_second(wallet.address)
        if isinstance(other, Complete) and _lost(known.holdings, reading.holdings) - _lost(
            known.holdings, other.holdings
        ):
            detail = f"{other.source} still shows what {reading.source} does not show any more"
            return Unknown(UnknownReason.INCOMPLETE, detail)
        return reading

    async def _stood_in_for(self, wallet: DueWallet, reading: Unknown) -> Reading:
        known, other = await self._known(wallet), await self._opinions.ask_second(wallet.address)
        if isinstance(other, Complete) and (known is None or not _lost(known.holdings, other.holdings)):
            return other
        return reading

    async def _known(self, wallet: DueWallet) -> WalletState | None:
        async with self._store.unit() as unit:
            return await unit.wallets.get(wallet.id)


def _lost(before: Holdings, after: Holdings) -> set[str]:
    """The assets of which there is less than before."""
    now = {holding.asset: holding.amount for holding in after}
    return {holding.asset for holding in before if now.get(holding.asset, 0) < holding.amount}
