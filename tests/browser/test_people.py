"""People differ: in language, screen, light, and in how they use a page."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.extensions import ChiaExtension, EthereumExtension
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting, Visitor


async def fits(visitor: Visitor) -> bool:
    """Whether nothing makes the page wider than the screen."""
    return bool(await visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def test_on_a_phone_everything_fits_and_works(logged_in: Scene, visiting: Visiting) -> None:
    wallet = EthereumExtension(logged_in.loopring)
    wallet.owner_decides.clear()
    async with visiting(wallet, is_phone=True) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button("MetaMask")).to_be_visible()
        assert await fits(visitor)
        await visitor.picture("verify-choose-phone")
        await visitor.button("MetaMask").tap()
        await visitor.sees_title("Sign the text in MetaMask")
        assert await fits(visitor)
        await visitor.picture("verify-sign-phone")
        wallet.owner_decides.set()
        await visitor.sees_title("Linked")
        assert await fits(visitor)


async def test_on_a_phone_without_a_wallet_the_page_moves_to_the_wallets_browser(
    logged_in: Scene, visiting: Visiting
) -> None:
    async with visiting(is_phone=True) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.picks("Loopring L2")
        await visitor.presses("Open in a wallet app")
        there = visitor.page.get_by_role("link", name="Open in MetaMask")
        await expect(there).to_be_focused()
        host = logged_in.origin.removeprefix("http://")
        target = await there.get_attribute("href") or ""
        assert re.fullmatch(rf"https://metamask\.app\.link/dapp/{re.escape(host)}/v/[\w-]+", target)
        await visitor.picture("verify-handover-phone")

    path = target.removeprefix(f"https://metamask.app.link/dapp/{host}")
    async with visiting(EthereumExtension(logged_in.loopring), is_phone=True) as in_wallet:
        await in_wallet.opens(f"{logged_in.origin}{path}")
        await in_wallet.presses("MetaMask")
        await in_wallet.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)


async def test_the_dark_page_is_dark(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia), colours="dark") as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.page.locator("body")).to_have_css("background-color", "rgb(15, 22, 21)")
        await visitor.picture("verify-choose-dark")
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")
        await visitor.picture("verify-linked-dark")


@pytest.mark.parametrize(
    ("locale", "language", "who", "linked"),
    [
        ("de", "de", "Verknüpft wird mit", "Verknüpft"),
        ("es-ES", "es", "Se vincula a", "Vinculada"),
        ("es-419", "es", "Se vincula a", "Vinculada"),
        ("ja", "en", "Linking to", "Linked"),
    ],
)
async def test_the_page_speaks_the_language_that_the_member_uses_in_discord(
    logged_in: Scene, visiting: Visiting, locale: str, language: str, who: str, linked: str
) -> None:
    async with visiting(ChiaExtension(logged_in.chia), language="fr") as visitor:
        await visitor.opens(await logged_in.invitation(locale=locale))
        await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        await visitor.sees(who)
        await expect(visitor.button("Goby")).to_be_visible()
        if locale == "de":
            await visitor.picture("verify-choose-german")
        await visitor.presses("Goby")
        await visitor.sees_title(linked)


async def test_the_keyboard_is_enough(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia), EthereumExtension(logged_in.loopring)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button("Goby")).to_be_visible()
        keyboard = visitor.page.keyboard

        await keyboard.press("Tab")
        await expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await keyboard.press("Enter")
        await expect(visitor.page.locator("main")).to_be_focused()
        await keyboard.press("Tab")
        await expect(visitor.page.get_by_role("radio", name="Chia", exact=True)).to_be_focused()
        await keyboard.press("ArrowRight")
        await expect(visitor.page.get_by_role("radio", name="Loopring L2", exact=True)).to_be_checked()
        await keyboard.press("Tab")
        await expect(visitor.page.get_by_text("Test networks")).to_be_focused()
        await keyboard.press("Tab")
        await expect(visitor.button("MetaMask")).to_be_focused()
        await keyboard.press("Enter")

        await visitor.sees_title("Linked")
        await expect(visitor.page.locator(".step-title")).to_be_focused()
        await keyboard.press("Tab")
        await expect(visitor.button("That’s all")).to_be_focused()
        await keyboard.press("Space")
        await visitor.sees_title("All set")
        await expect(visitor.page.locator(".step-title")).to_be_focused()


async def test_the_focus_can_be_seen(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.button("Goby").focus()
        await visitor.page.keyboard.press("Tab")
        focused = visitor.page.locator(":focus-visible")
        await expect(focused).to_have_css("outline-style", "solid")
        await expect(focused).to_have_css("outline-width", "3px")


async def test_nothing_moves_for_those_who_do_not_want_it(logged_in: Scene, visiting: Visiting) -> None:
    goby = ChiaExtension(logged_in.chia)
    goby.owner_decides.clear()
    async with visiting(goby) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Sign the text in Goby")
        await expect(visitor.page.locator(".pulse")).to_have_css("animation-name", "none")
        goby.owner_decides.set()
        await visitor.sees_title("Linked")


async def test_without_scripts_the_page_points_to_discord(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(has_scripts=False) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.sees("Linking to alice")
        await expect(visitor.page.get_by_text("This page needs JavaScript")).to_be_visible()
        await visitor.sees("press “Paste signature”")


async def test_what_is_never_asked_stands_on_every_page_that_asks_for_a_signature(
    logged_in: Scene, visiting: Visiting
) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        for address in (await logged_in.invitation(), f"{logged_in.origin}/release", logged_in.origin):
            await visitor.opens(address)
            await visitor.sees("Never a transaction, a payment or an approval")
            await visitor.sees("Never your seed phrase or a private key")
