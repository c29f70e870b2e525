"""The conversation of linking a wallet: network, address where it is needed, signing request, signature, result."""

import discord

from bot.domain.errors import StoreBusyError, UserError
from bot.domain.networks import Network
from bot.services.linking import Applicant, Linking
from bot.services.memberships import Memberships
from bot.services.onboarding import Onboarding, Retry
from bot.services.ports import Clock
from bot.views import wallets
from bot.views.answers import Answer, deliver, take, think, untracked
from bot.views.challenge import once_more, signing_request
from bot.views.errors import in_words
from bot.views.link_items import NetworkMenu, PasteButton, address_form, answer_form, submitted_text

_WRITING = "Writing the text for you to sign…"
_CHECKING = "Checking your signature and reading the wallet. That can take some seconds…"


class LinkFlow:
    """Leads a member through linking a wallet. It remembers nothing: every step carries what it needs in its id."""

    def __init__(self, linking: Linking, onboarding: Onboarding, memberships: Memberships, clock: Clock) -> None:
        self._linking = linking
        self._memberships = memberships
        self._onboarding = onboarding
        self._clock = clock

    async def begin(self, interaction: discord.Interaction, who: Applicant) -> None:
        """Start from the panel: ask for the network, or go on at once when there is just one."""
        networks = self._linking.networks
        if not networks:
            raise UserError(
                "No wallet can be linked at the moment: this bot has no balance service that works. "
                "Links and roles that exist stay as they are."
            )
        if len(networks) == 1:
            await self.choose(interaction, who, networks[0])
        else:
            await deliver(interaction, Answer("Where is your wallet?", view=untracked(NetworkMenu(networks))))

    async def choose(self, interaction: discord.Interaction, who: Applicant, network: Network) -> None:
        """Go on with a network: ask for the address if it must be known first, else hand out the text."""
        if network in self._linking.networks and self._linking.needs_address(network):
            await interaction.response.send_modal(address_form(network))
            return
        await take(interaction, _WRITING)
        await deliver(interaction, await self._request(who, network, None))

    async def name_address(self, interaction: discord.Interaction, who: Applicant, network: Network) -> None:
        """Go on with the address from the form."""
        await take(interaction, _WRITING)
        await deliver(interaction, await self._request(who, network, submitted_text(interaction)))

    async def start(
        self, interaction: discord.Interaction, who: Applicant, network: Network, address: str | None
    ) -> None:
        """Start from the command, which names the network and perhaps the address."""
        if address is None and network in self._linking.networks and self._linking.needs_address(network):
            await interaction.response.send_modal(address_form(network))
            return
        await think(interaction)
        await deliver(interaction, await self._request(who, network, address))

    async def ask_answer(self, interaction: discord.Interaction, challenge_id: int) -> None:
        """Open the form for the signature."""
        await interaction.response.send_modal(answer_form(challenge_id))

    async def complete(self, interaction: discord.Interaction, who: Applicant, challenge_id: int) -> None:
        """Check the signature from the form, and show the result in place of the signing request."""
        await take(interaction, _CHECKING)
        try:
            result = await self._onboarding.complete(challenge_id, who, submitted_text(interaction))
        except StoreBusyError as error:
            # The signature may still be good: leave the way to send it again.
            await deliver(interaction, Answer(in_words(error), view=untracked(PasteButton(challenge_id))))
            return
        if isinstance(result, Retry):
            await deliver(interaction, once_more(result.error, result.challenge))
            return
        user = interaction.user
        is_pending = isinstance(user, discord.Member) and user.pending
        await deliver(interaction, Answer(wallets.welcome(result, self._clock.now(), is_pending=is_pending)))

    async def _request(self, who: Applicant, network: Network, address: str | None) -> Answer:
        await self._memberships.met(who.guild_id, who.user_id)
        challenge = await self._linking.start(who, network, address)
        return signing_request(challenge)
