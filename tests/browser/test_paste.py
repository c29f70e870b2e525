"""Without a wallet in the browser: take the text along, bring the signature back."""

import pytest
from playwright.async_api import expect

from bot.sandbox.wallets import ChiaForm, EthereumForm
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting, Visitor

PASTE = "Sign elsewhere and paste"
ANSWER = "What your wallet gave you"
CHECK = "Check the signature"
SEED = "abandon ability able about above absent absorb abstract absurd abuse access accident"


async def text_to_sign(visitor: Visitor) -> str:
    await visitor.sees_title("Sign exactly this text")
    return await visitor.page.locator("pre").first.inner_text()


@pytest.mark.parametrize("form", [ChiaForm.CLI, ChiaForm.GUI_JSON, ChiaForm.SAGE_JSON])
async def test_a_chia_signature_is_pasted(logged_in: Scene, visiting: Visiting, form: ChiaForm) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        text = await text_to_sign(visitor)
        await visitor.page.get_by_label(ANSWER).fill(logged_in.chia.sign(text, form))
        await visitor.presses(CHECK)

        await visitor.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)


async def test_a_loopring_signature_is_pasted(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.picks("Loopring L2")
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        await visitor.sees("Enter your address")
        await visitor.page.get_by_label("Your address on Loopring L2").fill("0x1234")
        await visitor.presses("Get the text")
        await expect(visitor.page.locator("#address-problem")).to_contain_text("address")
        await visitor.page.get_by_label("Your address on Loopring L2").fill(logged_in.loopring.address.display)
        await visitor.presses("Get the text")
        text = await text_to_sign(visitor)
        await visitor.picture("verify-paste")
        await visitor.page.get_by_label(ANSWER).fill(logged_in.loopring.sign(text, EthereumForm.MEW_JSON))
        await visitor.presses(CHECK)

        await visitor.sees_title("Linked")
        await logged_in.server.gives(logged_in.alice, logged_in.holder)


async def test_the_command_to_copy_is_complete(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        text = await text_to_sign(visitor)
        await visitor.page.get_by_text("How do I sign a text?").click()
        await expect(visitor.page.locator("details pre")).to_have_text(f'chia wallet sign_message -a xch1… -m "{text}"')


async def test_a_text_is_copied_letter_by_letter(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        text = await text_to_sign(visitor)
        await visitor.presses("Copy the text")
        await visitor.hears("Copied")
        assert await visitor.page.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("secret", [SEED, SEED.upper(), "1. " + SEED.replace(" ", "\n2) "), f"0x{7:064x}", f"{7:064x}"])
async def test_seed_phrases_and_private_keys_never_leave_the_page(
    logged_in: Scene, visiting: Visiting, secret: str
) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        await text_to_sign(visitor)
        await visitor.page.get_by_label(ANSWER).fill(secret)
        await visitor.presses(CHECK)

        await visitor.sees("looks like a seed phrase or a private key, so it was not sent")
        await expect(visitor.page.get_by_label(ANSWER)).to_have_value("")
        assert visitor.asked_for("/api/proof") == 0


async def test_a_wrong_answer_is_explained_and_a_new_text_is_given(logged_in: Scene, visiting: Visiting) -> None:
    async with visiting() as visitor:
        await visitor.opens(await logged_in.invitation())
        await visitor.presses(PASTE)
        await visitor.presses("Get the text")
        first = await text_to_sign(visitor)
        await visitor.page.get_by_label(ANSWER).fill("I do not know")
        await visitor.presses(CHECK)
        await visitor.sees_title("That did not work")
        await visitor.presses("Try again")
        await visitor.presses("Get the text")
        assert await text_to_sign(visitor) != first
