"""What the doctor looks at in one server, loaded in one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.brakes import BrakeHold
from bot.domain.diagnosis import FrozenWallets
from bot.domain.expressions import names
from bot.domain.guilds import GuildSettings
from bot.domain.networks import Network
from bot.domain.rivals import Flip
from bot.domain.role_plans import UNDONE_WINDOW
from bot.domain.rules import Collection, Rule
from bot.domain.sweeps import Sweep, SweepFigures
from bot.services.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class GuildFacts:
    """A server as the database knows it."""

    guild_id: int
    now: datetime
    rules: Sequence[Rule]
    collections: Sequence[Collection]
    settings: GuildSettings
    figures: SweepFigures
    frozen: Sequence[FrozenWallets]
    sweep: Sweep | None
    """The last sweep."""
    holds: Sequence[BrakeHold]
    """Removals that wait for an admin."""
    rivalries: Sequence[Flip]
    """Roles that somebody else kept changing back, so that the bot stopped."""

    @property
    def networks(self) -> Sequence[Network]:
        """The networks on which the server's rules count something."""
        named = {name for rule in self.rules for name in names(rule.expression)}
        used = {collection.selector.network for collection in self.collections if collection.name in named}
        return [network for network in Network if network in used]


async def load_facts(unit: UnitOfWork, guild_id: int, now: datetime, stale_after: timedelta) -> GuildFacts:
    """Load a server's facts."""
    return GuildFacts(
        guild_id=guild_id,
        now=now,
        rules=await unit.rules.of_guild(guild_id),
        collections=await unit.collections.of_guild(guild_id),
        settings=await unit.settings.get(guild_id),
        figures=await unit.sweeps.figures(guild_id, now),
        frozen=await unit.diagnosis.frozen(guild_id, now - stale_after),
        sweep=await unit.sweeps.latest(guild_id),
        holds=await unit.brake_holds.open_of_guild(guild_id),
        rivalries=await unit.role_flips.rivalries(guild_id, now - UNDONE_WINDOW),
    )
