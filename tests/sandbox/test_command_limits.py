"""Commands that Discord would not register, and things that do not exist, are refused with its codes."""

from __future__ import annotations

import pytest

from bot.sandbox.discord.jsontypes import Json

from .conftest import Scene
from .raw import Client, leaf


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
