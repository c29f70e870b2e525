"""Slash commands and events. A command is a few lines: read the options, call a service, render."""

from discord.ext import commands

from bot.cogs.collection import CollectionCog
from bot.cogs.doctor import DoctorCog
from bot.cogs.events import EventsCog
from bot.cogs.holders import HoldersCog
from bot.cogs.holds import HoldsCog
from bot.cogs.linking import LinkingCog
from bot.cogs.member import MemberCog
from bot.cogs.notices import NoticesCog
from bot.cogs.panel import PanelCog
from bot.cogs.privacy import PrivacyCog
from bot.cogs.roles import RolesCog
from bot.cogs.rule import RuleCog
from bot.cogs.settings import SettingsCog
from bot.cogs.sweep import SweepCog
from bot.cogs.wallet import WalletCog
from bot.services.toolbox import Services
from bot.views.adoption_items import AdoptionPageButton
from bot.views.draft_items import DraftButton
from bot.views.failures import report
from bot.views.hold_items import HoldButton
from bot.views.holder_items import AddressesButton
from bot.views.link_flow import LinkFlow
from bot.views.link_items import CodeButton, LinkButton, NetworkMenu, PasteButton, PastePathButton
from bot.views.paging import PageButton
from bot.views.privacy_items import ForgetButton
from bot.views.sweep_items import SweepCancelButton
from bot.views.undo_items import LeaveButton, UndoButton
from bot.views.why_items import WhyPageButton


async def add_cogs(bot: commands.Bot | commands.AutoShardedBot, services: Services) -> None:
    """Put all commands, buttons and events on a bot. Call before it connects, so that no press finds nobody home."""
    flow = LinkFlow(services.linking, services.onboarding, services.memberships, services.clock, services.verify_page)
    cogs: tuple[commands.Cog, ...] = (
        EventsCog(services),
        NoticesCog(services),
        LinkingCog(services, flow),
        WalletCog(services, flow),
        RolesCog(services),
        CollectionCog(services),
        RuleCog(services),
        PanelCog(services),
        SweepCog(services),
        HoldsCog(services),
        MemberCog(services),
        HoldersCog(services),
        SettingsCog(services),
        PrivacyCog(services),
        DoctorCog(services),
    )
    for cog in cogs:
        await bot.add_cog(cog)
    bot.add_dynamic_items(LinkButton, NetworkMenu, PasteButton, PastePathButton, CodeButton, PageButton)
    bot.add_dynamic_items(DraftButton, UndoButton, LeaveButton, SweepCancelButton)
    bot.add_dynamic_items(HoldButton, AdoptionPageButton)
    bot.add_dynamic_items(ForgetButton)
    bot.add_dynamic_items(AddressesButton)
    bot.add_dynamic_items(WhyPageButton)
    bot.tree.error(report)
