"""The pages for people: to see what is there, and to play a user with a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest

from .bots import SampleBot
from .browser import Browser
from .conftest import Scene


@pytest.fixture
async def browser(scene: Scene, bot: SampleBot) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(session, scene.sandbox.world.public_url)


async def test_the_overview_shows_members_roles_messages_and_the_audit_log(
    scene: Scene, bot: SampleBot, browser: Browser
) -> None:
    await bot.http.add_role(scene.guild.id, scene.alice.id, scene.holder.id, reason="holds <3> Friends")
    await bot.get_partial_messageable(scene.log.id).send("Look <here>")
    page = await browser.get(f"/sandbox?as={scene.alice.id}")
    assert "Commands of alice" in page
    assert "<td>alice</td><td>Holder</td>" in page
    assert "Look &lt;here&gt;" in page
    assert "holds &lt;3&gt; Friends" in page
    assert "/say" in page
    assert "/rule add" not in page
    assert "/rule add" in await browser.get(f"/sandbox?as={scene.owner.id}")


async def test_a_command_is_a_form_and_its_answer_a_page(scene: Scene, browser: Browser) -> None:
    form = await browser.get("/sandbox/command?" + urlencode({"as": scene.alice.id, "name": "say"}))
    assert "text *" in form
    answer = await browser.press(form, "Send", **{"option:text": "<b>", "option:times": "2", "option:loud": "true"})
    assert "&lt;B&gt; &lt;B&gt; on none" in answer
    wrong = await browser.press(form, "Send", **{"option:text": "hi", "option:times": "many"})
    assert "times is a number" in wrong


async def test_buttons_selects_and_modals_work_in_the_browser(scene: Scene, browser: Browser) -> None:
    form = await browser.get("/sandbox/command?" + urlencode({"as": scene.alice.id, "name": "count"}))
    answer = await browser.press(form, "Send")
    assert "Pressed 1 times" in await browser.press(answer, "Count")
    await browser.press(answer, "Pick", values="Two")
    await scene.sandbox.until(lambda: scene.guild.channel_named("general").messages[-1].content == "Picked Two")
    modal = await browser.press(answer, "Details")
    assert "Your name *" in modal
    name = re.findall(r'name="(field:[^"]*)"', modal)
    assert "Hello Al, ok" in await browser.press(modal, "Submit", **{name[0]: "Al", name[1]: "ok"})


async def test_other_web_sites_cannot_play(scene: Scene, browser: Browser) -> None:
    url = scene.sandbox.world.public_url + "/sandbox/command"
    async with (
        aiohttp.ClientSession(headers={"Origin": "https://example.org"}) as session,
        session.post(url, data={"name": "say"}) as answer,
    ):
        assert answer.status == 403


async def test_the_state_is_there_as_json_without_the_token(scene: Scene, browser: Browser) -> None:
    text = await browser.get("/sandbox/state.json")
    assert f'"id":"{scene.alice.id}"' in text
    assert scene.sandbox.token not in text
