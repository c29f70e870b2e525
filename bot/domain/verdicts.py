"""What a rule says of a member: yes, no, or not enough evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.evaluation import evaluate
from bot.domain.expressions import names
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.rules import Rule
from bot.domain.selectors import Selector
from bot.domain.truth import Truth
from bot.domain.wallets import Gap, WalletState, is_behind


class Verdict(StrEnum):
    """The three answers."""

    ENTITLED = "entitled"
    NOT_ENTITLED = "not_entitled"
    UNKNOWN = "unknown"


_VERDICT = {Truth.YES: Verdict.ENTITLED, Truth.NO: Verdict.NOT_ENTITLED, Truth.UNKNOWN: Verdict.UNKNOWN}


@dataclass(frozen=True, slots=True)
class WalletCount:
    """How many NFTs of one collection one wallet contributes."""

    wallet: WalletState
    count: Interval
    gap: Gap | None = None
    """Why the wallet brings no evidence, so that its count is unknown."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with everything that led to it."""

    rule: Rule
    verdict: Verdict
    counts: Mapping[str, Interval]
    """Collection name -> how many the member holds, over all wallets."""
    shares: Mapping[str, Sequence[WalletCount]]
    """Collection name -> what each wallet on that network contributes."""

    @property
    def unknown_wallets(self) -> Sequence[WalletState]:
        """The wallets whose missing evidence makes a count uncertain, each once."""
        unknown = {
            share.wallet.id: share.wallet
            for shares in self.shares.values()
            for share in shares
            if share.count.high is None
        }
        return tuple(unknown.values())


def judge(
    rule: Rule,
    collections: Mapping[str, Selector],
    wallets: Sequence[WalletState],
    now: datetime,
    stale_after: timedelta,
) -> Judgement:
    """Judge one member by one rule.

    A wallet without evidence, or read before something moved in another one, counts as [0, inf), so the others may
    still decide. A collection that the rule names but the server no longer has counts as unknown.
    """
    shares: dict[str, tuple[WalletCount, ...]] = {}
    counts: dict[str, Interval] = {}
    for name in sorted(names(rule.expression)):
        selector = collections.get(name)
        if selector is None:
            counts[name] = UNKNOWN
            continue
        shares[name] = tuple(
            _count(wallet, wallets, selector, now, stale_after)
            for wallet in wallets
            if wallet.address.network is selector.network
        )
        counts[name] = _total(shares[name], selector)
    return Judgement(rule, _VERDICT[evaluate(rule.expression, counts)], counts, shares)


def _total(shares: Sequence[WalletCount], selector: Selector) -> Interval:
    """Count over all wallets at once: an NFT that moved between two of them in between readings counts once."""
    known = [share.wallet.holdings for share in shares if share.count.high is not None]
    low = selector.counts(*known)
    return Interval(low, low if len(known) == len(shares) else None)


def _count(
    wallet: WalletState, siblings: Sequence[WalletState], selector: Selector, now: datetime, stale_after: timedelta
) -> WalletCount:
    as_read = wallet.evidence_about(selector)
    gap = as_read.gap(now, stale_after)
    if gap is None and is_behind(as_read, siblings):
        gap = Gap.BEHIND
    if gap is not None:
        return WalletCount(as_read, UNKNOWN, gap)
    return WalletCount(as_read, Interval.exact(selector.counts(wallet.holdings)))
