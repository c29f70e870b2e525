"""The buttons, the menu and the forms of linking a wallet. All are understood from their ids alone (see `ids`)."""

import re
from collections.abc import Iterator, Sequence
from typing import Self

import discord

from bot.domain.networks import Network
from bot.views import ids
from bot.views.desk import link_desk
from bot.views.failures import answering

_PASTE_MAX = 4000
"""Characters that a text input takes at most."""


class LinkButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.LINK):
    """The panel's button."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(label="Link a wallet", emoji="🔗", style=discord.ButtonStyle.primary, custom_id=ids.LINK)
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], _match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        """Begin linking."""
        async with answering(interaction):
            await link_desk(interaction).begin(interaction)


class PasteButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.PASTE):
    """The button below a signing request that opens the form for its answer."""

    def __init__(self, challenge_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                label="Paste signature",
                emoji="📝",
                style=discord.ButtonStyle.success,
                custom_id=ids.paste(challenge_id),
            )
        )
        self._challenge_id = challenge_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["challenge"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Open the form."""
        async with answering(interaction):
            await link_desk(interaction).ask_answer(interaction, self._challenge_id)


class PastePathButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.PASTE_PATH):
    """The button beside a link to the verify page, for those who cannot use it."""

    def __init__(self, network: Network | None) -> None:
        super().__init__(
            discord.ui.Button(
                label="Paste instead",
                emoji="📝",
                style=discord.ButtonStyle.secondary,
                custom_id=ids.paste_path("any" if network is None else network.value),
            )
        )
        self._network = network

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(next((network for network in Network if network.value == match["network"]), None))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Go on without the page."""
        async with answering(interaction):
            await link_desk(interaction).by_paste(interaction, self._network)


class CodeButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.CODE):
    """The button that opens the form for the code from the verify page."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(label="Enter code", emoji="🔢", style=discord.ButtonStyle.success, custom_id=ids.CODE)
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], _match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        """Open the form."""
        async with answering(interaction):
            await link_desk(interaction).ask_code(interaction)


class NetworkMenu(discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=ids.NETWORK):
    """The menu of networks that a wallet can be linked on."""

    def __init__(self, networks: Sequence[Network], chosen: Network | None = None) -> None:
        options = [discord.SelectOption(label=network.label, value=network.value) for network in networks]
        super().__init__(discord.ui.Select(placeholder="Where is your wallet?", options=options, custom_id=ids.NETWORK))
        self._chosen = chosen

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], _match: re.Match[str], /
    ) -> Self:
        """Build the menu that was used."""
        values = interaction.data.get("values", []) if interaction.data is not None else []
        chosen = [network for network in Network if isinstance(values, list) and network.value in values]
        return cls(list(Network), chosen[0] if chosen else None)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Go on with the network that was chosen."""
        async with answering(interaction):
            if self._chosen is not None:
                await link_desk(interaction).choose(interaction, self._chosen)


def answer_form(challenge_id: int) -> discord.ui.Modal:
    """The form for the answer to a challenge."""
    return _form(
        "Paste the signature",
        ids.answer_form(challenge_id),
        discord.ui.Label(
            text="What your wallet shows after signing",
            description="All of it, as it is. Never a seed phrase or a private key.",
            component=discord.ui.TextInput(style=discord.TextStyle.paragraph, max_length=_PASTE_MAX, custom_id="text"),
        ),
    )


def address_form(network: Network) -> discord.ui.Modal:
    """The form that asks for the address before a challenge is written."""
    return _form(
        f"Your wallet on {network.label}",
        ids.address_form(network.value),
        discord.ui.Label(
            text="Address",
            description="As your wallet shows it. Next you get a text to sign with it.",
            component=discord.ui.TextInput(placeholder="0x…", max_length=120, custom_id="text"),
        ),
    )


def code_form() -> discord.ui.Modal:
    """The form for the code from the verify page."""
    return _form(
        "Enter the code",
        ids.CODE_FORM,
        discord.ui.Label(
            text="The code that the page shows",
            description="Only from a page that you opened and signed on yourself, never one that was sent to you.",
            component=discord.ui.TextInput(placeholder="ABCD-EFGH", max_length=20, custom_id="text"),
        ),
    )


def submitted_text(interaction: discord.Interaction) -> str:
    """The text that came with a form; these forms have one input each."""
    data = interaction.data
    return next(_texts(data.get("components")), "") if data is not None else ""


def _form(title: str, custom_id: str, label: discord.ui.Label[discord.ui.Modal]) -> discord.ui.Modal:
    modal = discord.ui.Modal(title=title, custom_id=custom_id)
    modal.add_item(label)
    modal.stop()  # shown and forgotten by discord.py: forms that are closed unsent would pile up in its memory
    return modal


def _texts(part: object) -> Iterator[str]:
    """Text values anywhere in submitted components, which come in rows or under labels."""
    if isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
    elif isinstance(part, dict):
        value = part.get("value")
        if isinstance(value, str):
            yield value
        yield from _texts(part.get("components"))
        yield from _texts(part.get("component"))
