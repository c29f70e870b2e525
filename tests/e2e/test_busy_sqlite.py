"""SQLite has one writer at a time. Nobody notices: not with a sweep, many commands and the verify page at once."""

import asyncio
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from bot.demo.stage import Stage
from bot.sandbox.discord import User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.test_two_clocks import furnished
from tests.web.acting import Site, free_port, web_settings

MEMBERS = 50
VISITORS = 5


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(port: int) -> Mapping[str, str]:
    return web_settings(port)


async def test_a_sweep_fifty_commands_and_the_page_at_once(
    stage: Stage, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    stage.discord.rate_limits.enabled = False
    with capture_logs() as lines:
        server, role, users = await furnished(stage, stage.holdfast, members=MEMBERS)
        guests = [server.joined(f"guest {number}") for number in range(VISITORS)]
        site = Site(server, f"http://127.0.0.1:{port}")
        answers, statuses = await asyncio.gather(
            asyncio.gather(*(server.use(user, "roles why") for user in users)),
            asyncio.gather(*(linked_on_the_page(site, guest) for guest in guests)),
        )
        await stage.discord.until(lambda: all(server.has(user, role) for user in users))

    assert all(f"<@&{role.id}>" in answer.text for answer in answers)
    assert statuses == [200] * VISITORS
    told = [str(line) for line in lines] + [record.getMessage() for record in caplog.records]
    assert [line for line in told if "locked" in line or "busy" in line.lower()] == []
    assert [line for line in lines if line["log_level"] in ("warning", "error")] == []


async def linked_on_the_page(site: Site, guest: User) -> int:
    """Prove a wallet on the page. Returns the last status."""
    wallet = ChiaTestWallet.from_seed(guest.name)
    async with site.visitor() as visitor:
        await visitor.begin(await site.invite(guest))
        proven = await visitor.prove(wallet)
        await site.type_code(guest, proven.json["code"])
        return (await visitor.get("/api/session")).status
