"""Where no Discord login is set up, a code that is typed into Discord completes the first proof."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.extensions import ChiaExtension, EthereumExtension
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting, Visitor
from tests.e2e.acting import LeapClock


async def code_on(visitor: Visitor) -> str:
    await visitor.sees_title("One more step, in Discord")
    return await visitor.page.locator("output.code").inner_text()


async def test_the_code_links_the_wallet_and_the_page_goes_on_by_itself(by_code: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(by_code.chia)) as visitor:
        await visitor.opens(await by_code.invitation())
        await visitor.sees("Linking to alice in Friends")
        await visitor.picture("verify-start")
        await visitor.presses("Start")
        await visitor.presses("Goby")
        code = await code_on(visitor)
        await visitor.hears(" ".join(code))
        await visitor.picture("verify-code")
        assert not by_code.server.has(by_code.alice, by_code.holder)

        await by_code.enter_code(code)
        await by_code.server.gives(by_code.alice, by_code.holder)
        await visitor.sees_title("Linked")
        await visitor.sees("Holder")


async def test_after_one_code_further_wallets_need_none(by_code: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(by_code.chia), EthereumExtension(by_code.loopring)) as visitor:
        await visitor.opens(await by_code.invitation())
        await visitor.presses("Start")
        await visitor.presses("Goby")
        await by_code.enter_code(await code_on(visitor))
        await visitor.sees_title("Linked")
        await visitor.presses("Link another address")
        await visitor.picks("Loopring L2")
        await visitor.presses("MetaMask")

        await visitor.sees_title("Linked")
        await expect(visitor.page.locator("#linked-list li")).to_have_count(2)


async def test_a_page_that_was_loaded_again_still_waits_for_the_code(by_code: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(by_code.chia)) as visitor:
        await visitor.opens(await by_code.invitation())
        await visitor.presses("Start")
        await visitor.presses("Goby")
        code = await code_on(visitor)
        await visitor.page.reload()
        await visitor.sees("It is shown once only.")
        await visitor.sees(by_code.chia.address.short)

        await by_code.enter_code(code)
        await visitor.sees_title("Linked")


async def test_a_code_that_was_never_typed_links_nothing(by_code: Scene, visiting: Visiting, clock: LeapClock) -> None:
    async with visiting(ChiaExtension(by_code.chia)) as visitor:
        await visitor.opens(await by_code.invitation())
        await visitor.presses("Start")
        await visitor.presses("Goby")
        await code_on(visitor)
        clock.leap(timedelta(minutes=6))

        await visitor.sees("The code has expired or was typed wrong too often, so nothing was linked.")
        assert not by_code.server.has(by_code.alice, by_code.holder)
        await visitor.presses("Try again")
        await visitor.presses("Goby")
        await by_code.enter_code(await code_on(visitor))
        await visitor.sees_title("Linked")


async def test_the_start_button_uses_the_link_once_even_when_pressed_twice(by_code: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(await by_code.invitation())
        await visitor.button("Start").dblclick()
        await visitor.sees_title("Choose your wallet")
        assert visitor.page.url == f"{by_code.origin}/link"


async def test_a_second_tab_goes_on_with_the_session_of_the_first(by_code: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        link = await by_code.invitation()
        await visitor.opens(link)
        second = await visitor.context.new_page()
        await second.goto(link)
        await visitor.presses("Start")
        await visitor.sees_title("Choose your wallet")
        await second.get_by_role("button", name="Start").click()
        await expect(second.locator(".step-title")).to_have_text("Choose your wallet")
