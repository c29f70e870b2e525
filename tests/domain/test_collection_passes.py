"""A pass confirms what is remembered, and is no evidence of anything else."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network

FRIENDS = chia_ids.encode("col", (1).to_bytes(32))
OTHERS = chia_ids.encode("col", (2).to_bytes(32))
TARGET = PassTarget(Network.CHIA_MAINNET, FRIENDS)
ALICE = Address(Network.CHIA_MAINNET, chia_ids.encode("xch", (1).to_bytes(32)))
BOB = Address(Network.CHIA_MAINNET, chia_ids.encode("xch", (2).to_bytes(32)))


def friend(number: int) -> Holding:
    return Holding(chia_ids.encode("nft", number.to_bytes(32)), FRIENDS, 1)


def other(number: int) -> Holding:
    return Holding(chia_ids.encode("nft", (1_000 + number).to_bytes(32)), OTHERS, 1)


def passed(
    owners: dict[Address, Holdings], target: PassTarget = TARGET, speaks_of: frozenset[str] | None = None
) -> CompletePass:
    return CompletePass(
        target=target,
        owners={owner.text: holdings for owner, holdings in owners.items()},
        without_owner=frozenset(),
        announced=sum(len(holdings) for holdings in owners.values()),
        source="mintgarden",
        observed_at=datetime(2026, 11, 20, tzinfo=UTC),
        calls=3,
        speaks_of=speaks_of,
    )


@given(friends=st.sets(st.integers(1, 9)), others=st.sets(st.integers(1, 9)), seen=st.sets(st.integers(1, 9)))
def test_it_agrees_exactly_when_the_part_it_sees_is_what_is_remembered(
    friends: set[int], others: set[int], seen: set[int]
) -> None:
    remembered = Holdings.of([*map(friend, friends), *map(other, others)])
    outcome = passed({ALICE: Holdings.of(map(friend, seen))} if seen else {})
    assert outcome.agrees_with(ALICE, remembered) is (seen == friends)


def test_who_was_not_seen_holds_nothing_and_who_held_something_does_not_agree() -> None:
    outcome = passed({ALICE: Holdings.of([friend(1)])})
    assert outcome.agrees_with(BOB, Holdings.of([other(1)]))
    assert not outcome.agrees_with(BOB, Holdings.of([friend(1)]))


def test_a_pass_on_one_network_says_nothing_about_another() -> None:
    on_testnet = Address(Network.CHIA_TESTNET11, chia_ids.encode("txch", (2).to_bytes(32)))
    assert not passed({ALICE: Holdings.of([friend(1)])}).agrees_with(on_testnet, Holdings())


def test_absence_means_nothing_of_a_wallet_that_the_pass_does_not_speak_of() -> None:
    nft = "0x" + "1" * 64
    target = PassTarget(Network.LOOPRING, nft)
    carol, dave, erin = (Address(Network.LOOPRING, f"0x{number:040x}") for number in (1, 2, 3))
    held = Holdings((Holding(nft, None, 5),))
    outcome = passed({carol: held}, target, frozenset({dave.text}))
    assert outcome.agrees_with(carol, held)
    assert outcome.agrees_with(dave, Holdings())
    assert not outcome.agrees_with(erin, Holdings())
    assert not outcome.agrees_with(carol, Holdings((Holding(nft, None, 4),)))


def test_addresses_do_not_show_in_logs() -> None:
    outcome = passed({ALICE: Holdings.of([friend(1)])}, speaks_of=frozenset({BOB.text}))
    assert ALICE.text not in repr(outcome)
    assert BOB.text not in repr(outcome)
