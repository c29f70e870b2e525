"""What people in Discord do in a few clicks, from the command to the bot's whole answer.

Waits end with `NoAnswer` when the bot does not get that far.
"""

from typing import Protocol

from bot.domain.addresses import Address
from bot.sandbox.discord import Guild, InteractionResult, Message, SandboxError, User, Value, message_text
from bot.sandbox.discord.jsontypes import JsonObject

PASTE_BUTTON = "Paste signature"
PANEL_BUTTON = "Link a wallet"
CONFIRM_BUTTON = "Confirm"
NETWORK_MENU = "Where is your wallet?"
_FENCE = "```"
SWEEP_WITHIN = 60.0
"""Seconds until a sweep of a handful of wallets must have ended, a provider that is down included."""


class Wallet(Protocol):
    """A wallet that signs."""

    address: Address

    def sign(self, text: str) -> str:
        """Return what the owner would copy out of the wallet after signing."""


async def use(guild: Guild, user: User, command: str, /, **options: Value) -> InteractionResult:
    """Use a slash command and wait for its answer."""
    return await (await guild.command(user, command, in_channel=None, **options)).settled()


async def change_rule(guild: Guild, user: User, command: str, **options: Value) -> InteractionResult:
    """Use a command that changes a rule and confirm its preview. A refusal has nothing to confirm."""
    asked = await use(guild, user, command, **options)
    return await confirm(asked) if CONFIRM_BUTTON in button_labels(asked) else asked


async def confirm(asked: InteractionResult) -> InteractionResult:
    """Confirm a preview; the result takes its place."""
    shown = asked.text
    await (await asked.press(CONFIRM_BUTTON)).settled()
    return await asked.until(lambda now: now.text != shown and not now.text.startswith("Saving"))


def button_labels(answer: InteractionResult) -> list[str]:
    """The buttons of an answer."""
    return [str(part.get("label")) for row in answer.components for part in _parts(row)]


def _parts(row: JsonObject) -> list[JsonObject]:
    parts = row.get("components")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


async def ask_to_link(guild: Guild, user: User, wallet: Wallet) -> InteractionResult:
    """Get a signing request for a wallet by `/wallet link`. The address is given where it must be known first."""
    options: dict[str, Value] = {"network": wallet.address.network.value}
    if wallet.address.text.startswith("0x"):
        options["address"] = wallet.address.display
    return await use(guild, user, "wallet link", **options)


async def press_panel(guild: Guild, user: User, panel: Message, wallet: Wallet) -> InteractionResult:
    """Get a signing request by the panel's button and the menu behind it, for a network that needs no address."""
    menu = await guild.press(user, panel, PANEL_BUTTON)
    await (await menu.select(NETWORK_MENU, [wallet.address.network.label])).settled()
    return await menu.until(lambda shown: _FENCE in shown.text)


async def paste(request: InteractionResult, pasted: str) -> InteractionResult:
    """Answer a signing request in its form. The result takes the place of the request, or asks once more."""
    form = await request.press(PASTE_BUTTON)
    shown = request.text
    await (await form.submit({form.modal.fields[0].label: pasted})).settled()
    return await request.until(lambda now: now.text != shown and not now.text.startswith("Checking"))


async def link(guild: Guild, user: User, wallet: Wallet) -> InteractionResult:
    """Link a wallet by command, from the request to the result."""
    request = await ask_to_link(guild, user, wallet)
    return await paste(request, wallet.sign(text_to_sign(request)))


async def sweep(guild: Guild, admin: User) -> InteractionResult:
    """Have all wallets read now, and wait until that is over."""
    asked = await use(guild, admin, "sweep now")
    return await swept(asked)


async def swept(asked: InteractionResult) -> InteractionResult:
    """Wait until a sweep that was asked for is over."""
    return await asked.until(lambda shown: "finished" in shown.text, timeout=SWEEP_WITHIN)


def text_to_sign(request: InteractionResult) -> str:
    """The exact text in a signing request. Raises `SandboxError` when there is none."""
    parts = message_text(request.message).split(f"{_FENCE}\n")
    if len(parts) < 2:
        raise SandboxError(f"there is no text to sign in the answer: {request.text!r}")
    return parts[1].removesuffix("\n")
