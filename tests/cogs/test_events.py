"""Events, and what people see when something goes wrong."""

import re

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreBusyError
from bot.services.memberships import Memberships
from bot.services.rules import RuleAdmin
from bot.services.wallets import MemberWallets

from .conftest import Scene, text_to_sign


async def test_a_deleted_role_stops_its_rule_and_is_told(scene: Scene) -> None:
    await scene.make_rule()
    await scene.run(scene.owner, "settings set", log_channel=scene.log)
    scene.guild.delete_role(scene.holder)
    await scene.discord.until(lambda: any("is stopped" in message.content for message in scene.log.messages))
    assert "the role is gone" in (await scene.run(scene.owner, "rule list")).text


async def test_the_rule_of_a_deleted_role_can_be_removed_although_nobody_can_name_the_role(scene: Scene) -> None:
    await scene.make_rule()
    other = scene.guild.add_role("Other")
    await scene.change_rule("rule add", role=other, expression="friends")
    assert "name the rule's `role`" in (await scene.run(scene.owner, "rule remove")).text
    assert "not one rule whose role was deleted" in (await scene.run(scene.owner, "rule remove", deleted="Holder")).text
    scene.guild.delete_role(scene.holder)
    choices = await scene.guild.autocomplete(scene.owner, "rule remove", focused="deleted", value="hold")
    assert [choice.name for choice in choices] == ["@Holder: friends >= 2"]

    removed = await scene.change_rule("rule remove", deleted=choices[0].value)

    assert "Rule removed" in removed.text
    assert "Holder" in removed.text
    listed = (await scene.run(scene.owner, "rule list")).text
    assert "friends >= 2" not in listed
    assert f"<@&{other.id}>" in listed


async def test_who_comes_back_has_the_role_again_without_signing(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()
    scene.guild.remove_member(scene.alice)
    scene.guild.add_member(scene.alice)
    await scene.discord.until(lambda: scene.holder.id in scene.guild.roles_of(scene.alice))


async def test_being_removed_from_a_server_and_added_again_is_survived(scene: Scene) -> None:
    await scene.make_rule()
    scene.guild.remove_bot()
    scene.guild.add_bot()
    listed = await scene.run(scene.owner, "rule list")
    assert "friends >= 2" in listed.text


async def test_a_fault_of_ours_gives_a_reference_that_is_in_the_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(RuleAdmin, "of_guild", broken)
    with capture_logs() as lines:
        answer = await scene.run(scene.owner, "rule list")
    found = re.search(r"reference `([0-9A-F]{6})`", answer.text)
    assert found is not None
    assert answer.ephemeral
    failed = [line for line in lines if line["event"] == "interaction.failed"]
    assert failed[0]["reference"] == found[1]
    assert failed[0]["what"] == "rule list"


async def test_a_busy_database_is_said_plainly(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> None:
        raise StoreBusyError("The database is busy. Nothing was changed. Try again in a minute.")

    for reading in ("of", "listed"):
        monkeypatch.setattr(MemberWallets, reading, busy)
    assert "The database is busy" in (await scene.run(scene.alice, "wallet list")).text
    assert await scene.guild.autocomplete(scene.alice, "wallet unlink", focused="wallet", value="") == ()


async def test_a_busy_database_leaves_the_way_to_send_the_signature_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
    signature = scene.wallet.sign(text_to_sign(request.message))
    busy = StoreBusyError("The database is busy. Nothing was changed. Try again in a minute.")
    with monkeypatch.context() as patch:

        async def refuse(*_: object) -> None:
            raise busy

        patch.setattr(scene.stage.holdfast.services.onboarding._linking.__class__, "prove", refuse)
        shown = await scene.answer(request, signature)
        assert "The database is busy" in shown.text
    assert "Linked" in (await scene.answer(shown, signature)).text


async def test_a_missed_event_is_only_logged(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> None:
        raise StoreBusyError("The database is busy.")

    monkeypatch.setattr(Memberships, "role_deleted", busy)
    with capture_logs() as lines:
        scene.guild.delete_role(scene.holder)
        await scene.run(scene.owner, "rule list")  # comes after the event
    assert "event.missed" in [line["event"] for line in lines]


async def test_no_log_line_holds_an_address_or_a_signature(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    with capture_logs() as lines:
        await scene.link()
        await scene.run(scene.alice, "wallet unlink", wallet=scene.wallet.address.text)
    assert scene.wallet.address.text not in str(lines)
    assert str(scene.wallet.public_key) not in str(lines)
