"""What members see of their wallets and roles."""

from datetime import timedelta

from bot.sandbox.balances import Fault
from bot.sandbox.wallets import EthereumTestWallet

from .conftest import Scene, nft, text_to_sign


async def test_a_member_without_a_wallet_is_told_how_to_begin(scene: Scene) -> None:
    assert "/wallet link" in (await scene.run(scene.alice, "wallet list")).text
    assert "/wallet link" in (await scene.run(scene.alice, "wallet refresh")).text
    assert "/rule add" in (await scene.run(scene.alice, "roles why")).text


async def test_the_list_shows_wallets_shortened(scene: Scene) -> None:
    scene.give_friends(1)
    await scene.link()
    listed = await scene.run(scene.alice, "wallet list")
    assert listed.ephemeral
    assert scene.wallet.address.short in listed.text
    assert scene.wallet.address.text not in listed.text
    assert "1 NFT," in listed.text


async def test_unlinking_takes_the_role_at_once(scene: Scene) -> None:
    await scene.make_rule(grace="3d")
    scene.give_friends(1, 2)
    await scene.link()
    choices = await scene.guild.autocomplete(scene.alice, "wallet unlink", focused="wallet", value="xch")
    assert [choice.name for choice in choices] == [f"Chia {scene.wallet.address.short}"]

    result = await scene.run(scene.alice, "wallet unlink", wallet=choices[0].value)

    assert "Unlinked" in result.text
    assert f"<@&{scene.holder.id}>" in result.text
    assert scene.holder.id not in scene.guild.roles_of(scene.alice)


async def test_nobody_unlinks_the_wallet_of_somebody_else(scene: Scene) -> None:
    await scene.link()
    bob = scene.discord.add_user("bob")
    scene.guild.add_member(bob)
    assert await scene.guild.autocomplete(bob, "wallet unlink", focused="wallet", value="") == ()
    assert "not one of your linked wallets" in (await scene.run(bob, "wallet unlink", wallet="1")).text


async def test_refreshing_brings_a_role_without_waiting(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1)
    await scene.link()
    assert scene.holder.id not in scene.guild.roles_of(scene.alice)
    scene.give_friends(2)
    scene.clock.leap(timedelta(minutes=2))

    result = await scene.run(scene.alice, "wallet refresh")

    assert f"You were given <@&{scene.holder.id}>" in result.text
    assert "2 NFTs" in result.text


async def test_why_counts_what_each_wallet_holds(scene: Scene) -> None:
    await scene.make_rule("friends >= 3")
    scene.give_friends(1, 2)
    await scene.link()

    why = await scene.run(scene.alice, "roles why")

    assert "You do not meet this" in why.text
    assert "`friends`: 2 counted, `>= 3` asked for" in why.text
    assert f"Chia `{scene.wallet.address.short}` holds 2" in why.text


async def test_why_tells_of_a_frozen_role(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()
    scene.stage.balances.spacescan.fail(Fault.FORBIDDEN, times=None)
    scene.clock.leap(timedelta(minutes=2))
    await scene.run(scene.alice, "wallet refresh")

    why = await scene.run(scene.alice, "roles why")

    assert "Your role stays as it is" in why.text
    assert "could not be read since <t:" in why.text
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_why_tells_when_the_grace_period_ends(scene: Scene) -> None:
    await scene.make_rule(grace="2d")
    scene.give_friends(1, 2)
    await scene.link()
    scene.stage.balances.spacescan.take(scene.wallet.address, nft(1))
    scene.clock.leap(timedelta(minutes=2))
    await scene.run(scene.alice, "wallet refresh")

    why = await scene.run(scene.alice, "roles why")

    assert "You keep the role until <t:" in why.text
    assert "Last change: the role was given" in why.text
    assert scene.holder.id in scene.guild.roles_of(scene.alice)


async def test_why_tells_of_a_role_that_was_taken_by_hand(scene: Scene) -> None:
    await scene.make_rule()
    scene.give_friends(1, 2)
    await scene.link()
    scene.clock.leap(timedelta(minutes=2))
    await scene.run(scene.alice, "wallet refresh")  # sees that the role stuck
    scene.guild.take_role(scene.alice, scene.holder)
    for _ in range(2):
        scene.clock.leap(timedelta(minutes=2))
        await scene.run(scene.alice, "wallet refresh")

    assert "took this role from you by hand" in (await scene.run(scene.alice, "roles why")).text
    assert scene.holder.id not in scene.guild.roles_of(scene.alice)


async def test_twenty_wallets_fit_into_one_answer(scene: Scene) -> None:
    for number in range(20):
        account = EthereumTestWallet.from_seed(f"wallet {number}")
        request = await scene.run(scene.alice, "wallet link", network="loopring", address=account.address.text)
        await scene.answer(request, account.sign(text_to_sign(request.message)))
    listed = await scene.run(scene.alice, "wallet list")
    assert listed.text.count("Loopring L2") == 20
    assert "/roles why" in listed.text
