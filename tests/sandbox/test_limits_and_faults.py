"""Bad days: rate limits that lose no write, and each fault on demand."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from bot.sandbox.discord import MEMBER, MEMBER_ROLE, Allowance, BucketRule, SandboxError

from .bots import SampleBot
from .conftest import Scene


async def give(bot: SampleBot, scene: Scene) -> None:
    await bot.http.add_role(scene.guild.id, scene.alice.id, scene.holder.id)


def has_role(scene: Scene) -> bool:
    return scene.holder.id in scene.guild.roles_of(scene.alice)


@pytest.fixture
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py waits 1, 3, 5 s between its own retries: not in these tests."""
    sleep = asyncio.sleep

    async def short(seconds: float) -> None:
        await sleep(0 if seconds >= 1 else seconds)

    monkeypatch.setattr(asyncio, "sleep", short)


async def test_a_full_bucket_delays_writes_and_loses_none(scene: Scene, bot: SampleBot) -> None:
    rule = BucketRule("member-roles", Allowance(5, 0.3))
    scene.sandbox.rate_limits.rules[("PUT", MEMBER_ROLE)] = rule
    people = [scene.sandbox.add_user(f"user{n}") for n in range(12)]
    for user in people:
        scene.guild.add_member(user)
    for user in people:
        await bot.http.add_role(scene.guild.id, user.id, scene.holder.id)
    assert all(scene.holder.id in scene.guild.roles_of(user) for user in people)
    assert scene.sandbox.rate_limits.limited == 0
    writes = scene.sandbox.traffic.to("PUT", MEMBER_ROLE)
    assert writes[-1].at - writes[0].at > 0.5


async def test_a_burst_is_refused_with_429_and_still_arrives(scene: Scene, bot: SampleBot) -> None:
    rule = BucketRule("member-roles", Allowance(5, 0.3))
    scene.sandbox.rate_limits.rules[("PUT", MEMBER_ROLE)] = rule
    scene.sandbox.rate_limits.rules[("DELETE", MEMBER_ROLE)] = rule
    people = [scene.sandbox.add_user(f"user{n}") for n in range(8)]
    for user in people:
        scene.guild.add_member(user)
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bot {scene.sandbox.token}"}
        base = f"{scene.sandbox.api_base_url}/guilds/{scene.guild.id}/members"
        answers = []
        for user in people:
            async with session.put(f"{base}/{user.id}/roles/{scene.holder.id}", headers=headers) as answer:
                answers.append((answer.status, answer.headers, await answer.text()))
    assert [status for status, _, _ in answers] == [204] * 5 + [429] * 3
    assert "Content-Type" not in answers[0][1]
    _, headers_of_last, body_of_last = answers[-1]
    assert headers_of_last["Via"]
    assert headers_of_last["X-RateLimit-Remaining"] == "0"
    assert headers_of_last["Content-Type"] == "application/json"
    assert '"global":false' in body_of_last
    assert scene.sandbox.rate_limits.invalid_requests == 3
    await give(bot, scene)
    assert has_role(scene)


async def test_the_global_limit_spares_interactions(scene: Scene, bot: SampleBot) -> None:
    limits = scene.sandbox.rate_limits
    limits.global_per_second = 0
    answer = await scene.guild.command(scene.alice, "say", text="hi")
    assert answer.content == "hi on none"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {scene.sandbox.token}"}) as session,
        session.get(f"{scene.sandbox.api_base_url}/users/@me") as refused,
    ):
        assert refused.status == 429
        assert refused.headers["X-RateLimit-Global"] == "true"
        assert (await refused.json())["global"] is True
    assert limits.limited_globally == 1


async def test_a_host_with_too_many_invalid_requests_is_banned(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.rate_limits.invalid_limit = 2
    scene.sandbox.faults.fail("PUT", MEMBER_ROLE, 403, 50013, times=2)
    for _ in range(2):
        with pytest.raises(discord.Forbidden):
            await give(bot, scene)
    with pytest.raises(discord.HTTPException) as banned:
        await give(bot, scene)
    assert banned.value.status == 429
    assert not has_role(scene)


async def test_a_forced_error_strikes_as_often_as_told_and_only_whom_it_names(scene: Scene, bot: SampleBot) -> None:
    fault = scene.sandbox.faults.fail("PUT", MEMBER_ROLE, 403, 50013, user_id=scene.alice.id)
    await bot.http.add_role(scene.guild.id, scene.owner.id, scene.holder.id)
    with pytest.raises(discord.Forbidden) as refused:
        await give(bot, scene)
    assert refused.value.code == 50013
    assert fault.hits == 1
    await give(bot, scene)
    assert has_role(scene)


async def test_503_is_given_once_and_nothing_applied(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.faults.server_error("PUT", MEMBER_ROLE, 503)
    with pytest.raises(discord.DiscordServerError):
        await give(bot, scene)
    assert not has_role(scene)


@pytest.mark.usefixtures("fast_retries")
async def test_502_is_retried_by_the_library(scene: Scene, bot: SampleBot) -> None:
    fault = scene.sandbox.faults.server_error("PUT", MEMBER_ROLE, 502, times=2)
    await give(bot, scene)
    assert has_role(scene)
    assert fault.hits == 2


async def test_a_write_can_be_applied_and_answered_with_an_error(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.faults.server_error("PUT", MEMBER_ROLE, 503, after=True)
    with pytest.raises(discord.DiscordServerError):
        await give(bot, scene)
    assert has_role(scene)


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_can_be_dropped_before_or_after_the_write(scene: Scene, bot: SampleBot, after: bool) -> None:
    # aiohttp itself repeats a PUT once when a kept connection breaks.
    scene.sandbox.faults.drop("PUT", MEMBER_ROLE, after=after, times=2)
    with pytest.raises((aiohttp.ClientConnectionError, OSError)):
        await give(bot, scene)
    assert has_role(scene) is after
    assert [exchange.status for exchange in scene.sandbox.traffic.to("PUT", MEMBER_ROLE)] == [0, 0]


async def test_a_write_can_be_accepted_without_being_applied(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.faults.accept_without_applying("PUT")
    await give(bot, scene)
    assert not has_role(scene)
    assert len(scene.guild.audit_log) == len([entry for entry in scene.guild.audit_log if not entry.added_roles])
    scene.sandbox.faults.accept_without_applying("PATCH", MEMBER)
    answer = await bot.http.edit_member(scene.guild.id, scene.alice.id, roles=[scene.holder.id])
    assert answer["roles"] == [str(scene.holder.id)]
    assert not has_role(scene)
    with pytest.raises(SandboxError, match="only role writes"):
        scene.sandbox.faults.accept_without_applying("GET", "/users/@me")


async def test_members_can_be_shown_without_their_roles(scene: Scene, bot: SampleBot) -> None:
    await give(bot, scene)
    scene.sandbox.faults.empty_roles(times=2)
    assert (await bot.http.get_member(scene.guild.id, scene.alice.id))["roles"] == []
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    [shown] = await guild.query_members(user_ids=[scene.alice.id], cache=False)
    assert len(shown.roles) == 1
    assert (await bot.http.get_member(scene.guild.id, scene.alice.id))["roles"] == [str(scene.holder.id)]


async def test_a_429_with_via_is_waited_out_and_one_without_is_an_error(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.faults.rate_limit("PUT", MEMBER_ROLE, 0.05)
    await give(bot, scene)
    assert has_role(scene)
    scene.sandbox.faults.rate_limit("PUT", MEMBER_ROLE, via=False)
    with pytest.raises(discord.HTTPException) as cloudflare:
        await give(bot, scene)
    assert cloudflare.value.status == 429


async def test_a_request_can_hang_until_the_fault_is_cleared(scene: Scene, bot: SampleBot) -> None:
    fault = scene.sandbox.faults.hang("PUT", MEMBER_ROLE)
    task = asyncio.create_task(give(bot, scene))
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert not done
    assert not has_role(scene)
    fault.clear()
    await task
    assert has_role(scene)


async def test_a_slow_answer_is_still_an_answer(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.faults.slow("PUT", "/guilds/*", 0.05)
    started = asyncio.get_running_loop().time()
    await give(bot, scene)
    assert asyncio.get_running_loop().time() - started >= 0.05
    assert has_role(scene)


async def test_an_unknown_route_is_answered_and_remembered(scene: Scene, bot: SampleBot) -> None:
    with pytest.raises(discord.NotFound) as unknown:
        await bot.http.request(discord.http.Route("GET", "/guilds/{guild_id}/toasters", guild_id=scene.guild.id))
    assert unknown.value.code == 0
    assert [exchange.path for exchange in scene.sandbox.traffic.unknown_routes] == [
        f"/guilds/{scene.guild.id}/toasters"
    ]
