"""Damage: however a good body is bent, the reading is the same or unknown, and never another."""

import json
from collections.abc import Callable

import pytest
from aiohttp import web
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.domain.collection_passes import CollectionPass, CompletePass
from bot.domain.readings import Complete, Invalid, Reading
from bot.providers.http import HttpClient
from bot.providers.json_body import JsonValue
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections
from tests.providers.support import (
    ALICE,
    BOB,
    CAROL,
    FRIENDS,
    FRIENDS_PASS,
    Said,
    ScriptedApi,
    always,
    held,
    nft,
    nft_data,
    owned,
)

HOLDINGS = {nft(1): 1, nft(2): 1, nft(3): 1}
SPACESCAN: JsonValue = {
    "status": "success",
    "balance": [
        {"nft_id": nft(1), "name": 'A "name"', "collection_id": FRIENDS, "preview_url": None},
        {"nft_id": nft(2), "name": None, "collection_id": None, "preview_url": "https://example.com/a.webp"},
        {"nft_id": nft(3), "name": "Ünïcode", "collection_id": FRIENDS, "preview_url": None},
    ],
}
AMOUNTS = {nft_data(1): 1, nft_data(2): 20, nft_data(3): 3}
LOOPRING: JsonValue = {
    "totalNum": 3,
    "data": [
        {"total": 1, "nftData": nft_data(1)},
        {"total": "20", "nftData": nft_data(2)},
        {"total": 3, "nftData": "0x3"},
    ],
}
MINTGARDEN: JsonValue = {
    "items": [
        {"encoded_id": nft(1), "collection_id": FRIENDS, "owner_address_encoded_id": ALICE.text, "name": "One"},
        {"encoded_id": nft(2), "collection_id": FRIENDS, "owner_address_encoded_id": ALICE.text, "name": None},
        {"encoded_id": nft(3), "collection_id": FRIENDS, "owner_address_encoded_id": ALICE.text, "name": "Drei"},
    ],
    "page": None,
    "size": 100,
    "next": None,
}
COLLECTION: JsonValue = {
    "status": "success",
    "data": [
        {"id": nft(1), "owner": {"did": None, "address": {"address": ALICE.text}}},
        {"id": nft(2), "owner": {"did": None, "address": {"address": BOB.text}}},
        {"id": nft(3), "owner": {"address": {"address": ALICE.text}}},
    ],
    "pagination": {},
}
OWNERS = {nft(1): ALICE.text, nft(2): BOB.text, nft(3): ALICE.text}

over_http = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
Path = tuple[str | int, ...]


def paths(value: JsonValue, prefix: Path = ()) -> list[Path]:
    """List the way to every value inside a document."""
    inner: list[tuple[str | int, JsonValue]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [prefix, *(path for key, child in inner for path in paths(child, (*prefix, key)))]


def changed(value: JsonValue, path: Path, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
    """Return the document with the value at that path changed."""
    if not path:
        return change(value)
    key, *rest = path
    if isinstance(value, dict) and isinstance(key, str):
        return {**value, key: changed(value[key], tuple(rest), change)}
    assert isinstance(value, list)
    assert isinstance(key, int)
    return [changed(child, tuple(rest), change) if at == key else child for at, child in enumerate(value)]


junk = st.recursive(
    st.booleans() | st.floats(allow_nan=False) | st.text("xyz-", max_size=5) | st.integers(max_value=-1),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text("xyz", max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def bent(draw: st.DrawFn, document: JsonValue) -> JsonValue:
    """Put junk somewhere, or leave a key out."""
    path = draw(st.sampled_from(paths(document)))
    if path and isinstance(path[-1], str) and draw(st.booleans()):
        gone = path[-1]
        return changed(
            document,
            path[:-1],
            lambda value: (
                {key: child for key, child in value.items() if key != gone} if isinstance(value, dict) else value
            ),
        )
    put = draw(junk)
    return changed(document, path, lambda _: put)


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """Flip, drop or insert a few bytes, or cut the end off."""
    bytes_ = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        if not bytes_:
            break
        at = draw(st.integers(0, len(bytes_) - 1))
        match draw(st.sampled_from(["flip", "drop", "insert", "cut"])):
            case "flip":
                bytes_[at] = draw(st.integers(0, 255))
            case "drop":
                del bytes_[at]
            case "insert":
                bytes_.insert(at, draw(st.integers(0, 255)))
            case _:
                del bytes_[max(at, 1) :]
    return bytes(bytes_)


def same_or_no_evidence(reading: Reading, holdings: dict[str, int], collections: object = None) -> None:
    assert not isinstance(reading, Invalid)
    if isinstance(reading, Complete):
        assert held(reading) == holdings
        if collections is not None:
            assert [holding.collection for holding in reading.holdings] == collections


@pytest.fixture
def spacescan_(api: ScriptedApi, http: HttpClient) -> SpacescanProvider:
    return SpacescanProvider(SpacescanOptions(base_url=api.url), http)


@pytest.fixture
def loopring_(api: ScriptedApi, http: HttpClient) -> LoopringProvider:
    return LoopringProvider(LoopringOptions(base_url=api.url), http)


@pytest.fixture
def mintgarden_(api: ScriptedApi, http: HttpClient) -> MintGardenProvider:
    return MintGardenProvider(MintGardenOptions(base_url=api.url), http)


@pytest.fixture
def collections_(api: ScriptedApi, http: HttpClient) -> SpacescanCollections:
    return SpacescanCollections(SpacescanOptions(base_url=api.url), http)


def no_other_owners(outcome: CollectionPass) -> None:
    """Nobody gains an NFT, and one is lost only to having no owner at all."""
    if isinstance(outcome, CompletePass):
        assert outcome.announced == len(OWNERS)
        shown = {asset: owner for owner, assets in owned(outcome).items() for asset in assets}
        assert {**shown, **{asset: OWNERS[asset] for asset in outcome.without_owner}} == OWNERS


def collections_of_spacescan() -> list[str | None]:
    by_nft = {nft(1): FRIENDS, nft(2): None, nft(3): FRIENDS}
    return [by_nft[asset] for asset in sorted(by_nft)]


@over_http
@given(body=damaged(json.dumps(SPACESCAN, ensure_ascii=False).encode()))
async def test_damaged_bytes_from_spacescan(body: bytes, api: ScriptedApi, spacescan_: SpacescanProvider) -> None:
    api.say = always(body)
    same_or_no_evidence(await spacescan_.read(ALICE, fresh=True), HOLDINGS, collections_of_spacescan())


@over_http
@given(document=bent(SPACESCAN))
async def test_a_bent_document_from_spacescan(
    document: JsonValue, api: ScriptedApi, spacescan_: SpacescanProvider
) -> None:
    api.say = always(json.dumps(document).encode())
    same_or_no_evidence(await spacescan_.read(ALICE, fresh=True), HOLDINGS, collections_of_spacescan())


@over_http
@given(document=bent(LOOPRING))
async def test_a_bent_document_from_loopring(
    document: JsonValue, api: ScriptedApi, loopring_: LoopringProvider
) -> None:
    api.say = always(json.dumps(document).encode())
    same_or_no_evidence(await loopring_.read(CAROL, fresh=True), AMOUNTS)


@over_http
@given(data=st.data())
async def test_rows_missing_or_doubled_by_loopring(
    data: st.DataObject, api: ScriptedApi, loopring_: LoopringProvider
) -> None:
    assert isinstance(LOOPRING, dict)
    rows = LOOPRING["data"]
    assert isinstance(rows, list)
    shown = data.draw(st.lists(st.sampled_from(rows), max_size=5))
    api.say = always(json.dumps({**LOOPRING, "data": shown}).encode())
    same_or_no_evidence(await loopring_.read(CAROL, fresh=True), AMOUNTS)


@over_http
@given(data=st.data())
async def test_a_body_cut_anywhere(
    data: st.DataObject, api: ScriptedApi, spacescan_: SpacescanProvider, loopring_: LoopringProvider
) -> None:
    for document, provider, wallet in ((SPACESCAN, spacescan_, ALICE), (LOOPRING, loopring_, CAROL)):
        body = json.dumps(document).encode()
        length = data.draw(st.integers(0, len(body) - 1))
        api.say = always(body[:length])
        assert not isinstance(await provider.read(wallet, fresh=True), Complete | Invalid)


@over_http
@given(status=st.integers(200, 599))
async def test_any_status_but_a_plain_success_is_no_evidence(
    status: int, api: ScriptedApi, spacescan_: SpacescanProvider
) -> None:
    assume(status != 200)
    api.say = always(json.dumps(SPACESCAN).encode() if status not in (204, 304) else b"", status)
    assert not isinstance(await spacescan_.read(ALICE, fresh=True), Complete | Invalid)


@over_http
@given(body=damaged(json.dumps(MINTGARDEN).encode()))
async def test_damaged_bytes_from_mintgarden(body: bytes, api: ScriptedApi, mintgarden_: MintGardenProvider) -> None:
    api.say = always(body)
    same_or_no_evidence(await mintgarden_.read(ALICE, fresh=True), HOLDINGS, [FRIENDS] * 3)


@over_http
@given(document=bent(MINTGARDEN))
async def test_a_bent_document_from_mintgarden(
    document: JsonValue, api: ScriptedApi, mintgarden_: MintGardenProvider
) -> None:
    api.say = always(json.dumps(document).encode())
    same_or_no_evidence(await mintgarden_.read(ALICE, fresh=True), HOLDINGS, [FRIENDS] * 3)


@over_http
@given(document=bent(COLLECTION))
async def test_a_bent_page_of_a_collection(
    document: JsonValue, api: ScriptedApi, collections_: SpacescanCollections
) -> None:
    count = json.dumps({"status": "success", "data": {"id": FRIENDS, "nft_count": 3}}).encode()
    empty = json.dumps({"status": "success", "data": []}).encode()

    def say(request: web.BaseRequest) -> Said:
        if not request.path.endswith("/nfts"):
            return Said(count)
        return Said(json.dumps(document).encode() if request.query["page"] == "1" else empty)

    api.say = say
    no_other_owners(await collections_.read_collection(FRIENDS_PASS))
