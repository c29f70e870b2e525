"""Several things at once: admins, ticks and members."""

import asyncio
from collections.abc import Awaitable

import pytest

from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.domain.urgency import Urgency
from bot.gateway.rest import DiscordRest
from bot.sandbox.discord import MEMBER, Fault
from bot.services.memberships import Memberships
from bot.services.reconciling import Reconciler, Reconciliation

from .conftest import Scene


async def test_a_rule_that_is_removed_meanwhile_leaves_the_role(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()

    async with asyncio.TaskGroup() as group:
        look = scene.discord.faults.slow("GET", MEMBER, 0.5, user_id=scene.alice.id)
        group.create_task(_ends(scene.run(scene.alice, "wallet refresh")))
        await _hit(look)
        await scene.change_rule("rule remove", role=scene.holder)
    await scene.run(scene.alice, "wallet refresh")

    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_a_rule_that_is_paused_meanwhile_gives_nothing(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)

    async with asyncio.TaskGroup() as group:
        look = scene.discord.faults.slow("GET", MEMBER, 0.5, user_id=scene.alice.id)
        group.create_task(_ends(scene.link()))
        await _hit(look)
        await scene.run(scene.owner, "rule pause", role=scene.holder)

    assert scene.holder.id not in scene.guild.roles_of(scene.alice)


async def test_what_a_tick_did_first_is_told_all_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    original = Reconciler.reconcile

    async def after_a_tick(self: Reconciler, guild_id: int, user_id: int, *, look: bool = False) -> Reconciliation:
        await original(self, guild_id, user_id)
        return await original(self, guild_id, user_id, look=look)

    monkeypatch.setattr(Reconciler, "reconcile", after_a_tick)
    assert f"You were given <@&{scene.holder.id}>" in (await scene.link()).text
    unlinked = await scene.run(scene.alice, "wallet unlink", wallet=scene.wallet.address.text)
    assert f"taken back: <@&{scene.holder.id}>" in unlinked.text


async def test_who_returns_while_the_absence_is_being_noted_has_the_role(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()
    look, note = DiscordRest.member, Memberships.joined
    is_noted = asyncio.Event()

    async def left(*_: object) -> None:
        """This event gets lost."""

    async def joined(self: Memberships, guild_id: int, user_id: int) -> None:
        await note(self, guild_id, user_id)
        is_noted.set()

    async def member(
        self: DiscordRest, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        answer = await look(self, guild_id, user_id, urgency)
        if isinstance(answer, MemberAbsent) and not is_noted.is_set():
            scene.guild.add_member(scene.alice)
            await is_noted.wait()
        return answer

    monkeypatch.setattr(Memberships, "left", left)
    monkeypatch.setattr(Memberships, "joined", joined)
    monkeypatch.setattr(DiscordRest, "member", member)
    other = scene.guild.add_role("Other")
    scene.guild.remove_member(scene.alice)
    await scene.change_rule("rule add", role=other, expression="friends")

    await scene.discord.until(
        lambda: is_noted.is_set() and {scene.holder.id, other.id} <= scene.guild.roles_of(scene.alice)
    )


async def _ends(work: Awaitable[object]) -> None:
    await work


async def _hit(fault: Fault) -> None:
    """Wait until a request has run into the fault, before it gets its answer."""
    async with asyncio.timeout(30):
        while fault.hits == 0:  # noqa: ASYNC110 - the sandbox has no event for this
            await asyncio.sleep(0.005)
