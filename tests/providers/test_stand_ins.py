"""The stand-ins behave as the documents say, so that what passes against them means something."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.domain.addresses import Address
from bot.sandbox.balances import Fault, OwnedNft, SandboxBalances
from tests.providers.support import ALICE, ALICE_ON_TESTNET, BOB, CAROL, FRIENDS, KEY, nft, nft_data


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


async def ask_spacescan(
    session: aiohttp.ClientSession, balances: SandboxBalances, wallet: str = ALICE.text, **headers: str
) -> tuple[int, object]:
    url = f"{balances.spacescan.base_url}/address/nft-balance/{wallet}"
    async with session.get(url, headers=headers) as response:
        return response.status, await response.json(content_type=None) if response.status != 403 else None


async def ask_loopring(
    session: aiohttp.ClientSession, balances: SandboxBalances, key: str | None = KEY, **query: str
) -> tuple[int, object]:
    url = f"{balances.loopring.base_url}/api/v3/user/nft/base/balances"
    async with session.get(url, params=query, headers={} if key is None else {"X-API-KEY": key}) as response:
        return response.status, await response.json()


async def test_spacescan_lists_what_was_given(balances: SandboxBalances, session: aiohttp.ClientSession) -> None:
    balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
    status, body = await ask_spacescan(session, balances)
    assert status == 200
    assert body == {
        "status": "success",
        "balance": [{"nft_id": nft(1), "name": f"NFT {nft(1)[-4:]}", "collection_id": FRIENDS, "preview_url": None}],
    }


async def test_spacescan_turns_away_who_does_not_say_who_they_are(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    status, _ = await ask_spacescan(session, balances, **{"User-Agent": ""})
    assert status == 403


async def test_spacescan_wants_the_right_key_and_a_good_address(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    balances.spacescan.api_key = KEY
    assert (await ask_spacescan(session, balances))[0] == 401
    assert (await ask_spacescan(session, balances, **{"x-api-key": KEY}))[0] == 200
    refused = await ask_spacescan(session, balances, ALICE_ON_TESTNET.text, **{"x-api-key": KEY})
    assert refused == (400, {"status": "failed", "message": "Invalid address"})


async def test_loopring_answers_in_pages_of_twenty_unless_asked_otherwise(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    balances.loopring.set_holdings(CAROL, [OwnedNft(nft_data(number)) for number in range(30)])
    for query, count in (({}, 20), ({"limit": "50"}, 30), ({"offset": "25"}, 5), ({"offset": "30"}, 0)):
        _, body = await ask_loopring(session, balances, address=CAROL.text, **query)
        assert isinstance(body, dict)
        assert len(body["data"]) == count
        assert body["totalNum"] == (30 if count else 0)


@pytest.mark.parametrize(
    ("key", "query", "code"),
    [
        (None, {"address": CAROL.text}, 104001),
        ("wrong", {"address": CAROL.text}, 104002),
        (KEY, {"address": CAROL.text, "limit": "51"}, 100001),
        (KEY, {"address": CAROL.text, "offset": "-1"}, 100001),
        (KEY, {"address": "0x12"}, 100001),
        (KEY, {}, 100001),
        (KEY, {"accountId": "5"}, 101002),
    ],
)
async def test_loopring_refuses_with_its_codes(
    key: str | None, query: dict[str, str], code: int, balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    status, body = await ask_loopring(session, balances, key, **query)
    assert status == 400
    assert isinstance(body, dict)
    assert body["resultInfo"]["code"] == code


async def test_loopring_tells_an_account_without_a_key_once_it_exists(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    url = f"{balances.loopring.base_url}/api/v3/account?owner={CAROL.display}"
    async with session.get(url) as response:
        assert (await response.json())["resultInfo"]["code"] == 101002
    number = balances.loopring.account_id(CAROL)
    async with session.get(url) as response:
        assert (await response.json())["accountId"] == number


async def test_nfts_move_between_wallets(balances: SandboxBalances) -> None:
    balances.loopring.give(CAROL, "0x1", 5)
    other = "0x" + "11" * 20
    balances.loopring.move("0x01", CAROL, other, 2)
    assert [held.amount for held in balances.loopring.holdings(CAROL)] == [3]
    balances.loopring.move("0x1", CAROL, other)
    assert balances.loopring.holdings(CAROL) == ()
    assert [held.amount for held in balances.loopring.holdings(other)] == [5]
    with pytest.raises(ValueError, match="does not hold"):
        balances.loopring.take(CAROL, "0x1")


@pytest.mark.parametrize(
    ("wallet", "asset", "amount"),
    [(ALICE, "0x1", 1), (CAROL, nft(1), 1), (CAROL, "0x1", 0)],
)
async def test_loopring_cannot_hold_what_is_not_one_of_its_nfts(
    wallet: Address, asset: str, amount: int, balances: SandboxBalances
) -> None:
    with pytest.raises(ValueError, match=r"not an|at least"):
        balances.loopring.give(wallet, asset, amount)


@pytest.mark.parametrize(("wallet", "asset"), [(ALICE, FRIENDS), (ALICE, "0x1"), (CAROL, nft(1))])
async def test_spacescan_cannot_hold_what_is_not_one_of_its_nfts(
    wallet: Address, asset: str, balances: SandboxBalances
) -> None:
    with pytest.raises(ValueError, match=r"not an? "):
        balances.spacescan.give(wallet, asset)


async def test_a_stale_answer_is_what_was_true_when_the_fault_began(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    balances.spacescan.give(ALICE, nft(1))
    balances.spacescan.fail(Fault.STALE, times=1)
    balances.spacescan.move(nft(1), ALICE, BOB)
    for count in (1, 0):
        _, body = await ask_spacescan(session, balances)
        assert isinstance(body, dict)
        assert len(body["balance"]) == count


async def test_faults_wait_their_turn_hit_their_wallet_and_run_out(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    balances.spacescan.fail(Fault.NOT_FOUND, wallet=BOB, after=1, times=1)
    wallets = (BOB, ALICE, BOB, BOB)
    statuses = [(await ask_spacescan(session, balances, wallet.text))[0] for wallet in wallets]
    assert statuses == [200, 200, 404, 200]
    assert [request.fault for request in balances.spacescan.requests] == [None, None, Fault.NOT_FOUND, None]


async def test_a_limit_answers_429_with_the_wait(balances: SandboxBalances, session: aiohttp.ClientSession) -> None:
    balances.spacescan.limit(2, 60)
    statuses = [(await ask_spacescan(session, balances))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]
    async with session.get(f"{balances.spacescan.base_url}/address/nft-balance/{ALICE.text}") as response:
        assert 1 <= int(response.headers["Retry-After"]) <= 60


async def test_requests_are_counted_by_wallet_and_keys_are_not_kept(
    balances: SandboxBalances, session: aiohttp.ClientSession
) -> None:
    await ask_loopring(session, balances, address=CAROL.text)
    await ask_loopring(session, balances, "wrong", address=CAROL.display)
    assert balances.loopring.count(CAROL) == balances.loopring.count() == 2
    assert [request.keyed for request in balances.loopring.requests] == [True, False]
    assert KEY not in repr(list(balances.loopring.requests))
    balances.loopring.requests.clear()
    assert balances.loopring.count() == 0


async def test_stopping_ends_what_hangs_and_can_be_done_twice(session: aiohttp.ClientSession) -> None:
    balances = SandboxBalances()
    with pytest.raises(RuntimeError):
        _ = balances.spacescan.base_url
    await balances.start()
    balances.spacescan.fail(Fault.HANG)
    with pytest.raises(TimeoutError):
        await session.get(
            f"{balances.spacescan.base_url}/address/nft-balance/{ALICE.text}",
            timeout=aiohttp.ClientTimeout(total=0.1),
        )
    await balances.stop()
    await balances.stop()
