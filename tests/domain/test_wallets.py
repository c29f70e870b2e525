from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.holdings import Holding, Holdings
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown, UnknownReason
from bot.domain.wallets import FIRST_RETRY, SOON, Gap, ReadingPolicy, WalletState, absorb, is_behind, next_slot, outdate
from tests.domain.wallet_cases import (
    CHIA,
    DAY,
    EVERY_HOLDINGS,
    HOUR,
    LOOPRING,
    MINUTE,
    NOW,
    POLICY,
    absorb_all,
    complete,
    known,
    nfts,
    no_evidence,
    unread,
    wallets_with_history,
)

TWO, ONE, NONE = nfts("x", "y"), nfts("x"), Holdings()
TIMEOUT = Unknown(UnknownReason.NETWORK, "timed out")
STALE_AFTER = POLICY.stale_after


def in_turn(wallet: WalletState, now: datetime) -> bool:
    return now < wallet.due_at <= now + POLICY.interval


class TestACompleteReading:
    def test_is_evidence_as_of_when_it_was_observed(self) -> None:
        observed = NOW - 20 * timedelta(seconds=1)
        wallet = absorb(unread(), complete(ONE, observed), NOW, POLICY)
        assert (wallet.holdings, wallet.read_at) == (ONE, observed)

    def test_counts_as_a_change_from_its_end_on(self) -> None:
        """A paged reading shows some moment between its start and its end."""
        wallet = absorb(unread(), complete(ONE, NOW - 20 * timedelta(seconds=1)), NOW, POLICY)
        assert wallet.changed_at == NOW
        assert (wallet.source, wallet.tried_at) == ("test", NOW)
        assert wallet.is_known(NOW, STALE_AFTER)
        assert in_turn(wallet, NOW)

    def test_that_says_the_same_again_is_no_change(self) -> None:
        before = known(ONE, read_at=NOW - HOUR, changed_at=NOW - DAY)
        after = absorb(before, complete(ONE), NOW, POLICY)
        assert (after.read_at, after.changed_at) == (NOW, NOW - DAY)

    def test_of_less_than_before_is_believed_at_once(self) -> None:
        after = absorb(known(TWO, read_at=NOW - HOUR), complete(ONE), NOW, POLICY)
        assert (after.holdings, after.changed_at) == (ONE, NOW)

    def test_that_lists_an_nft_without_its_collection_is_no_evidence(self) -> None:
        lost = Holdings.of([Holding("x", None, 1), Holding("new", None, 1)])
        after = absorb(known(TWO, read_at=NOW - HOUR), complete(lost), NOW, POLICY)
        assert (after.holdings, after.unknown) == (TWO, UnknownReason.SCHEMA)
        assert not after.is_known(NOW, STALE_AFTER)

    def test_may_list_a_new_nft_that_is_in_no_collection(self) -> None:
        more = Holdings.of([*ONE, Holding("new", None, 1)])
        assert absorb(known(ONE, read_at=NOW - HOUR), complete(more), NOW, POLICY).holdings == more

    def test_ends_a_row_of_failures(self) -> None:
        failing = absorb_all(known(ONE), [(NOW, TIMEOUT), (NOW + MINUTE, TIMEOUT)])
        after = absorb(failing, complete(ONE, NOW + HOUR), NOW + HOUR, POLICY)
        assert (after.unknown, after.unknown_detail, after.unknown_since, after.failures) == (None, "", None, 0)
        assert after.is_known(NOW + HOUR, STALE_AFTER)

    def test_that_finds_nothing_in_a_wallet_that_had_nothing_needs_no_confirmation(self) -> None:
        for before in (unread(), known(NONE, read_at=NOW - HOUR)):
            after = absorb(before, complete(NONE), NOW, POLICY)
            assert after.is_known(NOW, STALE_AFTER)
            assert after.changed_at is None


class TestAWalletThatWasEmptied:
    first = absorb(known(TWO, read_at=NOW - HOUR), complete(NONE), NOW, POLICY)

    def test_is_not_believed_to_be_empty_at_once(self) -> None:
        assert (self.first.holdings, self.first.read_at) == (TWO, NOW - HOUR)
        assert self.first.emptied_at == NOW
        assert not self.first.is_known(NOW, STALE_AFTER)

    def test_is_read_again_when_the_confirmation_is_due(self) -> None:
        assert self.first.due_at == NOW + POLICY.confirm_after

    def test_is_empty_once_a_later_reading_confirms_it(self) -> None:
        later = NOW + POLICY.confirm_after
        after = absorb(self.first, complete(NONE, later), later, POLICY)
        assert (after.holdings, after.read_at, after.changed_at, after.emptied_at) == (NONE, later, later, None)
        assert after.is_known(later, STALE_AFTER)
        assert in_turn(after, later)

    def test_stays_in_doubt_when_it_is_read_again_too_early(self) -> None:
        early = NOW + POLICY.confirm_after - MINUTE
        after = absorb(self.first, complete(NONE, early), early, POLICY)
        assert (after.holdings, after.emptied_at) == (TWO, NOW)
        assert after.due_at == NOW + POLICY.confirm_after
        assert not after.is_known(early, STALE_AFTER)

    def test_is_not_confirmed_by_an_old_reading_that_arrives_late(self) -> None:
        late = NOW + DAY
        after = absorb(self.first, complete(NONE, NOW), late, POLICY)
        assert after.holdings == TWO
        assert after.due_at == late

    @pytest.mark.parametrize("back", [TWO, ONE])
    def test_is_known_again_as_soon_as_something_is_seen_in_it(self, back: Holdings) -> None:
        after = absorb(self.first, complete(back, NOW + MINUTE), NOW + MINUTE, POLICY)
        assert (after.holdings, after.emptied_at) == (back, None)
        assert after.is_known(NOW + MINUTE, STALE_AFTER)

    @given(no_evidence())
    def test_is_neither_confirmed_nor_denied_by_a_failure(self, reading: Reading) -> None:
        later = NOW + POLICY.confirm_after
        after = absorb(self.first, reading, later, POLICY)
        assert (after.holdings, after.emptied_at) == (TWO, NOW)
        confirmed = absorb(after, complete(NONE, later + MINUTE), later + MINUTE, POLICY)
        assert confirmed.holdings == NONE

    def test_needs_no_second_reading_when_the_host_asks_for_none(self) -> None:
        after = absorb(known(ONE), complete(NONE), NOW, replace(POLICY, confirm_after=timedelta(0)))
        assert after.holdings == NONE
        assert after.is_known(NOW, STALE_AFTER)


class TestAReadingWithoutEvidence:
    def test_keeps_what_was_known_and_says_why_and_since_when(self) -> None:
        before = known(ONE, read_at=NOW - HOUR, changed_at=NOW - DAY)
        after = absorb_all(before, [(NOW, TIMEOUT), (NOW + HOUR, Unknown(UnknownReason.SERVER, "503"))])
        assert (after.holdings, after.read_at, after.changed_at) == (ONE, NOW - HOUR, NOW - DAY)
        assert (after.unknown, after.unknown_detail) == (UnknownReason.SERVER, "503")
        assert (after.unknown_since, after.tried_at, after.failures) == (NOW, NOW + HOUR, 2)
        assert not after.is_known(NOW + HOUR, STALE_AFTER)

    def test_is_tried_again_at_doubling_distances_up_to_the_interval(self) -> None:
        waits, wallet = [], unread()
        for _ in range(9):
            wallet = absorb(wallet, TIMEOUT, NOW, POLICY)
            waits.append((wallet.due_at - NOW) // FIRST_RETRY)
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, POLICY.interval // FIRST_RETRY]

    def test_for_which_our_own_database_is_to_blame_is_tried_again_soon(self) -> None:
        wallet = absorb(unread(), Unknown(UnknownReason.STORE, "locked"), NOW, POLICY)
        assert wallet.due_at == NOW + SOON

    def test_follows_when_another_wallet_of_the_member_is_unlinked(self) -> None:
        outdated = outdate(known(ONE, read_at=NOW - HOUR), NOW)
        assert (outdated.gap(NOW, STALE_AFTER), outdated.due_at) == (Gap.UNREADABLE, NOW)
        under_way = Complete(ONE, "spacescan", NOW - timedelta(seconds=1))
        still = absorb(outdated, under_way, NOW, POLICY)
        assert (still.unknown, still.due_at) == (UnknownReason.OUTDATED, NOW)
        assert absorb(outdated, Complete(ONE, "spacescan", NOW), NOW, POLICY).is_known(NOW, STALE_AFTER)

    def test_is_still_tried_every_interval_after_any_number_of_failures(self) -> None:
        wallet = absorb(replace(unread(), failures=100_000), TIMEOUT, NOW, POLICY)
        assert wallet.due_at == NOW + POLICY.interval

    @pytest.mark.parametrize(
        ("wish", "wait"), [(None, FIRST_RETRY), (timedelta(seconds=1), FIRST_RETRY), (10 * DAY, 10 * DAY)]
    )
    def test_is_not_tried_again_before_the_provider_wishes(self, wish: timedelta | None, wait: timedelta) -> None:
        wallet = absorb(unread(), Unknown(UnknownReason.QUOTA, "spent", wish), NOW, POLICY)
        assert wallet.due_at == NOW + wait

    def test_is_what_an_invalid_answer_about_a_proven_address_is_taken_for(self) -> None:
        wallet = absorb(known(ONE), Invalid(InvalidReason.ADDRESS, "not an address"), NOW, POLICY)
        assert (wallet.unknown, wallet.unknown_detail) == (UnknownReason.CONFIG, "not an address")
        assert (wallet.holdings, wallet.due_at) == (ONE, NOW + POLICY.interval)
        assert not wallet.is_known(NOW, STALE_AFTER)

    @given(wallets_with_history(1, CHIA), no_evidence())
    def test_never_changes_what_is_remembered_of_the_holdings(self, wallet: WalletState, reading: Reading) -> None:
        after = absorb(wallet, reading, NOW, POLICY)
        assert (after.holdings, after.read_at, after.source) == (wallet.holdings, wallet.read_at, wallet.source)
        assert (after.changed_at, after.emptied_at) == (wallet.changed_at, wallet.emptied_at)
        assert not after.is_known(NOW, STALE_AFTER)
        assert after.due_at > NOW


@given(wallets_with_history(1, CHIA), st.sampled_from(EVERY_HOLDINGS[CHIA]))
def test_whatever_happened_before_a_reading_that_finds_something_is_believed(
    wallet: WalletState, held: Holdings
) -> None:
    after = absorb(wallet, complete(held), NOW, POLICY)
    assert after.is_known(NOW, STALE_AFTER) or not held
    assert after.holdings == held or after.emptied_at is not None


class TestEvidence:
    def test_is_what_a_complete_reading_said_until_it_is_stale(self) -> None:
        wallet = known(ONE, read_at=NOW)
        assert wallet.is_known(NOW, STALE_AFTER)
        assert wallet.is_known(NOW + STALE_AFTER - timedelta(seconds=1), STALE_AFTER)
        assert not wallet.is_known(NOW + STALE_AFTER, STALE_AFTER)

    @pytest.mark.parametrize(
        "wallet",
        [
            unread(),
            replace(known(ONE), unknown=UnknownReason.RETIRED),
            replace(known(ONE), emptied_at=NOW),
        ],
        ids=["never read", "latest attempt failed", "perhaps emptied"],
    )
    def test_is_missing_from_a_wallet_that(self, wallet: WalletState) -> None:
        assert not wallet.is_known(NOW, STALE_AFTER)


class TestBehind:
    news = known(ONE, 2, read_at=NOW, changed_at=NOW)

    def test_is_a_wallet_that_was_read_before_another_one_changed(self) -> None:
        assert is_behind(known(ONE, 1, read_at=NOW - HOUR), [self.news])

    def test_is_no_wallet_that_was_read_since(self) -> None:
        assert not is_behind(known(ONE, 1, read_at=NOW), [self.news])

    def test_is_no_wallet_when_nothing_ever_changed(self) -> None:
        assert not is_behind(known(ONE, 1, read_at=NOW - HOUR), [known(ONE, 2, read_at=NOW)])

    def test_is_no_wallet_that_was_never_read_because_that_one_is_unknown_anyway(self) -> None:
        assert not is_behind(unread(1), [self.news])

    def test_does_not_cross_networks(self) -> None:
        assert not is_behind(known(ONE, 1, LOOPRING, read_at=NOW - HOUR), [self.news])

    def test_is_no_wallet_because_of_its_own_change(self) -> None:
        own = known(ONE, 1, read_at=NOW - HOUR, changed_at=NOW)
        assert not is_behind(own, [own])


moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.integers(1, 10**12)
spans = st.integers(1, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def every(interval: timedelta) -> ReadingPolicy:
    return replace(POLICY, interval=interval)


class TestTurns:
    @given(ids, moments, spans)
    def test_the_next_one_is_always_ahead_and_within_the_interval(
        self, number: int, now: datetime, interval: timedelta
    ) -> None:
        wallet = replace(unread(), id=number)
        assert now < next_slot(wallet, now, every(interval)) <= now + interval

    @given(ids, moments, spans, st.floats(0, 1, exclude_max=True))
    def test_whoever_asks_in_the_meantime_gets_the_same_one(
        self, number: int, now: datetime, interval: timedelta, part: float
    ) -> None:
        """No restart, outage or early refresh moves a wallet's place; fractions of a second aside."""
        wallet = replace(unread(), id=number)
        slot = next_slot(wallet, now, every(interval))
        later = min(now + part * interval, slot - timedelta(seconds=1))
        assert abs(next_slot(wallet, later, every(interval)) - slot) < timedelta(seconds=1)

    @given(ids, moments, spans)
    def test_a_wallet_that_is_read_on_time_is_read_once_per_interval(
        self, number: int, now: datetime, interval: timedelta
    ) -> None:
        wallet = replace(unread(), id=number)
        slot = next_slot(wallet, now, every(interval))
        assert next_slot(wallet, slot, every(interval)) == slot + interval

    @given(st.integers(1, 10**9), st.integers(1, 3000).map(lambda seconds: timedelta(seconds=seconds)))
    def test_as_many_wallets_as_the_interval_has_seconds_never_crowd_into_one(
        self, first: int, interval: timedelta
    ) -> None:
        seconds = int(interval.total_seconds())
        slots = Counter(next_slot(replace(unread(), id=first + n), NOW, every(interval)) for n in range(seconds))
        assert max(slots.values()) <= 3

    @given(st.integers(1, 10**9), st.integers(100, 400), st.sampled_from([HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY]))
    def test_wallets_that_were_linked_together_spread_over_the_interval(
        self, first: int, many: int, interval: timedelta
    ) -> None:
        slots = [next_slot(replace(unread(), id=first + n), NOW, every(interval)) for n in range(many)]
        tenths = Counter(((slot - NOW) * 10 - timedelta(microseconds=1)) // interval for slot in slots)
        assert len(tenths) == 10
        assert max(tenths.values()) < 2 * many / 10
