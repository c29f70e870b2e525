"""Confirming wallets by passes over whole collections."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.collection_passes import CompletePass
from bot.domain.readings import Complete
from bot.domain.wallets import ReadingPolicy, WalletState, is_confirmed
from bot.services.absorbing import Heard, absorb_all
from bot.services.case_loading import RuleShelf
from bot.services.repositories import UnitOfWork


async def confirm_all(
    unit: UnitOfWork,
    wallet_ids: Sequence[int],
    passes: Sequence[CompletePass],
    now: datetime,
    policy: ReadingPolicy,
    shelf: RuleShelf,
) -> int:
    """Confirm those wallets that passes agree with; the others become due. Returns how many of the due were confirmed.

    What is remembered is compared while nobody else can change it.
    """
    wallets = await unit.wallets.many(wallet_ids, {})
    agreed = [wallet for wallet in wallets.values() if is_confirmed(wallet, passes)]
    begun, source = min(each.observed_at for each in passes), passes[0].source
    scope = frozenset(each.target.item for each in passes)
    heard = [Heard(wallet.id, Complete(wallet.holdings, source, begun), scope) for wallet in agreed]
    if heard:
        await absorb_all(unit, heard, now, policy, shelf)
    known = {wallet.id for wallet in agreed}
    late = [
        one.id for one in wallets.values() if one.id not in known and one.due_at > now and not _is_newer(one, begun)
    ]
    if late:
        await unit.wallets.read_again(late, now)
    return sum(1 for wallet in agreed if wallet.due_at <= now)


def _is_newer(wallet: WalletState, begun: datetime) -> bool:
    """Whether a wallet was read by itself since the passes began."""
    return wallet.read_at is not None and wallet.read_at > begun
