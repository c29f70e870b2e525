"""The way to the verify page: its link, what the wallet will show there, and the ways around it."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.domain.challenges import Challenge
from bot.domain.networks import Network
from bot.services.web_sessions import Invitation
from bot.views.answers import Answer, untracked
from bot.views.link_items import CodeButton, PasteButton, PastePathButton
from bot.views.text import code_block, relative


@dataclass(frozen=True, slots=True)
class TextToCome:
    """What a wallet on a network will show. Without a challenge some of it is not known yet."""

    network: Network
    text: str
    challenge: Challenge | None = None


def page_invitation(
    origin: str, invitation: Invitation, texts: Sequence[TextToCome], network: Network | None, *, wants_code: bool
) -> Answer:
    """Lead a member to the page. `network` is set when they chose one already."""
    lines = [
        f"**Link your wallet** on {origin}. The link is yours alone, works once, and ends "
        f"{relative(invitation.link.expires_at)}: do not pass it on.",
    ]
    for to_come in texts:
        known = "exactly this text" if to_come.challenge is not None else "this text"
        lines += [f"Your {to_come.network.label} wallet will show {known}; sign no other:", code_block(to_come.text)]
    if wants_code:
        lines.append("After signing, the page shows a code. Press **Enter code** and type it in here.")
    lines.append(
        "Signing is free and is no transaction. Holdfast never asks for a payment, a seed phrase or a private key, and "
        "never writes to you first. **If somebody else sent you here to sign, do not sign.**"
    )
    items: list[discord.ui.Item[discord.ui.View | discord.ui.LayoutView]] = [
        discord.ui.Button(label="Open the verify page", emoji="🔗", url=origin + invitation.path)
    ]
    if wants_code:
        items.append(CodeButton())
    shown = texts[0].challenge if network is not None and texts else None
    items.append(PastePathButton(network) if shown is None else PasteButton(shown.id))
    return Answer("\n".join(lines), view=untracked(*items))
