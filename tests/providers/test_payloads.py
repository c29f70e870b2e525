"""The bodies that the vendors document, when the folder that holds copies of them is at hand."""

import json
from pathlib import Path

import pytest

from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.loopring_holders import LoopringHolders
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from tests.providers.support import ALICE, CAROL, Said, ScriptedApi, always, held, owned, reason

PAYLOADS = Path(__file__).parents[2].parent / "shared" / "payloads"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the vendors' sample bodies are not at hand")


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "count"), [("spacescan_nft_balance_composed", 2), ("spacescan_nft_balance_empty_composed", 0)]
)
async def test_balances_of_spacescan(name: str, count: int, api: ScriptedApi, http: HttpClient) -> None:
    api.say = always(payload(name))
    assert len(held(await SpacescanProvider(SpacescanOptions(base_url=api.url), http).read(ALICE))) == count


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("spacescan_error_invalid_address", UnknownReason.CONFIG),
        ("spacescan_error_block_not_found", UnknownReason.SERVER),
        ("spacescan_nft_stats", UnknownReason.SCHEMA),
        ("spacescan_nft_events", UnknownReason.SCHEMA),
        ("spacescan_nft_info", UnknownReason.SCHEMA),
        ("spacescan_xch_balance", UnknownReason.SCHEMA),
        ("spacescan_v1alpha_nft", UnknownReason.SCHEMA),
    ],
)
async def test_other_bodies_of_spacescan(
    name: str, expected: UnknownReason, api: ScriptedApi, http: HttpClient
) -> None:
    api.say = always(payload(name))
    assert reason(await SpacescanProvider(SpacescanOptions(base_url=api.url), http).read(ALICE)) is expected


async def test_balances_of_loopring(api: ScriptedApi, http: HttpClient) -> None:
    api.say = always(payload("loopring_base_balances"))
    reading = await LoopringProvider(LoopringOptions(base_url=api.url), http).read(CAROL)
    assert held(reading) == {"0x20807f0870ed096cea763ec3db94f0e4a4cffdbe0ab09187ac9972c6fd6aaecb": 1}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loopring_account_not_found", UnknownReason.NOT_FOUND),
        ("loopring_error_invalid_apikey", UnknownReason.AUTH),
        ("loopring_error_name_taken", UnknownReason.BAD_REQUEST),
        ("loopring_error_old_style", UnknownReason.BAD_REQUEST),
    ],
)
async def test_errors_of_loopring(
    status: int, name: str, expected: UnknownReason, api: ScriptedApi, http: HttpClient
) -> None:
    api.say = always(payload(name), status)
    assert reason(await LoopringProvider(LoopringOptions(base_url=api.url), http).read(CAROL)) is expected


async def test_a_page_of_a_collection_of_mintgarden(api: ScriptedApi, http: HttpClient) -> None:
    collection = "col1a56lp9zufakywlq4k5nntu3nd7k6jy2pe6ee23046ydlahmungqslvmj29"
    count = json.dumps({"id": collection, "nft_count": 1}).encode()
    page = payload("mintgarden_collection_nfts_trimmed")
    api.say = lambda request: Said(page if request.path.endswith("/nfts") else count)
    provider = MintGardenProvider(MintGardenOptions(base_url=api.url), http)
    assert owned(await provider.read_collection(PassTarget(Network.CHIA_MAINNET, collection))) == {
        "xch1m3rvtj86wzzfjyk5mc7wzpr7h4zkaknm4wte7kg6afleu4f2tfxsr7nk3n": {
            "nft1qvhks0dvcjmyl4lgv9wszrcpqzpe98dv4dcryxphhm82ygdyvl5s2xnrd7"
        }
    }


async def test_the_holders_of_loopring(api: ScriptedApi, http: HttpClient) -> None:
    api.say = always(payload("loopring_nftHolders"))
    holders = LoopringHolders(LoopringOptions(base_url=api.url), http)
    outcome = await holders.read_collection(PassTarget(Network.LOOPRING, "0x" + "1" * 64))
    assert isinstance(outcome, CompletePass)
    assert {owner: [held.amount for held in holdings] for owner, holdings in outcome.owners.items()} == {
        "0x72aa8a62087348c4a67ecae15370f34586a7553e": [123]
    }
