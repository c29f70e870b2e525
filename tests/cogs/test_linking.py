"""Linking a wallet, from the command or the panel to the role."""

import re
from datetime import timedelta

from bot.sandbox.balances import Fault
from bot.sandbox.wallets import ChiaForm, ChiaTestWallet, EthereumTestWallet

from .conftest import Scene, text_to_sign


async def test_a_member_links_a_wallet_and_has_the_role_at_once(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)

    result = await scene.link()

    assert "Linked" in result.text
    assert f"<@&{scene.holder.id}>" in result.text
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_the_request_says_what_happens_and_shows_the_exact_text(scene: Scene) -> None:
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")

    assert request.ephemeral
    assert str(scene.alice.id) in text_to_sign(request.message)
    assert "seed phrase" in request.text
    assert "chia wallet sign_message -a xch1… -m" in request.text
    assert re.search(r"<t:\d+:R>", request.text)
    assert scene.wallet.address.text not in str(request.message.components)


async def test_every_form_that_a_wallet_prints_is_taken(scene: Scene) -> None:
    for form in (ChiaForm.CLI, ChiaForm.GUI_JSON, ChiaForm.SAGE_JSON):
        request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
        result = await scene.answer(request, scene.wallet.sign(text_to_sign(request.message), form))
        assert scene.wallet.address.short in result.text


async def test_a_wrong_answer_says_why_and_brings_a_fresh_text_in_the_same_message(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
    first = text_to_sign(request.message)

    again = await scene.answer(request, scene.wallet.sign("something else"))
    assert "Not linked" in again.text
    second = text_to_sign(again.message)
    assert second != first

    stale = await scene.answer(again, scene.wallet.sign(first))
    assert "Not linked" in stale.text
    third = text_to_sign(stale.message)
    result = await scene.answer(stale, scene.wallet.sign(third))
    assert "Linked" in result.text
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_an_expired_text_is_replaced_by_a_new_one(scene: Scene) -> None:
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
    first = text_to_sign(request.message)
    scene.clock.leap(timedelta(minutes=11))

    again = await scene.answer(request, scene.wallet.sign(first))

    assert "expired" in again.text
    assert "Linked" in (await scene.answer(again, scene.wallet.sign(text_to_sign(again.message)))).text


async def test_the_paste_button_and_an_open_form_survive_a_restart(scene: Scene) -> None:
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
    signature = scene.wallet.sign(text_to_sign(request.message))
    await scene.stage.restart_bot()
    form = await request.press("Paste signature")
    await scene.stage.restart_bot()

    await (await form.submit({"text": signature})).settled()

    assert "Linked" in (await request.until(lambda shown: "Checking" not in shown.text)).text


async def test_the_panel_leads_from_the_button_to_the_role(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    posted = await scene.run(scene.owner, "panel post", channel=scene.log)
    assert "Panel posted" in posted.text
    await scene.stage.restart_bot()
    panel = scene.log.messages[-1]
    assert "never writes to you first" in str(panel.embeds)

    start = await scene.guild.press(scene.alice, panel, "Link a wallet")
    assert start.ephemeral
    await (await start.select("hf:v1:network", ["chia-mainnet"])).settled()
    request = await start.until(lambda shown: "```" in shown.text)
    result = await scene.answer(request, scene.wallet.sign(text_to_sign(request.message)))

    assert "Linked" in result.text
    assert panel.edits == []
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_an_ethereum_style_wallet_is_asked_for_its_address_first(
    scene: Scene, account: EthereumTestWallet
) -> None:
    await scene.run(scene.owner, "panel post")
    panel = scene.guild.channel_named("general").messages[-1]
    start = await scene.guild.press(scene.alice, panel, "Link a wallet")
    form = await start.select("hf:v1:network", ["loopring"])
    assert "Loopring" in form.modal.title
    await (await form.submit({"text": account.address.display})).settled()
    request = await start.until(lambda shown: "```" in shown.text)
    assert "personal_sign" in request.text

    result = await scene.answer(request, account.sign(text_to_sign(request.message)))

    assert "Linked" in result.text


async def test_the_command_takes_the_address_or_asks_for_it(scene: Scene, account: EthereumTestWallet) -> None:
    asked = await scene.guild.command(scene.alice, "wallet link", network="loopring")
    assert asked.opened_modal
    refused = await (await asked.submit({"text": "alice.eth"})).settled()
    assert "names can change hands" in refused.text
    assert refused.ephemeral

    named = await scene.run(scene.alice, "wallet link", network="loopring", address=account.address.text)
    assert account.address.display in text_to_sign(named.message)


async def test_a_request_cannot_be_answered_by_somebody_else(scene: Scene) -> None:
    mallory = scene.discord.add_user("mallory")
    scene.guild.add_member(mallory)
    request = await scene.run(scene.alice, "wallet link", network="chia-mainnet")
    own = await scene.run(mallory, "wallet link", network="chia-mainnet")
    form = await own.press("Paste signature")
    answered = await form.submit({"text": scene.wallet.sign(text_to_sign(request.message))})
    await answered.settled()

    assert "Not linked" in (await own.until(lambda shown: "Checking" not in shown.text)).text
    assert "no wallet linked" in (await scene.run(mallory, "wallet list")).text


async def test_a_proof_stands_while_the_balance_service_is_down(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    scene.stage.balances.spacescan.fail(Fault.FORBIDDEN, times=None)

    result = await scene.link()
    assert "Your proof stands" in result.text
    assert "refuses this bot's access" in result.text
    assert scene.holder.id not in scene.guild.roles_of(scene.alice)

    scene.stage.balances.spacescan.heal()
    scene.clock.leap(timedelta(minutes=5))
    await scene.discord.until(lambda: scene.holder.id in scene.guild.roles_of(scene.alice))


async def test_a_newer_proof_moves_the_wallet_without_naming_its_former_holder(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    bob = scene.discord.add_user("bob")
    scene.guild.add_member(bob)
    await scene.link()

    result = await scene.link(bob)

    assert "another member" in result.text
    assert str(scene.alice.id) not in result.text
    await scene.discord.until(lambda: scene.holder.id not in scene.guild.roles_of(scene.alice))
    assert scene.holder.id in scene.guild.roles_of(bob)


async def test_a_wallet_that_holds_nothing_hints_at_other_addresses(scene: Scene) -> None:
    await scene.make_rule()
    result = await scene.link(wallet=ChiaTestWallet.from_seed("empty"))
    assert "many addresses" in result.text
    assert "/roles why" in result.text
