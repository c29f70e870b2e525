"""Messages that Discord would refuse are refused, with its codes and its tree of errors."""

from __future__ import annotations

import io

import discord
import pytest

from bot.sandbox.discord import Permission
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.posting import NONCE_SECONDS

from .bots import SampleBot
from .conftest import Scene
from .raw import Client, leaf

ROW: dict[str, Json] = {"type": 1, "components": [{"type": 2, "style": 1, "label": "a", "custom_id": "a"}]}


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"content": "x" * 2001}, ["content"], "BASE_TYPE_MAX_LENGTH"),
        ({"content": 5}, ["content"], "STRING_TYPE_CONVERT"),
        ({"embeds": [{"title": "x" * 257}]}, ["embeds", "0", "title"], "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4097}]}, ["embeds", "0", "description"], "BASE_TYPE_MAX_LENGTH"),
        (
            {"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]},
            ["embeds", "0", "fields", "0", "value"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            {"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]},
            ["embeds", "0", "fields"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        ({"embeds": [{"fields": [{"name": "a"}]}]}, ["embeds", "0", "fields", "0", "value"], "BASE_TYPE_REQUIRED"),
        (
            {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
            ["embeds", "1"],
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
        ({"embeds": [{"title": "a"}] * 11}, ["embeds"], "BASE_TYPE_MAX_LENGTH"),
        ({"components": [ROW] * 6}, ["components"], "BASE_TYPE_MAX_LENGTH"),
        (
            {"components": [ROW, ROW]},
            ["components", "1", "components", "0", "custom_id"],
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            {"components": [{"type": 2, "style": 1, "label": "a", "custom_id": "a"}]},
            ["components", "0", "type"],
            "UNION_TYPE_CHOICES",
        ),
        (
            {
                "components": [
                    {"type": 1, "components": [{"type": 2, "style": 1, "label": "a", "custom_id": "x" * 101}]}
                ]
            },
            ["components", "0", "components", "0", "custom_id"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "a"}]}]},
            ["components", "0", "components", "0", "label"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            {
                "components": [
                    {
                        "type": 1,
                        "components": [
                            {
                                "type": 3,
                                "custom_id": "s",
                                "options": [{"label": "a", "value": str(n)} for n in range(26)],
                            }
                        ],
                    }
                ]
            },
            ["components", "0", "components", "0", "options"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "t"}]},
            ["content"],
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
    ],
)
async def test_a_message_outside_its_limits_names_the_field(
    scene: Scene, client: Client, body: Json, path: list[str], code: str
) -> None:
    status, found = await client.send("POST", f"/channels/{scene.log.id}/messages", body)
    assert (status, found["code"]) == (400, 50035)
    assert leaf(found["errors"], *path) == code
    assert scene.log.messages == []


async def test_an_empty_message_and_a_foreign_channel_have_their_own_codes(scene: Scene, client: Client) -> None:
    post = f"/channels/{scene.log.id}/messages"
    assert await client.refused("POST", post, {"content": ""}) == (400, 50006)
    assert await client.refused("POST", "/channels/4711/messages", {"content": "x"}) == (404, 10003)
    assert await client.refused("PATCH", post + "/4711", {"content": "x"}) == (404, 10008)
    scene.guild.deny(scene.log, scene.guild.everyone, Permission.SEND_MESSAGES)
    assert await client.refused("POST", post, {"content": "x"}) == (403, 50013)
    scene.guild.deny(scene.log, scene.guild.everyone, Permission.VIEW_CHANNEL)
    assert await client.refused("POST", post, {"content": "x"}) == (403, 50001)


async def test_direct_messages_are_recorded_and_can_be_refused(scene: Scene, client: Client) -> None:
    _, channel = await client.send("POST", "/users/@me/channels", {"recipient_id": str(scene.alice.id)})
    assert (await client.send("POST", f"/channels/{channel['id']}/messages", {"content": "psst"}))[0] == 200
    assert [message.content for message in scene.sandbox.direct_messages[0].messages] == ["psst"]
    scene.alice.takes_direct_messages = False
    assert await client.refused("POST", f"/channels/{channel['id']}/messages", {"content": "x"}) == (403, 50007)


async def test_files_may_have_ten_mebibytes_together(scene: Scene, bot: SampleBot) -> None:
    channel = bot.get_partial_messageable(scene.log.id, guild_id=scene.guild.id)
    with pytest.raises(discord.HTTPException) as refused:
        await channel.send(file=discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "big.bin"))
    assert (refused.value.status, refused.value.code) == (413, 40005)
    sent = await channel.send(file=discord.File(io.BytesIO(b"a,b"), "list.csv"))
    assert scene.log.messages[0].attachments[0].data == b"a,b"
    assert await sent.attachments[0].read() == b"a,b"


async def test_a_message_pings_only_whom_it_is_allowed_to(scene: Scene, client: Client) -> None:
    body: dict[str, Json] = {"content": f"{scene.alice.mention} @everyone", "allowed_mentions": {"parse": []}}
    await client.send("POST", f"/channels/{scene.log.id}/messages", body)
    await client.send("POST", f"/channels/{scene.log.id}/messages", {"content": scene.alice.mention})
    quiet, loud = scene.log.messages
    assert (quiet.mentions, quiet.mentions_everyone) == ((), False)
    assert loud.mentions == (scene.alice,)


async def test_the_same_nonce_makes_no_second_message_for_a_few_minutes(scene: Scene, client: Client) -> None:
    post = f"/channels/{scene.log.id}/messages"
    body: Json = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    _, first = await client.send("POST", post, body)
    _, again = await client.send("POST", post, body)
    assert again == first
    assert first["nonce"] == "n1"
    assert [message.content for message in scene.log.messages] == ["once"]
    scene.log.messages[0].created_at -= NONCE_SECONDS + 1
    _, later = await client.send("POST", post, body)
    assert later["id"] != first["id"]
    await client.send("POST", post, {"content": "once", "nonce": "n1"})
    assert len(scene.log.messages) == 3


async def test_a_nonce_is_a_number_or_a_short_text(scene: Scene, client: Client) -> None:
    post = f"/channels/{scene.log.id}/messages"
    status, found = await client.send("POST", post, {"content": "x", "nonce": "n" * 26})
    assert status == 400
    assert leaf(found["errors"], "nonce") == "BASE_TYPE_MAX_LENGTH"
    _, made = await client.send("POST", post, {"content": "x", "nonce": 7})
    assert made["nonce"] == "7"
