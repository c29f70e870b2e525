"""The happy paths: a real signature in the page, a real role in Discord."""

from playwright.async_api import expect

from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.browser.extensions import ChiaExtension, EthereumExtension
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting
from tests.e2e.acting import friend


async def test_a_chia_wallet_is_linked_and_the_role_appears(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.sees("Linking to alice in Friends")
        await visitor.picture("verify-choose")
        await visitor.presses("Goby")

        await visitor.sees_title("Linked")
        await visitor.sees(logged_in.chia.address.short)
        await logged_in.server.gives(logged_in.alice, logged_in.holder)
        await visitor.sees("You were given:")
        await visitor.sees("Holder")
        await visitor.hears("Holder")
        await visitor.picture("verify-linked")


async def test_a_loopring_wallet_is_linked_and_the_role_appears(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(EthereumExtension(logged_in.loopring)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")

        await visitor.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)
        await visitor.sees("You were given:")


async def test_several_addresses_of_one_wallet_are_linked_one_after_another(
    logged_in: Scene, visiting: Visiting
) -> None:
    wallets = [ChiaTestWallet.from_seed("several", index=number) for number in range(3)]
    logged_in.server.hand(wallets[1], friend(1))
    async with visiting(ChiaExtension(*wallets)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Which address in Goby?")
        await visitor.picture("verify-addresses")
        await visitor.presses(wallets[0].address.text)
        await visitor.sees_title("Linked")
        await visitor.sees("None of your roles changed")

        await visitor.presses("Link another address")
        await visitor.sees_title("Which address in Goby?")
        await expect(visitor.button(f"{wallets[0].address.text} linked")).to_be_visible()
        await visitor.presses(wallets[1].address.text)
        await visitor.sees("You were given:")
        await visitor.presses("That’s all")

        await visitor.sees_title("All set")
        await visitor.sees("Wallets linked here just now: 2")
        await visitor.sees("Holder")
        await expect(visitor.page.locator("#linked-list li")).to_have_count(2)


async def test_wallets_of_both_networks_are_linked_in_one_visit(logged_in: Scene, visiting: Visiting) -> None:
    both = (ChiaExtension(logged_in.chia), EthereumExtension(logged_in.loopring))
    async with visiting(*both) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")
        await visitor.presses("That’s all")
        await visitor.presses("Link another address")
        await visitor.picks("Loopring L2")
        await visitor.presses("MetaMask")

        await visitor.sees_title("Linked")
        await expect(visitor.page.locator("#linked-list li")).to_have_count(2)


async def test_the_page_shows_the_very_text_that_the_wallet_shows(logged_in: Scene, visiting: Visiting) -> None:
    goby = ChiaExtension(logged_in.chia)
    goby.owner_decides.clear()
    async with visiting(goby) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Sign the text in Goby")
        await visitor.picture("verify-sign")

        shown = await visitor.page.locator("figure pre").inner_text()
        assert f"id {logged_in.alice.id}" in shown
        assert "do not sign" in shown
        await visitor.page.get_by_text("My wallet shows letters and digits only").click()
        assert await visitor.page.locator("details pre").inner_text() == shown.encode().hex()

        goby.owner_decides.set()
        await visitor.sees_title("Linked")


async def test_a_wallet_that_was_somebody_elses_changes_hands_in_plain_words(
    logged_in: Scene, visiting: Visiting
) -> None:
    bob = logged_in.server.joined("bob")
    await logged_in.server.link(bob, logged_in.chia)
    await logged_in.server.gives(bob, logged_in.holder)
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")

        await visitor.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)
        await logged_in.server.takes(bob, logged_in.holder)


async def test_every_address_is_derived_from_its_key_as_the_server_does_it(
    logged_in: Scene, visiting: Visiting
) -> None:
    wallets = [ChiaTestWallet.from_seed("many", index=number) for number in range(20)]
    async with visiting(ChiaExtension(*wallets)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Which address in Goby?")

        shown = await visitor.page.locator(".account .address").all_inner_texts()
        assert shown == [wallet.address.text for wallet in wallets]


async def test_an_account_among_several_is_chosen_on_loopring(logged_in: Scene, visiting: Visiting) -> None:
    other = EthereumTestWallet.from_seed("other")
    async with visiting(EthereumExtension(other, logged_in.loopring)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.presses(logged_in.loopring.address.display)

        await visitor.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)
