"""Putting what providers said about wallets into the database, many wallets at a time.

A wallet whose holdings are what they were costs one row update. Everything else follows from news only: rewritten
holdings, members who become due, other wallets of a member that must be read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.links import Household, Sibling
from bot.domain.readings import Complete, Reading
from bot.domain.wallets import ReadingPolicy, WalletState, absorb, is_behind
from bot.services.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider said about a wallet."""

    wallet_id: int
    reading: Reading


@dataclass(slots=True)
class _News:
    """What follows from a batch of readings."""

    after: dict[int, WalletState] = field(default_factory=dict)
    users: set[int] = field(default_factory=set)
    """Whose roles are to be looked at."""
    wallet_ids: set[int] = field(default_factory=set)
    """Wallets that are to be read again, since something moved in another one of the same member."""


async def absorb_all(
    unit: UnitOfWork, heard: Sequence[Heard], now: datetime, policy: ReadingPolicy
) -> Mapping[int, WalletState]:
    """Remember readings of different wallets; return their states by wallet id.

    A wallet that was forgotten meanwhile is left out. Members become due when there is new evidence that says
    something else than before.
    """
    likely = {one.wallet_id: one.reading.holdings for one in heard if isinstance(one.reading, Complete)}
    before = await unit.wallets.many([one.wallet_id for one in heard], likely)
    homes = await _homes(unit, heard, before, now, policy)
    news = _News()
    for one in heard:
        wallet = before.get(one.wallet_id)
        if wallet is not None and not _is_outrun(wallet, one.reading):
            _absorb(wallet, one.reading, homes.get(wallet.id), news, now, policy)
    await unit.wallets.save_many([(before[wallet_id], after) for wallet_id, after in news.after.items()])
    if news.wallet_ids:
        await unit.wallets.read_again(news.wallet_ids, now)
    if news.users:
        await unit.members.touch_users(news.users)
    return {**before, **news.after}


async def _homes(
    unit: UnitOfWork, heard: Sequence[Heard], before: Mapping[int, WalletState], now: datetime, policy: ReadingPolicy
) -> Mapping[int, Household]:
    """Look up the members whom readings may concern: there is news in one of their wallets, this one or another."""
    news = {
        one.wallet_id
        for one in heard
        if isinstance(one.reading, Complete)
        and (wallet := before.get(one.wallet_id)) is not None
        and (wallet.holdings != one.reading.holdings or not wallet.is_known(now, policy.stale_after))
    }
    quiet = [wallet for wallet in before.values() if wallet.id not in news and wallet.read_at is not None]
    if quiet:
        since = min(wallet.read_at for wallet in quiet if wallet.read_at is not None)
        news |= await unit.links.with_changed_siblings([wallet.id for wallet in quiet], since)
    if not news:
        return {}
    homes = await unit.links.households(news)
    # What changes in this very batch concerns other wallets of the batch too.
    concerned = {sibling.id for home in homes.values() for sibling in home.siblings} & before.keys() - homes.keys()
    return {**homes, **await unit.links.households(concerned)} if concerned else homes


def _absorb(
    before: WalletState, reading: Reading, home: Household | None, news: _News, now: datetime, policy: ReadingPolicy
) -> None:
    after = absorb(before, reading, now, policy)
    if home is not None and after.is_known(now, policy.stale_after):
        # Others of the same batch are compared as they are now.
        others = [news.after.get(sibling.id, sibling) for sibling in home.siblings]
        has_changed = after.holdings != before.holdings
        if has_changed or not before.is_known(now, policy.stale_after) or is_behind(before, others):
            news.users.add(home.user_id)
        if has_changed:
            news.wallet_ids.update(_left_behind(others, after, now))
        if is_behind(after, others):
            after = replace(after, due_at=now)
    news.after[before.id] = after


def _left_behind(others: Iterable[Sibling | WalletState], changed: WalletState, now: datetime) -> Iterable[int]:
    return (other.id for other in others if other.due_at > now and is_behind(other, (changed,)))


def _is_outrun(before: WalletState, reading: Reading) -> bool:
    """Whether a newer reading was stored while this one was under way."""
    return isinstance(reading, Complete) and before.read_at is not None and reading.observed_at < before.read_at
