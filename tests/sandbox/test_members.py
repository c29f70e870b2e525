"""Role writes: applied, logged and refused as Discord does."""

from __future__ import annotations

import discord
import pytest

from bot.sandbox.discord import AuditAction, Permission

from .bots import SampleBot
from .conftest import Scene


async def give(bot: SampleBot, scene: Scene, role_id: int | None = None) -> None:
    await bot.http.add_role(scene.guild.id, scene.alice.id, role_id or scene.holder.id, reason="holds 3 Friends (é)")


async def take(bot: SampleBot, scene: Scene, role_id: int | None = None) -> None:
    await bot.http.remove_role(scene.guild.id, scene.alice.id, role_id or scene.holder.id, reason=None)


async def test_a_given_role_is_there_and_in_the_audit_log_with_its_reason(scene: Scene, bot: SampleBot) -> None:
    await give(bot, scene)
    assert scene.guild.roles_of(scene.alice) == {scene.holder.id}
    entry = scene.guild.audit_log[-1]
    assert (entry.actor, entry.action, entry.target_id) == (
        scene.sandbox.bot,
        AuditAction.MEMBER_ROLE_UPDATE,
        scene.alice.id,
    )
    assert entry.added_roles == (scene.holder.id,)
    assert entry.reason == "holds 3 Friends (é)"


async def test_giving_twice_and_taking_what_is_not_there_change_nothing(scene: Scene, bot: SampleBot) -> None:
    await give(bot, scene)
    entries = len(scene.guild.audit_log)
    await give(bot, scene)
    assert len(scene.guild.audit_log) == entries
    await take(bot, scene)
    await take(bot, scene)
    assert scene.guild.roles_of(scene.alice) == set()
    assert len(scene.guild.audit_log) == entries + 1


@pytest.mark.parametrize("case", ["above", "equal", "managed", "no permission"])
async def test_roles_that_the_bot_may_not_give_are_refused_with_50013(scene: Scene, bot: SampleBot, case: str) -> None:
    guild = scene.guild
    bot_role = guild.bot_role
    role = scene.holder
    if case == "above":
        guild.move_role(role, bot_role.position + 1)
    elif case == "equal":
        guild.move_role(role, bot_role.position)
    elif case == "managed":
        role = guild.add_role("Nitro", managed=True, tags={"premium_subscriber": None})
    else:
        guild.edit_role(bot_role, permissions=int(Permission.VIEW_CHANNEL))
    with pytest.raises(discord.Forbidden) as refused:
        await give(bot, scene, role.id)
    assert refused.value.code == 50013
    assert guild.roles_of(scene.alice) == set()
    assert scene.sandbox.rate_limits.invalid_requests == 1


async def test_what_is_gone_has_its_own_error_code(scene: Scene, bot: SampleBot) -> None:
    scene.guild.delete_role(scene.holder)
    with pytest.raises(discord.NotFound) as unknown_role:
        await give(bot, scene)
    assert unknown_role.value.code == 10011
    scene.guild.remove_member(scene.alice)
    with pytest.raises(discord.NotFound) as unknown_member:
        await give(bot, scene)
    assert unknown_member.value.code == 10007
    with pytest.raises(discord.NotFound) as unknown_user:
        await bot.http.get_member(scene.guild.id, 4711)
    assert unknown_user.value.code == 10013
    with pytest.raises(discord.NotFound) as unknown_guild:
        await bot.http.get_guild(4711)
    assert unknown_guild.value.code == 10004
    scene.guild.add_member(scene.alice)
    with pytest.raises(discord.HTTPException) as everyone:
        await give(bot, scene, scene.guild.id)
    assert everyone.value.code == 50028


async def test_a_list_of_roles_replaces_the_old_and_must_keep_the_managed(scene: Scene, bot: SampleBot) -> None:
    guild = scene.guild
    booster = guild.add_role("Booster", managed=True)
    other = guild.add_role("Other")
    guild.set_roles(scene.alice, [booster, scene.holder])
    await bot.http.edit_member(guild.id, scene.alice.id, roles=[booster.id, other.id])
    assert guild.roles_of(scene.alice) == {booster.id, other.id}
    with pytest.raises(discord.Forbidden):
        await bot.http.edit_member(guild.id, scene.alice.id, roles=[other.id])
    assert guild.roles_of(scene.alice) == {booster.id, other.id}


async def test_a_member_who_comes_again_has_no_roles_and_a_new_joining_date(scene: Scene, bot: SampleBot) -> None:
    await give(bot, scene)
    before = await bot.http.get_member(scene.guild.id, scene.alice.id)
    scene.guild.remove_member(scene.alice)
    scene.guild.add_member(scene.alice)
    after = await bot.http.get_member(scene.guild.id, scene.alice.id)
    assert after["roles"] == []
    assert str(after["joined_at"]) > str(before["joined_at"])


async def test_counts_and_lists_of_members_are_those_of_the_server(scene: Scene, bot: SampleBot) -> None:
    await give(bot, scene)
    guild = bot.get_guild(scene.guild.id)
    assert guild is not None
    counts = await guild.role_member_counts()
    assert {role.id: count for role, count in counts.items()}[scene.holder.id] == 1
    fetched = await bot.fetch_guild(scene.guild.id, with_counts=True)
    assert fetched.approximate_member_count == 3
    members = await bot.http.get_members(scene.guild.id, 1000, None)
    assert {int(member["user"]["id"]) for member in members} == {scene.owner.id, scene.alice.id, scene.sandbox.bot.id}
