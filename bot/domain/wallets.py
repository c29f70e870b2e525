"""What is remembered of a wallet, and how one reading changes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.addresses import Address
from bot.domain.collection_passes import CompletePass
from bot.domain.holdings import Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Invalid, Reading, Unknown, UnknownReason
from bot.domain.selectors import Selector, SelectorKind

FIRST_RETRY = timedelta(minutes=2)
"""The wait after a first failed reading; it doubles with every further one, up to the sweep interval."""

SOON = timedelta(seconds=5)
"""The same where it was no provider's trouble but that of our own database."""

LATELY = timedelta(days=7)
"""A wallet that changed within this time is likelier to change again than others."""

_GOLDEN_RATIO = 0.6180339887498949
"""Multiples of it, taken modulo 1, spread evenly however many there are."""


class Gap(StrEnum):
    """Why what is remembered of a wallet is no evidence now."""

    UNREADABLE = "unreadable"
    """The latest attempt brought no complete reading."""
    EMPTIED = "emptied"
    """It was first seen empty; a second reading has to confirm that."""
    UNREAD = "unread"
    """It has never been read."""
    STALE = "stale"
    """Its last reading is too long ago."""
    BEHIND = "behind"
    """It was read before something changed in another wallet of the same member."""


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """How often wallets are read and how long a reading counts as evidence."""

    interval: timedelta
    confirm_after: timedelta
    """A wallet that went from something to nothing is believed only after a second reading this much later."""
    stale_after: timedelta
    """A complete reading older than this is no evidence any more."""
    quiet_interval: timedelta | None = None
    """How often wallets are read that did not change lately, where a quota does not allow `interval` for all."""

    def interval_of(self, changed_at: datetime | None, now: datetime) -> timedelta:
        """Return how often a wallet is read that changed then."""
        is_quiet = changed_at is None or changed_at <= now - LATELY
        return self.quiet_interval if is_quiet and self.quiet_interval is not None else self.interval


@dataclass(frozen=True, slots=True)
class Lane:
    """One of several equal parts of a network's wallets, which may be read at the same time in different processes."""

    number: int = 0
    """From 0."""
    of: int = 1


WHOLE = Lane()
"""All wallets of a network."""


@dataclass(frozen=True, slots=True)
class DueWallet:
    """A wallet whose turn has come."""

    id: int
    address: Address
    holdings_digest: str = ""
    """`Holdings.digest` of what is remembered; empty when that was not looked up."""


@dataclass(frozen=True, slots=True)
class WalletState:
    """One wallet as the database remembers it. Times are aware and UTC."""

    id: int
    address: Address
    due_at: datetime
    holdings: Holdings = field(default_factory=Holdings)
    read_at: datetime | None = None
    """When `holdings` was observed; None before the first complete reading."""
    source: str = ""
    tried_at: datetime | None = None
    """When a provider was last asked, whatever it answered."""
    unknown: UnknownReason | None = None
    """Why the latest attempt brought no evidence; None when it did."""
    unknown_detail: str = ""
    unknown_since: datetime | None = None
    failures: int = 0
    """Attempts without evidence in a row."""
    changed_at: datetime | None = None
    """When the reading ended that brought the present `holdings`, if they differed from what was known before. Its
    end and not its start: what a paged reading shows is as of some moment in between."""
    emptied_at: datetime | None = None
    """When a reading first said that everything is gone, until a second one confirms or denies it."""
    own_read_at: datetime | None = None
    """When the wallet itself was read, where passes over collections have confirmed it since; `read_at` is then as of
    these passes. None when `read_at` is the wallet's own reading."""
    scope: frozenset[str] | None = None
    """What those passes were about, and so all that they confirmed; None with `own_read_at`."""

    def evidence_about(self, selector: Selector) -> "WalletState":
        """The wallet as it counts for a question: passes confirm only what they were about."""
        if self.scope is None:
            return self
        if selector.kind is not SelectorKind.ANY and selector.items <= self.scope:
            return self
        return replace(self, read_at=self.own_read_at)

    @property
    def network(self) -> Network:
        """The wallet's network."""
        return self.address.network

    def is_known(self, now: datetime, stale_after: timedelta) -> bool:
        """Whether `holdings` is evidence now: the latest attempt was complete, confirmed and is not stale."""
        return self.gap(now, stale_after) is None

    def gap(self, now: datetime, stale_after: timedelta) -> Gap | None:
        """Say why `holdings` is no evidence now; None when it is."""
        if self.unknown is not None:
            return Gap.UNREADABLE
        if self.emptied_at is not None:
            return Gap.EMPTIED
        if self.read_at is None:
            return Gap.UNREAD
        return None if now < self.read_at + stale_after else Gap.STALE


def absorb(wallet: WalletState, reading: Reading, now: datetime, policy: ReadingPolicy) -> WalletState:
    """Return the wallet's next state after one reading. Holdings change only on complete, confirmed evidence."""
    match reading:
        case Complete() if _lost_a_collection(wallet.holdings, reading.holdings):
            detail = "an NFT is listed without the collection that it is known to be in"
            return _absorb_nothing(wallet, UnknownReason.SCHEMA, detail, None, now, policy)
        case Complete() if _is_outdated(wallet, reading):
            # Another process's clock may be ahead of this one's.
            return replace(wallet, tried_at=now, due_at=max(now, wallet.unknown_since or now))
        case Complete():
            return _absorb_complete(wallet, reading, now, policy)
        case Unknown(reason, detail, retry_after):
            return _absorb_nothing(wallet, reason, detail, retry_after, now, policy)
        case Invalid(_, detail):
            return _absorb_nothing(wallet, UnknownReason.CONFIG, detail, policy.interval, now, policy)


def _is_outdated(wallet: WalletState, reading: Complete) -> bool:
    """Whether a reading was under way already when another wallet was unlinked."""
    since = wallet.unknown_since
    return wallet.unknown is UnknownReason.OUTDATED and since is not None and reading.observed_at < since


def _lost_a_collection(before: Holdings, after: Holdings) -> bool:
    """Whether an NFT that was in a collection is now in none. No NFT leaves one, so the provider has lost it."""
    if before == after:
        return False
    collections = {holding.asset: holding.collection for holding in before}
    return any(holding.collection is None and collections.get(holding.asset) is not None for holding in after)


def _absorb_complete(wallet: WalletState, reading: Complete, now: datetime, policy: ReadingPolicy) -> WalletState:
    first_seen = wallet.emptied_at or reading.observed_at
    confirmed_at = first_seen + policy.confirm_after
    is_doubtful = wallet.holdings and not reading.holdings and reading.observed_at < confirmed_at
    is_news = not is_doubtful and reading.holdings != wallet.holdings
    changed_at = now if is_news else wallet.changed_at
    return replace(
        wallet,
        holdings=wallet.holdings if is_doubtful else reading.holdings,
        read_at=wallet.read_at if is_doubtful else reading.observed_at,
        changed_at=changed_at,
        emptied_at=first_seen if is_doubtful else None,
        due_at=max(confirmed_at, now)
        if is_doubtful
        else next_slot(replace(wallet, changed_at=changed_at), now, policy),
        source=reading.source,
        tried_at=now,
        unknown=None,
        unknown_detail="",
        unknown_since=None,
        failures=0,
        own_read_at=wallet.own_read_at if is_doubtful else None,
        scope=wallet.scope if is_doubtful else None,
    )


def outdate(wallet: WalletState, now: datetime) -> WalletState:
    """Return the wallet's next state when another one of the same member and network has just been unlinked.

    What the other one held may be in this one by now. So this one is no evidence until it has been read once more.
    """
    return replace(wallet, unknown=UnknownReason.OUTDATED, unknown_detail="", unknown_since=now, due_at=now)


def is_confirmed(wallet: WalletState, passes: Sequence[CompletePass]) -> bool:
    """Tell whether passes over collections agree with all that is remembered of these.

    If not, or when the wallet's own reading is missing or in doubt, it is to be read by itself.
    """
    if wallet.read_at is None or wallet.unknown is not None or wallet.emptied_at is not None:
        return False
    return all(
        wallet.read_at <= each.observed_at and each.agrees_with(wallet.address, wallet.holdings) for each in passes
    )


def confirm(
    wallet: WalletState, reading: Complete, scope: frozenset[str], now: datetime, policy: ReadingPolicy
) -> WalletState:
    """Return the wallet's next state after passes that confirm it: `reading` is what is remembered, as of these.

    `scope` is what the passes were about.
    """
    return replace(
        wallet,
        read_at=reading.observed_at,
        own_read_at=wallet.read_at if wallet.scope is None else wallet.own_read_at,
        scope=scope,
        # For all at the same time, so that the next pass finds all of them due.
        due_at=max(reading.observed_at + policy.interval_of(wallet.changed_at, now), now),
        source=reading.source,
        tried_at=now,
    )


def _absorb_nothing(
    wallet: WalletState,
    reason: UnknownReason,
    detail: str,
    retry_after: timedelta | None,
    now: datetime,
    policy: ReadingPolicy,
) -> WalletState:
    first = SOON if reason is UnknownReason.STORE else FIRST_RETRY
    backoff = min(first * (1 << min(wallet.failures, 16)), policy.interval)
    return replace(
        wallet,
        tried_at=now,
        unknown=reason,
        unknown_detail=detail,
        unknown_since=wallet.unknown_since or now,
        failures=wallet.failures + 1,
        due_at=now + max(backoff, retry_after or timedelta(0)),
    )


class ReadTimes(Protocol):
    """When a wallet was read, and when it changed."""

    @property
    def id(self) -> int:
        """Which wallet."""

    @property
    def network(self) -> Network:
        """Its network."""

    @property
    def read_at(self) -> datetime | None:
        """See `WalletState.read_at`."""

    @property
    def changed_at(self) -> datetime | None:
        """See `WalletState.changed_at`."""


def is_behind(wallet: ReadTimes, others: Iterable[ReadTimes]) -> bool:
    """Whether a wallet was read before holdings changed in another wallet of the same member and network.

    What left one wallet may have arrived in the other. Until that one has been read after the change, the two
    readings together say nothing: an NFT could be missed altogether, or counted twice.
    """
    return any(
        other.network is wallet.network
        and other.id != wallet.id
        and other.changed_at is not None
        and wallet.read_at is not None
        and wallet.read_at < other.changed_at
        for other in others
    )


def next_slot(wallet: WalletState, now: datetime, policy: ReadingPolicy) -> datetime:
    """Return the wallet's next turn.

    Every wallet has its own fixed place in the interval, derived from its id, so that a sweep is a steady stream: no
    restart, outage or mass linking can pull the wallets together into a burst.
    """
    interval = max(int(policy.interval_of(wallet.changed_at, now).total_seconds()), 1)
    place = int(wallet.id * _GOLDEN_RATIO % 1 * interval)
    elapsed = (int(now.timestamp()) - place) % interval
    return now + timedelta(seconds=interval - elapsed)
