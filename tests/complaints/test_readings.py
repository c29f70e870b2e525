"""Complaints about bots that take what they could not read for an answer."""

from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault, FaultDetails, OwnedNft
from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.wallets import EthereumTestWallet
from tests.complaints.conftest import Holding
from tests.e2e.acting import LeapClock, Server, friend

LIES = {Fault.EMPTY_LIE, Fault.STALE}
SLOW = {Fault.HANG, Fault.ENDLESS_PAGES, Fault.OVERSIZE}
HARMLESS = {Fault.REDIRECT_HERE, Fault.DUPLICATE_ROWS}
"""They can be seen through: the answer is complete all the same."""
ERRORS = [fault for fault in Fault if fault not in LIES | SLOW | HARMLESS]
PAGED = {Fault.TOTAL_LIES, Fault.TOTAL_CHANGES, Fault.REPEATED_PAGE}
DETAILS = {Fault.LEGACY_ERROR: FaultDetails(code=101002), Fault.RESULT_INFO: FaultDetails(code=101002)}


async def test_api_error_read_as_zero(alice: Holding) -> None:
    """Whatever the API says instead of an answer, for however long, nobody loses a role."""
    for fault in ERRORS:
        alice.balances.fail(fault, details=DETAILS.get(fault))
        for span in (timedelta(minutes=5), timedelta(minutes=40)):
            await alice.sweep(span)
        assert alice.has_role, fault
        alice.balances.heal()
    assert alice.role_writes == ["PUT"]
    await alice.sells_everything()


async def test_api_error_read_as_zero_on_loopring(lois: Holding) -> None:
    for fault in [fault for fault in ERRORS if fault not in PAGED]:
        lois.balances.fail(fault, details=DETAILS.get(fault))
        for span in (timedelta(minutes=5), timedelta(minutes=40)):
            await lois.sweep(span)
        assert lois.has_role, fault
        lois.balances.heal()
    assert lois.role_writes == ["PUT"]
    await lois.sells_everything()


@pytest.fixture
async def collector(server: Server, clock: LeapClock) -> Holding:
    """Holds seventy different NFTs, which are two pages, and has the role for sixty-five of them."""
    wallet, user, role = EthereumTestWallet.from_seed("collector"), server.joined("alice"), server.role("Collector")
    nfts = [f"0x{number:064x}" for number in range(1, 71)]
    server.hand(wallet, *nfts)
    await server.add_loop_pass("passes", " ".join(nfts[:20]))
    await server.add_loop_pass("cards", " ".join(nfts[20:70]))
    await server.add_rule(role, "passes >= 20 and cards >= 45", grace="0")
    await server.link(user, wallet)
    await server.gives(user, role)
    return Holding(server, clock, user, wallet, role)


def spoil_second_pages(collector: Holding, fault: Fault) -> None:
    """From the next reading on, the first page comes and whatever follows goes wrong."""
    collector.balances.heal()
    collector.balances.after_each_request(lambda _: collector.balances.fail(fault, times=1))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.UNAVAILABLE,
        Fault.TRUNCATED,
        Fault.CUT_JSON,
        Fault.RATE_LIMITED,
        Fault.MISSING_LIST,
        Fault.REPEATED_PAGE,
        Fault.EMPTY_LIE,
        Fault.TOTAL_LIES,
    ],
)
async def test_half_a_page_read_as_whole(collector: Holding, fault: Fault) -> None:
    """The first page comes, the second one does not: twenty NFTs seem to be gone."""
    for span in (timedelta(minutes=5), timedelta(minutes=40)):
        spoil_second_pages(collector, fault)
        await collector.sweep(span)
    assert collector.has_role
    assert collector.role_writes == ["PUT"]


async def test_half_a_page_read_as_whole_when_the_pages_shift(collector: Holding) -> None:
    """Between two pages something of the first one is sold, so the second one begins one NFT too late."""
    first = [nft.asset for nft in collector.balances.holdings(collector.wallet.address)][:5]

    def sell(_: BalanceRequest) -> None:
        if first:
            collector.balances.take(collector.wallet.address, first.pop())
            collector.balances.give(collector.wallet.address, f"0x{500 + len(first):064x}")

    role = collector.server.role("Cards")
    await collector.server.add_rule(role, "cards >= 50", grace="0")
    await collector.server.gives(collector.user, role)
    collector.balances.after_each_request(sell)
    await collector.a_day_passes()
    assert collector.server.has(collector.user, role)


async def test_metadata_outage(alice: Holding) -> None:
    """The API lists the NFTs, but does not know any more which collection they are in."""
    nfts = [OwnedNft(friend(number), 1, None) for number in (1, 2)]
    alice.balances.set_holdings(alice.wallet.address, nfts)
    await alice.a_day_passes()
    assert alice.has_role
    assert "cannot tell" in (await alice.server.use(alice.user, "roles why")).text

    alice.balances.set_holdings(alice.wallet.address, [OwnedNft(friend(1), 1, None)])
    await alice.a_day_passes()
    assert alice.has_role
    assert alice.role_writes == ["PUT"]
    await alice.sells_everything()


async def test_toggling_on_every_second_sweep(alice: Holding) -> None:
    """The API answers every second time. The role was given once, and nothing else was ever written."""
    for fault in (Fault.UNAVAILABLE, Fault.NULL_LIST, Fault.EMPTY_LIE, Fault.CUT_JSON):
        alice.balances.fail(fault)
        await alice.sweep(timedelta(minutes=20))
        alice.balances.heal()
        await alice.sweep(timedelta(minutes=20))
        assert alice.role_writes == ["PUT"], fault
    await alice.sells_everything()
    assert alice.role_writes == ["PUT", "DELETE"]
