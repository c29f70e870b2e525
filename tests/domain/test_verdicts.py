from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.expressions import Expression
from bot.domain.grammar import parse
from bot.domain.holdings import Holding, Holdings
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.networks import Network
from bot.domain.readings import Reading, Unknown, UnknownReason
from bot.domain.rules import Rule
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.verdicts import Judgement, Verdict, judge
from bot.domain.wallets import WalletState, absorb
from tests.domain.rule_strategies import expressions
from tests.domain.wallet_cases import (
    CHIA,
    DAY,
    EVERY_HOLDINGS,
    HOUR,
    LOOPRING,
    MINUTE,
    NOW,
    POLICY,
    SELECTORS,
    complete,
    known,
    nfts,
    several_wallets,
    unread,
)

ANY = {network: Selector(network, SelectorKind.ANY) for network in (CHIA, LOOPRING)}


def rule_for(expression: Expression) -> Rule:
    return Rule(1, 1, 7, "Holder", expression, grace=timedelta(0))


def judged(expression: Expression, wallets: Sequence[WalletState], now: datetime = NOW) -> Judgement:
    return judge(rule_for(expression), SELECTORS, wallets, now, POLICY.stale_after)


def judged_simply(text: str, *wallets: WalletState) -> Judgement:
    """Judge by a rule over `cats`, which are all NFTs on Chia, and `cards`, which are all on Loopring."""
    collections = {"cats": ANY[CHIA], "cards": ANY[LOOPRING]}
    return judge(rule_for(parse(text, None)), collections, wallets, NOW, POLICY.stale_after)


def failed(wallet: WalletState) -> WalletState:
    return replace(wallet, unknown=UnknownReason.NETWORK)


class TestAMember:
    def test_is_entitled_by_all_wallets_together(self) -> None:
        judgement = judged_simply("cats >= 3", known(nfts("x", "y"), 1), known(nfts("z"), 2))
        assert judgement.verdict is Verdict.ENTITLED
        assert judgement.counts == {"cats": Interval.exact(3)}
        assert [share.count.low for share in judgement.shares["cats"]] == [2, 1]

    def test_is_not_entitled_when_all_that_is_known_is_too_little(self) -> None:
        assert judged_simply("cats >= 3", known(nfts("x", "y"))).verdict is Verdict.NOT_ENTITLED

    def test_without_a_wallet_on_the_network_holds_nothing_there(self) -> None:
        for wallets in ((), (known(nfts("x"), 1, LOOPRING),)):
            judgement = judged_simply("cats", *wallets)
            assert judgement.verdict is Verdict.NOT_ENTITLED
            assert judgement.counts == {"cats": Interval.exact(0)}
            assert judgement.shares == {"cats": ()}

    def test_can_be_entitled_by_the_known_wallets_alone(self) -> None:
        judgement = judged_simply("cats >= 2", known(nfts("x", "y"), 1), failed(known(nfts("z"), 2)))
        assert judgement.verdict is Verdict.ENTITLED
        assert judgement.counts == {"cats": Interval(2, None)}

    def test_can_be_refused_by_the_known_wallets_alone(self) -> None:
        assert judged_simply("cats < 2", known(nfts("x", "y"), 1), unread(2)).verdict is Verdict.NOT_ENTITLED

    def test_with_nothing_but_unknown_wallets_is_unknown(self) -> None:
        stale = known(nfts("y"), 2, read_at=NOW - POLICY.stale_after)
        perhaps_emptied = replace(known(nfts("z"), 3), emptied_at=NOW)
        wallets = (failed(known(nfts("x"), 1)), stale, perhaps_emptied, unread(4))
        judgement = judged_simply("cats", *wallets)
        assert judgement.verdict is Verdict.UNKNOWN
        assert judgement.counts == {"cats": UNKNOWN}
        assert judgement.unknown_wallets == wallets

    def test_is_judged_on_one_network_whatever_happens_on_another(self) -> None:
        wallets = (known(nfts("x"), 1), unread(2, LOOPRING))
        assert judged_simply("cats", *wallets).verdict is Verdict.ENTITLED
        assert judged_simply("cats and cards", *wallets).verdict is Verdict.UNKNOWN

    def test_is_unknown_where_the_rule_names_a_collection_that_is_gone(self) -> None:
        for text in ("gone", "not gone", "cats and gone"):
            judgement = judged_simply(text, known(nfts("x")))
            assert judgement.verdict is Verdict.UNKNOWN
            assert judgement.counts["gone"] == UNKNOWN
            assert "gone" not in judgement.shares

    def test_is_told_of_each_unknown_wallet_once(self) -> None:
        missing = unread(2)
        judgement = judge(
            rule_for(parse("cats and more", None)),
            {"cats": ANY[CHIA], "more": SELECTORS["a"]},
            [known(nfts("x"), 1), missing],
            NOW,
            POLICY.stale_after,
        )
        assert judgement.unknown_wallets == (missing,)


class TestAnNftThatMovedBetweenTwoWallets:
    def test_counts_once_on_chia_when_both_readings_saw_it(self) -> None:
        judgement = judged_simply("cats >= 2", known(nfts("x"), 1), known(nfts("x"), 2, changed_at=NOW))
        assert judgement.verdict is Verdict.NOT_ENTITLED
        assert judgement.counts == {"cats": Interval.exact(1)}

    @pytest.mark.parametrize(("network", "name"), [(CHIA, "cats"), (LOOPRING, "cards")])
    def test_does_not_count_where_it_was_before_until_that_wallet_is_read_again(
        self, network: Network, name: str
    ) -> None:
        origin = known(nfts("x"), 1, network, read_at=NOW - 2 * HOUR)
        target = known(nfts("x"), 2, network, read_at=NOW - HOUR, changed_at=NOW - HOUR)
        in_between = judged_simply(f"{name} >= 2", origin, target)
        assert in_between.verdict is Verdict.UNKNOWN
        assert in_between.counts == {name: Interval(1, None)}
        assert in_between.unknown_wallets == (origin,)
        afterwards = judged_simply(
            f"{name} >= 2", known(nfts(), 1, network, changed_at=NOW), replace(target, read_at=NOW)
        )
        assert afterwards.verdict is Verdict.NOT_ENTITLED

    def test_is_not_missed_when_the_wallet_it_left_is_read_first(self) -> None:
        origin = known(nfts("y"), 1, read_at=NOW - HOUR, changed_at=NOW - HOUR)
        target = known(nfts(), 2, read_at=NOW - 2 * HOUR)
        assert judged_simply("cats >= 2", origin, target).verdict is Verdict.UNKNOWN


def is_doubtful(wallet: WalletState, wallets: Sequence[WalletState]) -> bool:
    """Whether a wallet's holdings may differ from what was read, spelled out independently."""
    if wallet.read_at is None or wallet.unknown is not None or wallet.emptied_at is not None:
        return True
    if NOW - wallet.read_at >= POLICY.stale_after:
        return True
    news = [other.changed_at for other in wallets if other.address.network is wallet.address.network]
    return any(changed_at is not None and wallet.read_at < changed_at for changed_at in news)


def completions(wallets: Sequence[WalletState]) -> Iterator[list[WalletState]]:
    """Every way in which the doubtful wallets could turn out, had all been read just now."""
    choices = [
        EVERY_HOLDINGS[wallet.address.network] if is_doubtful(wallet, wallets) else [wallet.holdings]
        for wallet in wallets
    ]
    for chosen in product(*choices):
        yield [
            known(holdings, wallet.id, wallet.address.network) for holdings, wallet in zip(chosen, wallets, strict=True)
        ]


class TestAnyMember:
    @given(expressions(), several_wallets())
    @settings(deadline=None)
    def test_a_verdict_holds_however_the_unknown_wallets_turn_out(
        self, expression: Expression, wallets: list[WalletState]
    ) -> None:
        verdict = judged(expression, wallets).verdict
        if verdict is not Verdict.UNKNOWN:
            assert {judged(expression, world).verdict for world in completions(wallets)} == {verdict}

    @given(expressions(), several_wallets())
    def test_when_everything_is_known_there_is_a_verdict(
        self, expression: Expression, wallets: list[WalletState]
    ) -> None:
        fresh = [known(wallet.holdings, wallet.id, wallet.address.network) for wallet in wallets]
        assert judged(expression, fresh).verdict is not Verdict.UNKNOWN

    @given(expressions(), several_wallets(least=1), st.data())
    def test_learning_about_a_wallet_never_turns_a_verdict_round(
        self, expression: Expression, wallets: list[WalletState], data: st.DataObject
    ) -> None:
        place = data.draw(st.integers(0, len(wallets) - 1))
        learned = wallets[place]
        holdings = data.draw(st.sampled_from(EVERY_HOLDINGS[learned.address.network]))
        changed_at = data.draw(st.sampled_from([None, NOW - DAY, NOW]))
        unknown = [*wallets[:place], failed(learned), *wallets[place + 1 :]]
        news = known(holdings, learned.id, learned.address.network, changed_at=changed_at)
        verdicts = {
            judged(expression, unknown).verdict,
            judged(expression, [*wallets[:place], news, *wallets[place + 1 :]]).verdict,
        }
        assert verdicts != {Verdict.ENTITLED, Verdict.NOT_ENTITLED}

    @given(expressions(), several_wallets(least=1), st.data())
    def test_forgetting_about_a_wallet_never_makes_a_verdict(
        self, expression: Expression, wallets: list[WalletState], data: st.DataObject
    ) -> None:
        place = data.draw(st.integers(0, len(wallets) - 1))
        before = judged(expression, wallets).verdict
        after = judged(expression, [*wallets[:place], failed(wallets[place]), *wallets[place + 1 :]]).verdict
        assert after in (before, Verdict.UNKNOWN)

    @given(expressions(), several_wallets(), st.integers(0, 4 * 24 * 60))
    def test_time_alone_never_makes_a_verdict(
        self, expression: Expression, wallets: list[WalletState], minutes: int
    ) -> None:
        later = judged(expression, wallets, NOW + minutes * MINUTE).verdict
        assert later in (judged(expression, wallets).verdict, Verdict.UNKNOWN)


Event = tuple[Literal["read", "fail", "move"], int, int]
"""What happens, and two numbers: which wallet, or which NFT and where to."""


@dataclass
class Owner:
    """A member with three wallets who moves NFTs between them, each at most once, and gives nothing away."""

    network: Network
    places: list[int]
    """In which wallet each NFT is."""
    now: datetime = NOW - DAY
    moved: set[int] = field(default_factory=set)
    wallets: list[WalletState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wallets = [unread(number, self.network) for number in range(3)]
        for number in range(3):
            self.live(("read", number, 0))

    def live(self, event: Event) -> None:
        kind, number, target = event
        self.now += 7 * MINUTE
        match kind:
            case "read":
                held = Holdings.of(Holding(f"nft-{nft}", None, 1) for nft, at in enumerate(self.places) if at == number)
                self._absorb(number, complete(held, self.now))
            case "fail":
                self._absorb(number, Unknown(UnknownReason.SERVER))
            case "move":
                if number < len(self.places) and number not in self.moved:
                    self.moved.add(number)
                    self.places[number] = target

    def _absorb(self, number: int, reading: Reading) -> None:
        self.wallets[number] = absorb(self.wallets[number], reading, self.now, POLICY)


events = st.tuples(st.sampled_from(["read", "fail", "move"]), st.integers(0, 2), st.integers(0, 2))


@given(
    st.sampled_from([CHIA, LOOPRING]),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
    st.lists(events, max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_moving_nfts_between_ones_own_wallets_is_never_taken_for_more_or_less(
    network: Network, places: list[int], happenings: list[Event]
) -> None:
    """The true number is among the possible ones at every moment, in whatever order wallets are read."""
    owner = Owner(network, places)
    for event in happenings:
        owner.live(event)
        rule = rule_for(parse("own", None))
        counts = judge(rule, {"own": ANY[network]}, owner.wallets, owner.now, POLICY.stale_after).counts
        assert counts["own"].contains(len(places))
