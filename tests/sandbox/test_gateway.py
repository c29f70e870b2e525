"""Logging in, resuming, sharding, and who hears which event."""

from __future__ import annotations

import json
import zlib

import aiohttp
import discord
import pytest

from bot.sandbox.discord import SandboxDiscord

from .bots import MEMBER_INTENTS, SampleBot, point_at, running
from .conftest import Scene


async def test_the_bot_knows_its_servers_roles_and_channels_after_login(scene: Scene, bot: SampleBot) -> None:
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    assert guild.member_count == 3
    assert {role.name for role in guild.roles} == {"@everyone", "holdfast", "Holder"}
    assert {channel.name for channel in guild.text_channels} == {"general", "log"}
    assert guild.me.guild_permissions.manage_roles
    assert guild.me.top_role.tags is not None
    assert guild.me.top_role.tags.is_bot_managed()


async def test_role_channel_and_server_changes_reach_the_bot(scene: Scene, bot: SampleBot) -> None:
    made = scene.guild.add_role("Made")
    scene.guild.edit_role(made, name="Renamed")
    scene.guild.delete_role(scene.holder)
    scene.guild.delete_channel(scene.log)
    scene.guild.edit(name="Enemies")
    await bot.hears("GUILD_UPDATE")
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    assert guild.name == "Enemies"
    assert {role.name for role in guild.roles} == {"@everyone", "holdfast", "Renamed"}
    assert guild.get_channel(scene.log.id) is None


async def test_servers_come_and_go_while_the_bot_is_connected(scene: Scene, bot: SampleBot) -> None:
    second = scene.sandbox.add_guild("Second", scene.owner)
    await bot.hears("GUILD_CREATE", 2)
    assert bot.get_guild(second.id) is not None
    second.remove_bot()
    await bot.hears("GUILD_DELETE")
    assert bot.get_guild(second.id) is None
    with pytest.raises(discord.Forbidden) as refused:
        await bot.http.get_roles(second.id)
    assert refused.value.code == 50001


async def test_an_outage_is_not_a_farewell(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.gateway.outage(scene.guild)
    await bot.hears("GUILD_DELETE")
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    assert guild.unavailable
    scene.sandbox.gateway.recovery(scene.guild)
    await bot.hears("GUILD_CREATE", 2)
    assert not guild.unavailable


async def test_member_events_need_the_members_intent(scene: Scene, bot: SampleBot) -> None:
    scene.guild.remove_member(scene.alice)
    scene.guild.add_member(scene.alice)
    scene.guild.give_role(scene.alice, scene.holder)
    scene.guild.add_role("Marker")
    await bot.hears("GUILD_ROLE_CREATE")
    assert not {"GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE"} & set(bot.heard)


async def test_with_the_members_intent_joining_and_leaving_are_heard(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = SampleBot(MEMBER_INTENTS)
    async with running(scene.sandbox, bot, monkeypatch):
        scene.guild.remove_member(scene.alice)
        scene.guild.add_member(scene.alice, pending=True)
        scene.guild.edit_member(scene.alice, pending=False)
        await bot.hears("GUILD_MEMBER_UPDATE")
        assert {"GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE"} <= set(bot.heard)
        guild = bot.get_guild(scene.guild.id)
        assert guild is not None
        everybody = await guild.chunk(cache=False)
        assert {member.name for member in everybody} == {"owner", "alice", "holdfast"}


async def test_members_can_be_asked_for_by_id_without_the_intent(scene: Scene, bot: SampleBot) -> None:
    scene.guild.give_role(scene.alice, scene.holder)
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    found = await guild.query_members(user_ids=[scene.alice.id, 4711], cache=False)
    assert [(member.id, [role.name for role in member.roles]) for member in found] == [
        (scene.alice.id, ["@everyone", "Holder"])
    ]


async def test_a_lost_connection_resumes_and_misses_nothing(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.gateway.disconnect()
    await scene.sandbox.until(lambda: not scene.sandbox.gateway.sessions)
    scene.guild.add_role("While away")
    await bot.hears("RESUMED")
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    assert "While away" in {role.name for role in guild.roles}
    assert bot.heard.count("READY") == 1


async def test_a_session_that_cannot_be_resumed_starts_again(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.gateway.disconnect(resumable=False)
    await bot.hears("READY", 2)
    answer = await scene.guild.command(scene.alice, "say", text="hi")
    assert answer.content == "hi on none"


async def test_the_bot_comes_back_when_asked_to_reconnect(scene: Scene, bot: SampleBot) -> None:
    scene.sandbox.gateway.ask_to_reconnect()
    await bot.hears("RESUMED")


async def test_several_shards_each_hear_of_their_own_servers(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    guilds = [
        scene.guild,
        *(scene.sandbox.add_guild(f"More {n}", scene.owner, guild_id=(n << 22) + 5) for n in (1, 2, 3)),
    ]
    bot = SampleBot(shard_count=2)
    async with running(scene.sandbox, bot, monkeypatch):
        assert len(scene.sandbox.gateway.sessions) == 2
        assert {guild.id for guild in bot.guilds} == {guild.id for guild in guilds}
        for guild in guilds:
            known = bot.get_guild(guild.id)
            assert known is not None
            assert known.shard_id == (guild.id >> 22) % 2
            assert (await guild.command(scene.owner, "say", text="hi")).content == "hi on none"
    assert bot.heard.count("INTERACTION_CREATE") == len(guilds)


async def test_a_wrong_token_is_refused_at_the_door(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(scene.sandbox, monkeypatch)
    bot = SampleBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")
    await bot.close()
    assert scene.sandbox.traffic.to("GET", "/users/@me")[0].status == 401


@pytest.mark.parametrize(
    ("code", "error"), [(4004, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)]
)
async def test_close_codes_can_be_forced(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    scene.sandbox.gateway.refuse_next(code)
    with pytest.raises(error):
        async with running(scene.sandbox, SampleBot(), monkeypatch):
            pass


async def test_the_members_intent_must_be_granted_in_the_portal(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.sandbox.members_intent_allowed = False
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(scene.sandbox, SampleBot(MEMBER_INTENTS), monkeypatch):
            pass
    assert scene.sandbox.gateway.close_codes == [4014]
    async with running(scene.sandbox, SampleBot(), monkeypatch):
        pass


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"op": 8, "d": {}}, 4003),
        ({"op": 99, "d": {}}, 4001),
        ({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}}, 4004),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 40, "properties": {}}}, 4013),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1, "properties": {}, "shard": [2, 2]}}, 4010),
        ({"op": 3, "d": {"padding": "x" * 5000}}, 4002),
    ],
)
async def test_wrong_messages_close_the_connection_with_the_right_code(
    scene: Scene, message: dict[str, object], code: int
) -> None:
    text = json.dumps(message).replace("TOKEN", scene.sandbox.token)
    async with aiohttp.ClientSession() as session, session.ws_connect(scene.sandbox.gateway_url) as socket:
        assert json.loads((await socket.receive()).data)["op"] == 10
        await socket.send_str(text)
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == code


async def test_zlib_streams_share_one_context() -> None:
    query = "?v=10&encoding=json&compress=zlib-stream"
    async with (
        SandboxDiscord() as sandbox,
        aiohttp.ClientSession() as session,
        session.ws_connect(sandbox.gateway_url + query) as socket,
    ):
        stream = zlib.decompressobj()
        assert json.loads(stream.decompress((await socket.receive()).data))["op"] == 10
        await socket.send_str('{"op": 1, "d": null}')
        assert json.loads(stream.decompress((await socket.receive()).data)) == {"op": 11}
