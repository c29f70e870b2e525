"""The provider in the developers' guide is run as it stands there, so that following the guide works."""

import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web

from bot.domain.readings import Complete, Invalid, UnknownReason
from bot.providers.http import HttpClient
from bot.providers.provider import Provider
from tests.providers.support import ALICE, CAROL, FRIENDS, START, Said, ScriptedApi, always, held, nft, reason

GUIDE = Path(__file__).parents[2] / "docs" / "developers" / "adding-a-provider.md"


@pytest.fixture
def gallery(api: ScriptedApi, http: HttpClient) -> Provider:
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    module = ModuleType("gallery")
    exec(compile(code[1], str(GUIDE), "exec"), module.__dict__)
    provider: Provider = module.GalleryProvider(module.GalleryOptions(base_url=api.url), http)
    return provider


def items(first: int, count: int) -> list[object]:
    return [{"encoded_id": nft(number), "collection_id": FRIENDS} for number in range(first, first + count)]


async def test_it_reads_all_pages_by_their_cursors(api: ScriptedApi, gallery: Provider) -> None:
    pages = {None: (items(1, 100), ">dt:1~s:a"), ">dt:1~s:a": (items(101, 20), None)}

    def say(request: web.BaseRequest) -> Said:
        assert request.path == f"/address/{ALICE.text}/nfts"
        assert request.query["size"] == "100"
        listed, cursor = pages[request.query.get("page")]
        return Said(json.dumps({"items": listed, "next": cursor, "page": None, "size": 100}).encode())

    api.say = say
    reading = await gallery.read(ALICE)
    assert set(held(reading)) == {nft(number) for number in range(1, 121)}
    assert isinstance(reading, Complete)
    assert reading.observed_at == START
    assert await gallery.read(ALICE) == reading
    assert len(api.requests) == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"items": items(1, 1)}, UnknownReason.SCHEMA),
        ({"next": None}, UnknownReason.SCHEMA),
        ({"items": None, "next": None}, UnknownReason.SCHEMA),
        ({"items": [], "next": 7}, UnknownReason.SCHEMA),
        ({"items": [{"encoded_id": nft(1)}], "next": None}, UnknownReason.SCHEMA),
        ({"items": [{"encoded_id": "x", "collection_id": None}], "next": None}, UnknownReason.SCHEMA),
        ({"items": items(1, 100), "next": None}, UnknownReason.INCOMPLETE),
        ({"items": items(1, 100), "next": "again"}, UnknownReason.LOOP),
    ],
)
async def test_it_takes_nothing_else_for_an_answer(
    body: object, expected: UnknownReason, api: ScriptedApi, gallery: Provider
) -> None:
    api.say = always(json.dumps(body).encode())
    assert reason(await gallery.read(ALICE)) is expected


async def test_it_knows_its_network(gallery: Provider) -> None:
    assert isinstance(await gallery.read(CAROL), Invalid)
