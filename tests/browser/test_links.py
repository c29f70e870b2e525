"""A link is one person's, works once, and not for long; the browser's back button and a second tab break nothing."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.extensions import ChiaExtension
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting
from tests.e2e.acting import LeapClock


async def test_a_link_that_was_used_is_refused_elsewhere(logged_in: Scene, visiting: Visiting) -> None:
    link = await logged_in.invitation()
    async with visiting() as first:
        await first.opens(link)
        await first.sees("Linking to alice")
    async with visiting() as second:
        await second.opens(link)
        await second.sees("That did not work")
        await expect(second.page.locator("[data-code=link_used]")).to_be_visible()
        await second.sees("use /wallet link")


async def test_a_link_that_is_too_old_is_refused(logged_in: Scene, visiting: Visiting, clock: LeapClock) -> None:
    link = await logged_in.invitation()
    clock.leap(timedelta(minutes=11))
    async with visiting() as visitor:
        await visitor.opens(link)
        await expect(visitor.page.locator("[data-code=link_expired]")).to_be_visible()


async def test_a_link_is_refused_for_another_discord_account(logged_in: Scene, visiting: Visiting) -> None:
    link = await logged_in.invitation()
    mallory = logged_in.server.joined("mallory")
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        logged_in.log_in_as(mallory)
        await visitor.opens(link)
        await expect(visitor.page.locator("[data-code=other_account]")).to_be_visible()
        await visitor.picture("verify-other-account")

        logged_in.log_in_as(logged_in.alice)
        await visitor.page.get_by_role("link", name="Log in with another Discord account").click()
        await visitor.sees("Linking to alice")
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")


async def test_a_made_up_address_is_refused_in_plain_words(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(f"{logged_in.origin}/v/made-up")
        await visitor.sees("That did not work")
        await visitor.opens(f"{logged_in.origin}/no/such/page")
        await expect(visitor.page.locator("[data-code=not_found]")).to_be_visible()
        await visitor.page.get_by_role("link", name="Holdfast").click()
        await visitor.sees("Prove a wallet, get your roles")
        await visitor.picture("verify-home")


async def test_the_page_says_when_its_time_is_over(logged_in: Scene, visiting: Visiting, clock: LeapClock) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button("Goby")).to_be_visible()
        clock.leap(timedelta(minutes=16))
        await visitor.presses("Goby")

        await visitor.sees_title("This page has had its time")
        await visitor.sees("What you linked stays linked.")
        assert not logged_in.server.has(logged_in.alice, logged_in.holder)


async def test_the_back_button_shows_how_things_are_now(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")
        await visitor.page.get_by_role("link", name="Release a wallet").click()
        await visitor.sees("Is your wallet linked to somebody else")
        await visitor.page.go_back()

        await visitor.sees_title("Choose your wallet")
        await expect(visitor.page.locator("#linked-list")).to_contain_text(logged_in.chia.address.short)
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")


async def test_the_link_leads_back_to_a_session_that_it_began(logged_in: Scene, visiting: Visiting) -> None:
    link = await logged_in.invitation()
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(link)
        await visitor.presses("Goby")
        await visitor.sees_title("Linked")
        await visitor.opens(link)
        await expect(visitor.page.locator("#linked-list")).to_contain_text(logged_in.chia.address.short)


async def test_the_token_leaves_the_address_bar(logged_in: Scene, visiting: Visiting) -> None:
    link = await logged_in.invitation()
    async with visiting() as visitor:
        await visitor.opens(link)
        await visitor.sees("Linking to alice")
        assert visitor.page.url == f"{logged_in.origin}/link"


async def test_a_page_never_acts_for_another_member_than_it_shows(logged_in: Scene, visiting: Visiting) -> None:
    bob = logged_in.server.joined("bob")
    async with visiting(ChiaExtension(logged_in.chia)) as visitor:
        await visitor.opens(await logged_in.invitation())
        await expect(visitor.button("Goby")).to_be_visible()
        logged_in.log_in_as(bob)
        other_tab = await visitor.context.new_page()
        await other_tab.goto(await logged_in.invitation(bob))
        await expect(other_tab.locator("#who")).to_contain_text("bob")

        await visitor.presses("Goby")
        await visitor.sees("Linking to bob")
        await visitor.sees_title("Choose your wallet")
        assert not logged_in.server.has(bob, logged_in.holder)


async def test_a_connection_that_breaks_is_told_and_the_answer_sent_again(logged_in: Scene, visiting: Visiting) -> None:
    goby = ChiaExtension(logged_in.chia)
    goby.owner_decides.clear()
    async with visiting(goby, may_lose_connection=True) as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses("Goby")
        await visitor.sees_title("Sign the text in Goby")
        await visitor.context.set_offline(True)
        goby.owner_decides.set()
        await visitor.sees("The site could not be reached.")

        await visitor.context.set_offline(False)
        await visitor.presses("Try again")
        await visitor.sees_title("Linked")
        assert goby.asked.count("signMessage") == 1
