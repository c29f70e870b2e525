"""The use cases that people's commands need, in one bundle that `bot/app.py` fills."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.wallets import ReadingPolicy
from bot.services.adopting import Adopting
from bot.services.auditing import Auditing
from bot.services.braking import Braking
from bot.services.collections import CollectionAdmin
from bot.services.courtesy import Courtesy
from bot.services.doctor import Doctor
from bot.services.drafting import Drafting
from bot.services.explaining import Explaining
from bot.services.exporting import Exporting
from bot.services.guild_log import GuildLog
from bot.services.history import Histories
from bot.services.linking import Linking
from bot.services.memberships import Memberships
from bot.services.notices import Notices
from bot.services.onboarding import Onboarding
from bot.services.ports import Clock
from bot.services.previewing import Previewing
from bot.services.privacy import Privacy
from bot.services.protecting import Protecting
from bot.services.rules import RuleAdmin
from bot.services.settings import SettingsAdmin
from bot.services.spending import Spending
from bot.services.sweep_requests import SweepRequests
from bot.services.undoing import Undoing
from bot.services.wallets import MemberWallets
from bot.services.web_linking import WebLinking
from bot.services.web_sessions import WebSessions

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds; tests bring their own."""


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """The way to the verify page, for installations that serve it."""

    origin: str
    """The page's address, e.g. `https://verify.example.org`; paths of links follow it."""
    sessions: WebSessions
    linking: WebLinking


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that commands, buttons and events call, and the few facts of the installation that answers name."""

    linking: Linking
    onboarding: Onboarding
    wallets: MemberWallets
    memberships: Memberships
    collections: CollectionAdmin
    rules: RuleAdmin
    settings: SettingsAdmin
    sweeps: SweepRequests
    spending: Spending
    histories: Histories
    braking: Braking
    adopting: Adopting
    explaining: Explaining
    notices: Notices
    protecting: Protecting
    auditing: Auditing
    exporting: Exporting
    privacy: Privacy
    doctor: Doctor
    drafting: Drafting
    previewing: Previewing
    undoing: Undoing
    guild_log: GuildLog
    courtesy: Courtesy
    clock: Clock
    policy: ReadingPolicy
    default_grace: timedelta
    """The grace period that new rules start with where a server has set none."""
    verify_page: VerifyPage | None = None
    sleep: Sleep = asyncio.sleep
