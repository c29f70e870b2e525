"""Answers to interactions are taken in time, once, and within Discord's limits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.discord.interaction import Interaction, InteractionKind
from bot.sandbox.discord.jsontypes import Json

from .raw import Client, leaf


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
