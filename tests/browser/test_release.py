"""The public page: whoever has the wallet ends its link, without any Discord account."""

from bot.sandbox.wallets import ChiaForm
from tests.browser.extensions import ChiaExtension, EthereumExtension, WalletRefusalError
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting


async def test_a_wallet_is_released_from_whoever_holds_it(logged_in: Scene, visiting: Visiting) -> None:
    await logged_in.server.link(logged_in.alice, logged_in.chia)
    await logged_in.server.gives(logged_in.alice, logged_in.holder)
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(f"{logged_in.origin}/release")
        await visitor.picture("release-choose")
        await visitor.presses("Goby")

        await visitor.sees_title("Released")
        await visitor.sees(logged_in.chia.address.short)
        await logged_in.server.takes(logged_in.alice, logged_in.holder)


async def test_a_loopring_wallet_is_released(logged_in: Scene, visiting: Visiting) -> None:
    await logged_in.server.link(logged_in.alice, logged_in.loopring)
    async with visiting(EthereumExtension(logged_in.loopring)) as visitor:
        await visitor.opens(f"{logged_in.origin}/release")
        await visitor.presses("MetaMask")
        await visitor.sees_title("Released")
        await logged_in.server.takes(logged_in.alice, logged_in.holder)


async def test_a_wallet_that_nobody_holds_is_said_to_be_free(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(f"{logged_in.origin}/release")
        await visitor.presses("Goby")
        await visitor.sees_title("Nothing to release")


async def test_who_declines_releases_nothing(logged_in: Scene, visiting: Visiting) -> None:
    await logged_in.server.link(logged_in.alice, logged_in.chia)
    await logged_in.server.gives(logged_in.alice, logged_in.holder)
    goby = ChiaExtension(logged_in.chia)
    goby.refusal = WalletRefusalError(4001, "no")
    async with visiting(goby) as visitor:
        await visitor.opens(f"{logged_in.origin}/release")
        await visitor.presses("Goby")
        await visitor.sees("You declined in Goby")
        assert logged_in.server.has(logged_in.alice, logged_in.holder)


async def test_a_signature_made_elsewhere_releases_too(logged_in: Scene, visiting: Visiting) -> None:
    await logged_in.server.link(logged_in.alice, logged_in.chia)
    await logged_in.server.gives(logged_in.alice, logged_in.holder)
    async with visiting() as visitor:
        await visitor.opens(f"{logged_in.origin}/release")
        await visitor.presses("Sign elsewhere and paste")
        await visitor.presses("Get the text")
        await visitor.sees_title("Sign exactly this text")
        text = await visitor.page.locator("pre").first.inner_text()
        assert "unlink" in text
        await visitor.page.get_by_label("What your wallet gave you").fill(logged_in.chia.sign(text, ChiaForm.CLI))
        await visitor.presses("Check the signature")

        await visitor.sees_title("Released")
        await logged_in.server.takes(logged_in.alice, logged_in.holder)
