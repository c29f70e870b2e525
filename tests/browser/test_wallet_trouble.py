"""What can go wrong between page and wallet is said in plain words, and can be tried again."""

from playwright.async_api import expect

from bot.sandbox.wallets import EthereumTestWallet
from tests.browser.extensions import ChiaExtension, EthereumExtension, WalletRefusalError
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting

NO = WalletRefusalError(4001, "User <b>rejected</b> the request.")


async def test_who_declines_in_the_wallet_can_try_again(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.refusal = NO
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")

        await visitor.sees("You declined in MetaMask, so nothing has changed.")
        await visitor.sees("MetaMask says: User <b>rejected</b> the request.")
        await visitor.hears("You declined")
        await visitor.picture("verify-declined")
        assert not logged_in.server.has(logged_in.alice, logged_in.holder)

        await visitor.presses("Try again")
        await visitor.sees_title("Linked")


async def test_who_declines_on_chia_can_choose_another_wallet(logged_in: Scene, visiting: Visiting) -> None:
    goby = ChiaExtension(logged_in.chia)
    goby.refusal = WalletRefusalError(4002, "userRejectedRequest")
    async with visiting(goby) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees("You declined in Goby")
        await visitor.presses("Choose another wallet")
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")


async def test_a_signature_of_another_account_proves_nothing(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.signs_with = EthereumTestWallet.from_seed("somebody else")
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.sees_title("That did not work")
        await expect(visitor.page.locator(".problem")).not_to_be_empty()
        assert not logged_in.server.has(logged_in.alice, logged_in.holder)
        assert visitor.refusals != []

        wallet.signs_with = None
        await visitor.presses("Try again")
        await visitor.sees_title("Linked")


async def test_a_wallet_that_switched_accounts_is_found_out_before_signing(
    logged_in: Scene, visiting: Visiting
) -> None:
    other = EthereumTestWallet.from_seed("other")
    wallet = EthereumExtension(logged_in.loopring, other)
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.sees_title("Which address in MetaMask?")
        wallet.wallets = [other]
        await visitor.presses(logged_in.loopring.address.display)

        await visitor.sees("MetaMask has switched to another account")
        assert "personal_sign" not in wallet.asked


async def test_a_locked_wallet_is_told_apart(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.is_locked = True
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.sees("MetaMask is locked or shows no address")
        wallet.is_locked = False
        await visitor.presses("Try again")
        await visitor.sees_title("Linked")


async def test_a_chia_wallet_on_the_testnet_is_told_to_switch(logged_in: Scene, visiting: Visiting) -> None:
    goby = ChiaExtension(logged_in.chia, chain="testnet11")
    async with visiting(goby) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees("Goby is on another network, and this is for Chia.")
        goby.chain = "mainnet"
        await visitor.presses("Try again")
        await visitor.sees_title("Linked")


async def test_a_request_that_is_open_already_is_told_apart(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.refusal = WalletRefusalError(-32002, "Already processing")
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.sees("MetaMask still has a question open")


async def test_one_can_stop_waiting_and_a_late_answer_changes_nothing(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.owner_decides.clear()
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("MetaMask")
        await visitor.sees_title("Sign the text in MetaMask")
        await visitor.presses("Stop waiting")
        await visitor.sees_title("Choose your wallet")
        wallet.owner_decides.set()
        await visitor.presses("MetaMask")
        await visitor.sees_title("Linked")

        assert wallet.asked.count("personal_sign") == 2
        assert visitor.asked_for("/api/proof") == 1


async def test_a_double_click_asks_the_wallet_once(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.button("MetaMask").dblclick()
        await visitor.sees_title("Linked")

        assert wallet.asked.count("personal_sign") == 1
        assert visitor.asked_for("/api/challenge") == 1
        assert visitor.asked_for("/api/proof") == 1
