"""Slash commands and events. A command is a few lines: read the options, call a service, render."""

from discord.ext import commands

from bot.cogs.collection import CollectionCog
from bot.cogs.doctor import DoctorCog
from bot.cogs.events import EventsCog
from bot.cogs.linking import LinkingCog
from bot.cogs.panel import PanelCog
from bot.cogs.roles import RolesCog
from bot.cogs.rule import RuleCog
from bot.cogs.settings import SettingsCog
from bot.cogs.sweep import SweepCog
from bot.cogs.wallet import WalletCog
from bot.services.toolbox import Services
from bot.views.failures import report
from bot.views.link_flow import LinkFlow
from bot.views.link_items import CodeButton, LinkButton, NetworkMenu, PasteButton, PastePathButton
from bot.views.paging import PageButton


async def add_cogs(bot: commands.Bot | commands.AutoShardedBot, services: Services) -> None:
    """Put all commands, buttons and events on a bot. Call before it connects, so that no press finds nobody home."""
    flow = LinkFlow(services.linking, services.onboarding, services.memberships, services.clock, services.verify_page)
    cogs: tuple[commands.Cog, ...] = (
        EventsCog(services),
        LinkingCog(services, flow),
        WalletCog(services, flow),
        RolesCog(services),
        CollectionCog(services),
        RuleCog(services),
        PanelCog(services),
        SweepCog(services),
        SettingsCog(services),
        DoctorCog(services),
    )
    for cog in cogs:
        await bot.add_cog(cog)
    bot.add_dynamic_items(LinkButton, NetworkMenu, PasteButton, PastePathButton, CodeButton, PageButton)
    bot.tree.error(report)
