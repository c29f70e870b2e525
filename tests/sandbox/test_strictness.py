"""Requests that Discord would refuse are refused, with its codes and its tree of errors."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping

import aiohttp
import discord
import pytest

from bot.sandbox.discord import Permission, SandboxDiscord
from bot.sandbox.discord.interaction import Interaction, InteractionKind
from bot.sandbox.discord.jsontypes import Json

from .bots import SampleBot
from .conftest import Scene


class Client:
    """Speaks to the API without discord.py, which would hold back what is wrong."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def send(self, method: str, path: str, body: Json = None) -> tuple[int, dict[str, object]]:
        async with self._session.request(method, self._base + path, json=body) as answer:
            if answer.status == 204:
                return 204, {}
            found = await answer.json()
            return answer.status, found if isinstance(found, dict) else {"list": found}

    async def names(self, path: str) -> list[str]:
        async with self._session.get(self._base + path) as answer:
            return [one["name"] for one in await answer.json()]

    async def refused(self, method: str, path: str, body: Json = None) -> tuple[int, object]:
        status, found = await self.send(method, path, body)
        return status, found.get("code")


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bot {scene.sandbox.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Client(session, scene.sandbox.api_base_url)


def leaf(errors: object, *path: str) -> object:
    """The code of the first error under a path."""
    for step in path:
        assert isinstance(errors, Mapping), f"nothing at {step}"
        errors = errors[step]
    assert isinstance(errors, Mapping)
    return errors["_errors"][0]["code"]


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


def command(**changes: Json) -> dict[str, Json]:
    return {"name": "fine", "description": "ok", **changes}


def option(**changes: Json) -> dict[str, Json]:
    return {"type": 3, "name": "text", "description": "ok", **changes}


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (command(name="Loud"), ["name"], "APPLICATION_COMMAND_INVALID_NAME"),
        (command(name="two words"), ["name"], "STRING_TYPE_REGEX"),
        (command(name="x" * 33), ["name"], "BASE_TYPE_BAD_LENGTH"),
        (command(description=""), ["description"], "BASE_TYPE_BAD_LENGTH"),
        (command(description="x" * 101), ["description"], "BASE_TYPE_BAD_LENGTH"),
        (command(options=[option()] * 26), ["options"], "BASE_TYPE_MAX_LENGTH"),
        (command(options=[option(), option()]), ["options"], "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
        (
            command(options=[option(), option(name="b", required=True)]),
            ["options", "1"],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            command(options=[option(), {"type": 1, "name": "sub", "description": "ok"}]),
            ["options"],
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            command(options=[option(choices=[{"name": "a", "value": "a"}] * 26)]),
            ["options", "0", "choices"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            command(options=[option(choices=[{"name": "x" * 101, "value": "a"}])]),
            ["options", "0", "choices", "0", "name"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(options=[option(autocomplete=True, choices=[{"name": "a", "value": "a"}])]),
            ["options", "0", "autocomplete"],
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        ),
        (
            command(
                options=[
                    option(name=f"o{n}", choices=[{"name": "x" * 99, "value": f"{c}" + "y" * 90} for c in range(25)])
                    for n in range(2)
                ]
            ),
            [],
            "APPLICATION_COMMAND_TOO_LARGE",
        ),
    ],
)
async def test_a_command_outside_its_limits_names_the_field(
    scene: Scene, client: Client, body: Json, path: list[str], code: str
) -> None:
    base = f"/applications/{scene.sandbox.application_id}/commands"
    status, found = await client.send("POST", base, body)
    assert (status, found["code"]) == (400, 50035)
    assert leaf(found["errors"], *path) == code
    status, found = await client.send("PUT", base, [command(), body])
    assert leaf(found["errors"], "1", *path) == code
    assert (await client.send("GET", base))[1] == {"list": []}


async def test_commands_keep_their_ids_and_creates_are_counted(scene: Scene, client: Client) -> None:
    scene.sandbox.rate_limits.enabled = False
    base = f"/applications/{scene.sandbox.application_id}/guilds/{scene.guild.id}/commands"
    status, first = await client.send("POST", base, command())
    assert status == 201
    status, again = await client.send("POST", base, command(description="other"))
    assert (status, again["id"]) == (200, first["id"])
    assert again["version"] != first["version"]
    for number in range(199):
        await client.send("PUT", base, [command(name=f"c{number}")])
    assert await client.refused("PUT", base, [command(name="one-more")]) == (400, 30034)
    assert await client.names(base) == ["c198"]
    assert await client.refused("GET", base + "/4711") == (404, 10063)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/users/4711", 404, 10013),
        ("/guilds/4711", 404, 10004),
        ("/guilds/x/roles", 400, 50035),
        ("/applications/4711/commands", 404, 10002),
        ("/webhooks/4711/nope/messages/@original", 404, 10015),
    ],
)
async def test_what_does_not_exist_has_its_own_code(client: Client, path: str, status: int, code: int) -> None:
    assert await client.refused("GET", path) == (status, code)


class Desk:
    """Interactions that nobody but the test answers, on a clock that the test moves."""

    def __init__(self, sandbox: SandboxDiscord, client: Client, now: list[float]) -> None:
        self.sandbox = sandbox
        self.client = client
        self.now = now
        self.alice = sandbox.add_user("alice")
        self.guild = sandbox.add_guild("Friends", self.alice)

    def begin(self, kind: InteractionKind = InteractionKind.COMMAND) -> Interaction:
        return self.sandbox.desk.begin(kind, self.alice, self.guild, self.guild.channel_named("general"))

    async def answer(self, interaction: Interaction, body: Json) -> tuple[int, object]:
        return await self.client.refused("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body)

    def hook(self, interaction: Interaction) -> str:
        return f"/webhooks/{self.sandbox.application_id}/{interaction.token}"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    now = [1_800_000_000.0]
    async with SandboxDiscord(clock=lambda: now[0]) as sandbox, aiohttp.ClientSession() as session:
        yield Desk(sandbox, Client(session, sandbox.api_base_url), now)


async def test_the_first_answer_must_come_within_three_seconds_and_only_once(desk: Desk) -> None:
    late, timely = desk.begin(), desk.begin()
    assert await desk.answer(timely, {"type": 5}) == (204, None)
    assert await desk.answer(timely, {"type": 4, "data": {"content": "x"}}) == (400, 40060)
    desk.now[0] += 3.1
    assert await desk.answer(late, {"type": 5}) == (404, 10062)
    assert await desk.client.refused("POST", desk.hook(late), {"content": "x"}) == (404, 10015)


async def test_follow_ups_end_after_fifteen_minutes(desk: Desk) -> None:
    interaction = desk.begin()
    await desk.answer(interaction, {"type": 5, "data": {"flags": 64}})
    desk.now[0] += 899
    status, edited = await desk.client.send("PATCH", desk.hook(interaction) + "/messages/@original", {"content": "x"})
    assert (status, edited["content"], edited["flags"]) == (200, "x", 64)
    desk.now[0] += 2
    assert await desk.client.refused("POST", desk.hook(interaction), {"content": "x"}) == (401, 50027)


async def test_the_first_follow_up_of_a_deferral_becomes_the_answer_and_stays_private(desk: Desk) -> None:
    interaction = desk.begin()
    await desk.answer(interaction, {"type": 5, "data": {"flags": 64}})
    _, first = await desk.client.send("POST", desk.hook(interaction), {"content": "first"})
    _, second = await desk.client.send("POST", desk.hook(interaction), {"content": "second"})
    assert interaction.original is not None
    assert (first["id"], first["flags"]) == (str(interaction.original.id), 64)
    assert (second["flags"], len(interaction.followups)) == (0, 1)
    assert (await desk.client.send("DELETE", desk.hook(interaction) + "/messages/@original"))[0] == 204
    assert await desk.client.refused("GET", desk.hook(interaction) + "/messages/@original") == (404, 10008)


MODAL: dict[str, Json] = {
    "custom_id": "m",
    "title": "t",
    "components": [{"type": 1, "components": [{"type": 4, "custom_id": "f", "label": "l", "style": 1}]}],
}


@pytest.mark.parametrize(
    ("kind", "body", "path", "code"),
    [
        (InteractionKind.MODAL_SUBMIT, {"type": 9, "data": MODAL}, ["type"], "INTERACTION_CALLBACK_TYPE_INVALID"),
        (InteractionKind.COMMAND, {"type": 7, "data": {"content": "x"}}, ["type"], "INTERACTION_CALLBACK_TYPE_INVALID"),
        (
            InteractionKind.AUTOCOMPLETE,
            {"type": 4, "data": {"content": "x"}},
            ["type"],
            "INTERACTION_CALLBACK_TYPE_INVALID",
        ),
        (InteractionKind.COMMAND, {"type": 99}, ["type"], "BASE_TYPE_CHOICES"),
        (
            InteractionKind.COMMAND,
            {"type": 4, "data": {"content": "x" * 2001}},
            ["data", "content"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            InteractionKind.AUTOCOMPLETE,
            {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}] * 26}},
            ["data", "choices"],
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            InteractionKind.AUTOCOMPLETE,
            {"type": 8, "data": {"choices": [{"name": "x" * 101, "value": "a"}]}},
            ["data", "choices", "0", "name"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            InteractionKind.COMMAND,
            {"type": 9, "data": {**MODAL, "title": "x" * 46}},
            ["data", "title"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            InteractionKind.COMMAND,
            {"type": 9, "data": {**MODAL, "components": [{"type": 10, "content": "x"}] * 6}},
            ["data", "components"],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            InteractionKind.COMMAND,
            {
                "type": 9,
                "data": {
                    **MODAL,
                    "components": [
                        {"type": 18, "label": "x" * 46, "component": {"type": 4, "custom_id": "f", "style": 1}}
                    ],
                },
            },
            ["data", "components", "0", "label"],
            "BASE_TYPE_BAD_LENGTH",
        ),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_another_may_follow(
    desk: Desk, kind: InteractionKind, body: Json, path: list[str], code: str
) -> None:
    interaction = desk.begin(kind)
    status, found = await desk.client.send("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body)
    assert (status, found["code"]) == (400, 50035)
    assert leaf(found["errors"], *path) == code
    fine: dict[str, Json] = (
        {"type": 8, "data": {"choices": []}} if kind is InteractionKind.AUTOCOMPLETE else {"type": 5}
    )
    assert await desk.answer(interaction, fine) == (204, None)
