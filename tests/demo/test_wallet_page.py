"""A visitor of the demo links a wallet by hand, with nothing but the pages."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.demo import moves
from bot.demo.cast import FRIENDS, Cast
from bot.demo.stage import Stage
from tests.e2e.acting import LeapClock, hurried
from tests.sandbox.browser import Browser

WALLETS = "/sandbox/wallets"


@dataclass(frozen=True, slots=True)
class Visit:
    stage: Stage
    cast: Cast
    browser: Browser
    clock: LeapClock

    async def use(self, command: str, **options: str) -> str:
        """Use a command as Mallory and return the page with the answer."""
        who = {"guild": self.cast.guild.id, "as": self.cast.mallory.user.id, "name": command}
        page = await self.browser.get(f"/sandbox/command?{urlencode(who)}")
        answer = await self.browser.press(page, "Send", **{f"option:{name}": text for name, text in options.items()})
        return await self.settled(answer)

    async def settled(self, page: str, words: str = "") -> str:
        """Look at an answer again and again until the bot has finished, and has said those words."""
        again = re.search(r'href="([^"]*)">Look again<', page)
        assert again is not None, page
        async with asyncio.timeout(10):
            while 'http-equiv="refresh"' in page or words not in page:
                await asyncio.sleep(0.02)
                page = await self.browser.get(again[1])
        return page


@pytest.fixture
async def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visit]:
    clock = LeapClock()
    with hurried(monkeypatch):
        stage = Stage(tmp_path, clock)
        cast = Cast.assemble(stage)
        stage.discord.attach(cast.wallet_site(stage))
        async with stage, aiohttp.ClientSession() as session:
            yield Visit(stage, cast, Browser(session, stage.discord.world.public_url), clock)


def text_to_sign(page: str) -> str:
    return html.unescape(page).split("```\n")[1].removesuffix("\n")


def signature(page: str) -> str:
    found = re.search(r"<textarea[^>]*readonly>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_a_spare_wallet_is_linked_by_hand_and_follows_its_nfts(visit: Visit) -> None:
    guild, ada, friend, mallory = visit.cast.guild, visit.cast.ada, visit.cast.friend, visit.cast.mallory
    assert "Test wallets" in await visit.browser.get("/sandbox")
    await guild.command(
        ada.user, "collection add", name="friends", network="chia-mainnet", kind="chia-collection", items=FRIENDS
    )
    await moves.change_rule(guild, ada.user, "rule add", role=friend, expression="friends")
    request = await visit.use("wallet link", network="chia-mainnet")

    wallets = await visit.browser.get(WALLETS)
    signed = await visit.browser.press(wallets, "Sign", wallet="spare Chia wallet 1", text=text_to_sign(request))
    form = await visit.browser.press(request, "Paste signature")
    field = re.search(r'<textarea name="([^"]*)"', form)
    assert field is not None
    linked = await visit.browser.press(form, "Submit", **{field[1]: signature(signed)})
    assert "is yours now" in await visit.settled(linked, "Linked:")
    assert friend.id not in guild.roles_of(mallory.user)

    await visit.browser.press(wallets, "Give", nft="friend no. 2")
    assert "1 × friend no. 2" in await visit.browser.get(WALLETS)
    visit.clock.leap(timedelta(minutes=2))
    await visit.use("wallet refresh")
    await visit.stage.discord.until(lambda: friend.id in guild.roles_of(mallory.user))


async def test_a_text_of_several_lines_is_signed_as_it_was(visit: Visit) -> None:
    request = await visit.use(
        "wallet link",
        network="loopring",
        address=visit.cast.wallet_site(visit.stage).address_of("spare Loopring wallet"),
    )
    text = text_to_sign(request)
    assert "\n\n" in text
    wallets = await visit.browser.get(WALLETS)
    typed = text.replace("\n", "\r\n") + "\r\n"
    signed = await visit.browser.press(wallets, "Sign", wallet="spare Loopring wallet", text=typed)
    form = await visit.browser.press(request, "Paste signature")
    field = re.search(r'<textarea name="([^"]*)"', form)
    assert field is not None
    linked = await visit.browser.press(form, "Submit", **{field[1]: signature(signed)})
    assert "is yours now" in await visit.settled(linked, "Linked:")


async def test_of_each_friend_there_is_one_and_of_a_pass_there_may_be_many(visit: Visit) -> None:
    page = await visit.browser.get(WALLETS)
    assert page.count("1 × friend no. 1") == 1
    for wallet in ("spare Chia wallet 1", "spare Chia wallet 2"):
        page = await visit.browser.post(f"{WALLETS}/give", wallet=wallet, nft="friend no. 1")
        assert page.count("1 × friend no. 1") == 1
    await visit.browser.post(f"{WALLETS}/give", wallet="spare Loopring wallet", nft="loop pass")
    page = await visit.browser.post(f"{WALLETS}/give", wallet="spare Loopring wallet", nft="loop pass")
    assert page.count("2 × loop pass") == 2  # Lois has two as well
    page = await visit.browser.press(page, "Take away")
    assert "friend no. 1 <form" not in page


async def test_what_makes_no_sense_is_said(visit: Visit) -> None:
    wallet = "spare Chia wallet 1"
    assert "not on the network" in await visit.browser.post(f"{WALLETS}/give", wallet=wallet, nft="loop pass")
    assert "does not hold that" in await visit.browser.post(f"{WALLETS}/take", wallet=wallet, asset="nft1x")
    assert "no text to sign" in await visit.browser.post(f"{WALLETS}/sign", wallet=wallet, text=" \r\n ")
    assert "no such wallet" in await visit.browser.post(f"{WALLETS}/sign", wallet="<b>", text="x")


async def test_what_was_typed_is_shown_and_does_nothing(visit: Visit) -> None:
    text = "</textarea><script>alert(1)</script>"
    page = await visit.browser.post(f"{WALLETS}/sign", wallet="spare Chia wallet 1", text=text)
    assert "<script>" not in page
    assert html.escape(text) in page


async def test_other_web_sites_cannot_sign(visit: Visit) -> None:
    url = visit.stage.discord.world.public_url + f"{WALLETS}/sign"
    async with (
        aiohttp.ClientSession(headers={"Origin": "https://example.org"}) as session,
        session.post(url, data={"wallet": "spare Chia wallet 1", "text": "x"}) as answer,
    ):
        assert answer.status == 403
