"""Putting what providers said about wallets into the database, many wallets at a time.

A wallet whose holdings are what they were costs one row update. Everything else follows from news only: rewritten
holdings, other wallets of a member that must be read again, and members who become due, as far as a rule of their
server names what changed.
"""

from collections import defaultdict
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.holdings import Holdings
from bot.domain.links import Household, Sibling
from bot.domain.members import MemberKey
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading
from bot.domain.rule_books import RuleBook, is_evidence
from bot.domain.wallets import ReadingPolicy, WalletState, absorb, confirm, is_behind
from bot.services.case_loading import RuleShelf
from bot.services.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider said about a wallet."""

    wallet_id: int
    reading: Reading
    scope: frozenset[str] | None = None
    """What passes over collections confirmed, where these spared the wallet a reading of its own."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What is new about a wallet."""

    network: Network
    before: Holdings
    after: Holdings
    was_evidence: bool
    """Whether it was known before what the wallet holds; if not, all that it holds, and does not hold, is news."""

    def concerns(self, book: RuleBook) -> bool:
        """Whether a rule of a server may see its members differently now."""
        if not self.was_evidence:
            return book.asks_about(self.network)
        return book.minds(self.network, self.before, self.after)


@dataclass(slots=True)
class _News:
    """What follows from a batch of readings."""

    after: dict[int, WalletState] = field(default_factory=dict)
    changes: defaultdict[int, list[_Change]] = field(default_factory=lambda: defaultdict(list))
    """By the member whose wallets they are."""
    wallet_ids: set[int] = field(default_factory=set)
    """Wallets that are to be read again, since something moved in another one of the same member."""


async def absorb_all(
    unit: UnitOfWork, heard: Sequence[Heard], now: datetime, policy: ReadingPolicy, shelf: RuleShelf
) -> Mapping[int, WalletState]:
    """Remember readings of different wallets; return their states by wallet id.

    A wallet that was forgotten meanwhile is left out. Members become due when there is new evidence that says
    something else than before about what a rule of their server names.
    """
    likely = {one.wallet_id: one.reading.holdings for one in heard if isinstance(one.reading, Complete)}
    before = await unit.wallets.many([one.wallet_id for one in heard], likely)
    homes = await _homes(unit, heard, before, now, policy)
    news = _News()
    for one in heard:
        wallet = before.get(one.wallet_id)
        if wallet is not None and not _is_outrun(wallet, one.reading):
            _absorb(wallet, one, homes.get(wallet.id), news, now, policy)
    await unit.wallets.save_many([(before[wallet_id], after) for wallet_id, after in news.after.items()])
    if news.wallet_ids:
        await unit.wallets.read_again(news.wallet_ids, now)
    if news.changes:
        await unit.members.touch_many(await _concerned(unit, news, shelf))
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
        and (
            wallet.holdings != one.reading.holdings
            or not wallet.is_known(now, policy.stale_after)
            or wallet.scope not in (None, one.scope)
        )
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
    before: WalletState, heard: Heard, home: Household | None, news: _News, now: datetime, policy: ReadingPolicy
) -> None:
    after = _after(before, heard, now, policy)
    if home is not None and after.is_known(now, policy.stale_after):
        # Others of the same batch are compared as they are now.
        others = [news.after.get(sibling.id, sibling) for sibling in home.siblings]
        has_changed = after.holdings != before.holdings
        # About what passes did not cover, nothing was known.
        was_evidence = before.scope in (None, after.scope) and is_evidence(before, others, now, policy.stale_after)
        if has_changed or not was_evidence:
            change = _Change(before.network, before.holdings, after.holdings, was_evidence)
            news.changes[home.user_id].append(change)
        if has_changed:
            news.wallet_ids.update(_left_behind(others, after, now))
        if is_behind(after, others):
            after = replace(after, due_at=now)
    news.after[before.id] = after


def _after(before: WalletState, heard: Heard, now: datetime, policy: ReadingPolicy) -> WalletState:
    if heard.scope is not None and isinstance(heard.reading, Complete):
        return confirm(before, heard.reading, heard.scope, now, policy)
    return absorb(before, heard.reading, now, policy)


async def _concerned(unit: UnitOfWork, news: _News, shelf: RuleShelf) -> AnyOf[MemberKey]:
    """Find out whom the news may give a role, or cost one."""
    homes = await unit.members.present_guilds(news.changes)
    books = await shelf.books(unit, {guild_id for guild_ids in homes.values() for guild_id in guild_ids})
    return {
        (guild_id, user_id)
        for user_id, guild_ids in homes.items()
        for guild_id in guild_ids
        if any(change.concerns(books[guild_id]) for change in news.changes[user_id])
    }


def _left_behind(others: Iterable[Sibling | WalletState], changed: WalletState, now: datetime) -> Iterable[int]:
    return (other.id for other in others if other.due_at > now and is_behind(other, (changed,)))


def _is_outrun(before: WalletState, reading: Reading) -> bool:
    """Whether a newer reading was stored while this one was under way."""
    return isinstance(reading, Complete) and before.read_at is not None and reading.observed_at < before.read_at
