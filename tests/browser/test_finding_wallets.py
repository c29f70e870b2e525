"""Wallets turn up in many ways and at any time, and call themselves what they like."""

import pytest
from playwright.async_api import expect

from tests.browser.extensions import ChiaExtension, EthereumExtension
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting


async def test_wallets_that_are_injected_late_are_found(logged_in: Scene, visiting: Visiting) -> None:
    late = (EthereumExtension(logged_in.loopring, after_ms=1200), ChiaExtension(logged_in.chia, after_ms=1500))
    async with visiting(*late) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.sees("Looking for wallets")
        await visitor.picks("Loopring L2")
        await expect(visitor.button("MetaMask")).to_be_visible()
        await visitor.picks("Chia")
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")


async def test_a_wallet_that_only_stands_at_window_ethereum_is_found(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(EthereumExtension(logged_in.loopring, is_announced=False, after_ms=900)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Browser wallet")
        await visitor.sees_title("Linked")


async def test_an_announced_wallet_is_offered_once(logged_in: Scene, visiting: Visiting) -> None:
    both = (
        EthereumExtension(logged_in.loopring, is_announced=False),
        EthereumExtension(logged_in.loopring, name="Rabby", after_ms=900),
    )
    async with visiting(*both) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.picks("Loopring L2")
        await expect(visitor.button("Rabby")).to_be_visible()
        await expect(visitor.button("Browser wallet")).to_be_hidden()


@pytest.mark.parametrize(
    ("place", "flag", "name"),
    [
        ("chia", "isGoby", "Goby"),
        ("sage", "isSage", "Sage"),
        ("loroco", "isLoroco", "Loroco"),
        ("ozone", "isOzone", "Ozone"),
        ("chia", "isDIG", "DIG"),
        ("chia", "isSomething", "Browser wallet"),
    ],
)
async def test_look_alikes_of_goby_are_found_by_name(
    logged_in: Scene, visiting: Visiting, place: str, flag: str, name: str
) -> None:
    wallet = ChiaExtension(logged_in.chia, place=place, flag=flag, answers_object=True)
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(name)
        await visitor.sees_title("Linked")


async def test_markup_in_a_wallets_name_is_shown_as_text(logged_in: Scene, visiting: Visiting) -> None:
    name = "<b>Free</b><img src=x onerror=alert(1)>"
    wallet = EthereumExtension(logged_in.loopring, name=name, icon="https://example.org/spy.png")
    async with visiting(wallet) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button(name)).to_be_visible()
        assert await visitor.page.locator("main b, main img").count() == 0
        wallet.owner_decides.clear()
        await visitor.presses(name)
        await visitor.sees_title(f"Sign the text in {name}")
        wallet.owner_decides.set()
        await visitor.sees_title("Linked")


async def test_an_icon_that_cannot_be_drawn_gives_way_to_a_letter(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(EthereumExtension(logged_in.loopring, icon="data:image/png;base64,AAAA")) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button("MetaMask").locator("span.wallet-icon")).to_have_text("M")


async def test_the_network_that_there_is_a_wallet_for_comes_first(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(EthereumExtension(logged_in.loopring)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.page.get_by_role("radio", name="Loopring L2", exact=True)).to_be_checked()


async def test_without_any_wallet_the_page_says_so_and_looks_again(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.sees("No Chia wallet found")
        await visitor.page.evaluate("window.chia = { isGoby: true, request: async () => true }")
        await visitor.presses("Look again")
        await expect(visitor.button("Goby")).to_be_visible()
