"""What admins configure and see."""

from datetime import timedelta

import pytest

from bot.domain import chia_ids
from bot.sandbox.balances import Fault
from bot.sandbox.discord import Permission, SandboxError

from .conftest import FRIENDS, Scene


async def test_commands_of_admins_are_hidden_from_members(scene: Scene) -> None:
    for command in ("collection list", "rule list", "sweep now", "settings show", "doctor", "panel post"):
        with pytest.raises(SandboxError):
            await scene.guild.command(scene.alice, command)


async def test_a_collection_is_added_listed_completed_and_removed(scene: Scene) -> None:
    added = await scene.run(
        scene.owner, "collection add", name="Friends", network="chia-mainnet", kind="chia-collection", items=FRIENDS
    )
    assert "`friends`" in added.text
    assert "no rule names it" in (await scene.run(scene.owner, "collection list")).text
    choices = await scene.guild.autocomplete(scene.owner, "collection remove", focused="name", value="fr")
    assert [choice.value for choice in choices] == ["friends"]
    assert "Collection removed" in (await scene.run(scene.owner, "collection remove", name="friends")).text
    assert "no collections yet" in (await scene.run(scene.owner, "collection list")).text


async def test_a_collection_that_a_rule_names_stays(scene: Scene) -> None:
    await scene.make_rule()
    refused = await scene.run(scene.owner, "collection remove", name="friends")
    assert "used by the rule for “Holder”" in refused.text
    assert "`friends >= 2`" in (await scene.run(scene.owner, "collection list")).text


async def test_a_bad_expression_shows_the_column_in_a_code_block(scene: Scene) -> None:
    await scene.make_rule()
    refused = await scene.run(scene.owner, "rule edit", role=scene.holder, expression="friends => 2")
    assert refused.text.startswith("The expression cannot be read")
    assert "```\nColumn 9" in refused.text


async def test_a_rule_lives_from_add_to_remove(scene: Scene) -> None:
    await scene.make_rule(grace="2d")
    scene.give_friends(1, 2)
    await scene.link()
    listed = (await scene.run(scene.owner, "rule list")).text
    assert "running" in listed
    assert "1 member has the role" in listed
    assert "friends >= 2" in listed
    assert "Rule changed" in (await scene.change_rule("rule edit", role=scene.holder, grace="1h")).text
    assert "Paused" in (await scene.run(scene.owner, "rule pause", role=scene.holder)).text
    assert "paused" in (await scene.run(scene.owner, "rule list")).text
    assert "paused this rule" in (await scene.run(scene.alice, "roles why")).text
    assert "Running again" in (await scene.run(scene.owner, "rule resume", role=scene.holder)).text
    removed = await scene.change_rule("rule remove", role=scene.holder, take_roles=True)
    assert "being taken back" in removed.text
    await scene.discord.until(lambda: scene.holder.id not in scene.guild.roles_of(scene.alice))


async def test_removing_a_rule_leaves_the_roles_unless_told_otherwise(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()
    removed = await scene.change_rule("rule remove", role=scene.holder)
    assert "1 member has the role from Holdfast and keeps it" in removed.text
    await scene.run(scene.alice, "wallet refresh")
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_a_role_above_the_bot_is_refused_with_the_way_out(scene: Scene) -> None:
    await scene.make_rule()
    high = scene.guild.add_role("High", position=200)
    refused = await scene.run(scene.owner, "rule add", role=high, expression="friends")
    assert "Drag Holdfast's role above “High”" in refused.text


async def test_an_admin_cannot_hand_out_a_role_above_their_own(scene: Scene) -> None:
    await scene.make_rule()
    helper = scene.discord.add_user("helper")
    low = scene.guild.add_role("Helper", permissions=Permission.MANAGE_GUILD | Permission.MANAGE_ROLES)
    scene.guild.add_member(helper, roles=[low])
    refused = await scene.run(helper, "rule edit", role=scene.holder, grace="1h")
    assert "not below your own highest role" in refused.text


async def test_the_expression_is_completed_word_by_word(scene: Scene) -> None:
    await scene.make_rule()

    async def offered(typed: str) -> list[str]:
        choices = await scene.guild.autocomplete(
            scene.owner, "rule add", focused="expression", value=typed, role=scene.holder
        )
        return [str(choice.value) for choice in choices]

    assert await offered("fr") == ["friends"]
    assert await offered("not (fri") == ["not (friends"]
    assert await offered("friends >= 2 ") == ["friends >= 2 and", "friends >= 2 or"]


async def test_many_rules_come_in_pages_that_survive_a_restart(scene: Scene) -> None:
    await scene.make_rule()
    names = " and ".join(["friends >= 1"] + [f"friends != {number}" for number in range(20, 50)])
    for number in range(12):
        role = scene.guild.add_role(f"Role {number}")
        await scene.change_rule("rule add", role=role, expression=names)
    first = await scene.run(scene.owner, "rule list")
    assert "Page 1 of" in first.text
    await scene.stage.restart_bot()

    await (await first.press("Next")).settled()

    assert "Page 2 of" in (await first.until(lambda shown: "Page 2" in shown.text)).text


async def test_settings_are_set_shown_and_unset(scene: Scene) -> None:
    assert "`log_channel`: none" in (await scene.run(scene.owner, "settings show")).text
    changed = await scene.run(scene.owner, "settings set", log_channel=scene.log, grace="2d")
    assert f"<#{scene.log.id}>" in changed.text
    assert "`grace`: 2d" in changed.text
    assert "⚠️" not in changed.text
    back = await scene.run(scene.owner, "settings set", grace="default", unset="log_channel")
    assert "`log_channel`: none" in back.text
    assert "the default of this bot" in back.text
    assert "Nothing to change" in (await scene.run(scene.owner, "settings set")).text
    assert "not a span of time" in (await scene.run(scene.owner, "settings set", grace="soon")).text


async def test_a_log_channel_that_cannot_be_written_to_is_warned_about(scene: Scene) -> None:
    scene.guild.deny(scene.log, scene.guild.everyone, Permission.SEND_MESSAGES)
    scene.guild.deny(scene.log, scene.guild.bot_role, Permission.SEND_MESSAGES)
    await scene.stage.restart_bot()
    assert "may not post" in (await scene.run(scene.owner, "settings set", log_channel=scene.log)).text
    assert "may not post" in (await scene.run(scene.owner, "panel post", channel=scene.log)).text


async def test_the_doctor_names_what_is_wrong_first(scene: Scene) -> None:
    await scene.make_rule()
    well = await scene.run(scene.owner, "doctor")
    assert "The role can be given and taken" in well.text
    scene.guild.move_role(scene.holder, 200)
    ill = await scene.run(scene.owner, "doctor")
    assert "1 thing needs to be put right" in ill.text
    assert ill.text.index("🔴") < ill.text.index("🟡")


async def test_a_sweep_is_shown_to_its_end_and_reported(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1)
    await scene.link()
    await scene.run(scene.owner, "settings set", log_channel=scene.log)
    scene.give_friends(2)

    result = await scene.guild.command(scene.owner, "sweep now")
    await result.until(lambda shown: "finished" in shown.text)

    assert "100 %" in result.text
    assert scene.holder.id in scene.guild.roles_of(scene.alice)
    await scene.discord.until(lambda: any("Sweep finished" in m.content for m in scene.log.messages))
    status = await scene.run(scene.owner, "sweep status")
    assert "1 linked wallet of 1 member" in status.text
    assert "and ended <t:" in status.text


async def test_an_unknown_network_is_answered_with_those_there_are(scene: Scene) -> None:
    refused = await scene.run(scene.owner, "collection add", name="x", network="dogecoin", kind="any", items="")
    assert "`chia-mainnet`" in refused.text


async def test_ids_that_do_not_fit_are_refused_with_the_reason(scene: Scene) -> None:
    refused = await scene.run(
        scene.owner,
        "collection add",
        name="x",
        network="chia-mainnet",
        kind="chia-collection",
        items=chia_ids.encode("nft", bytes(32)),
    )
    assert "single NFT" in refused.text


async def test_a_sweep_that_outlasts_its_answer_says_where_the_rest_is_told(scene: Scene) -> None:
    await scene.make_rule()
    await scene.link()
    scene.stage.balances.spacescan.fail(Fault.HANG, times=None)
    result = await scene.guild.command(scene.owner, "sweep now")
    await result.until(lambda shown: "0 of 1 wallet read" in shown.text)
    again = await scene.guild.command(scene.owner, "sweep now")
    await again.until(lambda shown: "running here already" in shown.text)

    scene.clock.leap(timedelta(minutes=14))

    await result.until(lambda shown: "The sweep goes on" in shown.text)
    assert "`/sweep status`" in result.text


async def test_stopping_the_bot_ends_what_watches_a_sweep(scene: Scene) -> None:
    await scene.make_rule()
    await scene.link()
    scene.stage.balances.spacescan.fail(Fault.HANG, times=None)
    result = await scene.guild.command(scene.owner, "sweep now")
    await result.until(lambda shown: "0 of 1 wallet read" in shown.text)
    await scene.stage.stop_bot()
    assert "0 of 1 wallet read" in result.text
