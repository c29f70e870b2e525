"""The conversation of linking a wallet: on the verify page or by pasting, from the first press to the result."""

import discord

from bot.domain.errors import StoreBusyError, UserError
from bot.domain.links import Applicant
from bot.domain.networks import Network
from bot.services.linking import Linking
from bot.services.memberships import Memberships
from bot.services.onboarding import Onboarding, Retry, Welcome
from bot.services.ports import Clock
from bot.services.toolbox import VerifyPage
from bot.services.web_sessions import WebError, WebFault
from bot.views import wallets
from bot.views.answers import Answer, deliver, take, think, untracked
from bot.views.challenge import once_more, signing_request
from bot.views.errors import in_words
from bot.views.link_items import (
    CodeButton,
    NetworkMenu,
    PasteButton,
    address_form,
    answer_form,
    code_form,
    submitted_text,
)
from bot.views.page_invitation import TextToCome, page_invitation

_WRITING = "Writing the text for you to sign…"
_CHECKING = "Checking your signature and reading the wallet. That can take some seconds…"
_CHECKING_CODE = "Checking the code and reading the wallet. That can take some seconds…"


class LinkFlow:
    """Leads a member through linking a wallet. It remembers nothing: every step carries what it needs in its id."""

    def __init__(
        self,
        linking: Linking,
        onboarding: Onboarding,
        memberships: Memberships,
        clock: Clock,
        page: VerifyPage | None = None,
    ) -> None:
        self._linking = linking
        self._memberships = memberships
        self._onboarding = onboarding
        self._clock = clock
        self._page = page

    async def begin(self, interaction: discord.Interaction, who: Applicant) -> None:
        """Start from the panel: lead to the verify page, or ask for the network where there is no page."""
        if self._page is None or not self._linking.networks:
            await self.by_paste(interaction, who, None)
            return
        await take(interaction, _WRITING)
        await deliver(interaction, await self._invitation(self._page, interaction, who, None, None))

    async def start(
        self, interaction: discord.Interaction, who: Applicant, network: Network, address: str | None
    ) -> None:
        """Start from the command, which names the network and perhaps the address."""
        if self._page is not None and network in self._linking.networks:
            await think(interaction)
            await deliver(interaction, await self._invitation(self._page, interaction, who, network, address))
            return
        if address is None and network in self._linking.networks and self._linking.needs_address(network):
            await interaction.response.send_modal(address_form(network))
            return
        await think(interaction)
        await deliver(interaction, await self._request(who, network, address))

    async def by_paste(self, interaction: discord.Interaction, who: Applicant, network: Network | None) -> None:
        """Go on without the page: ask for the network, or go on at once when it is clear."""
        networks = self._linking.networks
        if not networks:
            raise UserError(
                "No wallet can be linked at the moment: this bot has no balance service that works. "
                "Links and roles that exist stay as they are."
            )
        if network is None and len(networks) > 1:
            await deliver(interaction, Answer("Where is your wallet?", view=untracked(NetworkMenu(networks))))
        else:
            await self.choose(interaction, who, network or networks[0])

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
        else:
            await deliver(interaction, self._welcome(interaction, result))

    async def ask_code(self, interaction: discord.Interaction) -> None:
        """Open the form for the verify page's code."""
        await interaction.response.send_modal(code_form())

    async def complete_by_code(self, interaction: discord.Interaction, who: Applicant, code: str) -> None:
        """Complete the proof from the verify page whose code was typed in."""
        if self._page is None:
            raise WebError(WebFault.NO_CODE)
        await take(interaction, _CHECKING_CODE)
        try:
            result = await self._page.linking.complete(who, code)
        except WebError as error:
            view = untracked(CodeButton()) if error.fault is WebFault.WRONG_CODE else None
            await deliver(interaction, Answer(in_words(error), view=view))
            return
        await deliver(interaction, self._welcome(interaction, result))

    def _welcome(self, interaction: discord.Interaction, result: Welcome) -> Answer:
        user = interaction.user
        is_pending = isinstance(user, discord.Member) and user.pending
        return Answer(wallets.welcome(result, self._clock.now(), is_pending=is_pending))

    async def _request(self, who: Applicant, network: Network, address: str | None) -> Answer:
        await self._memberships.met(who.guild_id, who.user_id)
        challenge = await self._linking.start(who, network, address)
        return signing_request(challenge)

    async def _invitation(
        self,
        page: VerifyPage,
        interaction: discord.Interaction,
        who: Applicant,
        network: Network | None,
        address: str | None,
    ) -> Answer:
        await self._memberships.met(who.guild_id, who.user_id)
        texts = [await self._to_come(who, one, address) for one in self._to_show(network)]
        challenge = next((text.challenge for text in texts if text.challenge is not None), None)
        invitation = await page.sessions.invite(who, interaction.locale.value, challenge)
        return page_invitation(page.origin, invitation, texts, network, wants_code=not page.sessions.wants_log_in)

    def _to_show(self, network: Network | None) -> list[Network]:
        """The networks whose texts are shown beforehand: the one that was chosen, or one of each family."""
        if network is not None:
            return [network]
        of_family = {one.family: one for one in reversed(self._linking.networks)}
        return [one for one in self._linking.networks if one in of_family.values()]

    async def _to_come(self, who: Applicant, network: Network, address: str | None) -> TextToCome:
        """The exact text where it can be fixed already, which uses up one of the member's open challenges."""
        if self._linking.needs_address(network) and address is None:
            return TextToCome(network, self._linking.preview(who, network))
        challenge = await self._linking.start(who, network, address)
        return TextToCome(network, challenge.text, challenge)
