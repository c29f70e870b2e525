"""What services ask of the database about what a server's admins configured. Every answer is made of domain objects."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.audits import AuditAction, AuditLine, NumberedLine
from bot.domain.drafts import DraftState, Proposal, RuleDraft
from bot.domain.expressions import Expression
from bot.domain.guilds import GuildSettings
from bot.domain.rules import Collection, Rule, RuleState
from bot.domain.selectors import Selector


class Collections(Protocol):
    """A server's collections. Names are unique within a server and stored lower-case."""

    async def add(self, guild_id: int, name: str, selector: Selector, now: datetime) -> Collection:
        """Add one. Raises `NameTakenError`."""

    async def remove(self, collection_id: int) -> None:
        """Remove one."""

    async def of_guild(self, guild_id: int) -> Sequence[Collection]:
        """All of a server, by name."""

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, Sequence[Collection]]:
        """All of each of several servers, by name."""


class Rules(Protocol):
    """A server's rules, at most one per role."""

    async def add(self, guild_id: int, role_id: int, role_name: str, expression: Expression, grace: timedelta) -> Rule:
        """Add one. Raises `RoleTakenError` when the role has a rule already."""

    async def save(self, rule: Rule) -> None:
        """Write a rule's new state."""

    async def remove(self, rule_id: int) -> None:
        """Remove one."""

    async def of_guild(self, guild_id: int) -> Sequence[Rule]:
        """All of a server, in the order they were made."""

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, Sequence[Rule]]:
        """All of each of several servers, in the order they were made."""

    async def begin_change(self, guild_id: int) -> None:
        """Let nobody else use a server's rules until the unit ends; called before rows of its members are written.

        Whoever uses rules holds them still first, and writes to members then. The other way round, two units could wait
        for each other.
        """

    async def editions(self, guild_ids: AnyOf[int]) -> Mapping[int, str]:
        """What changes with every change of a server's rules or collections. They hold still until the unit ends."""

    async def of_role(self, guild_id: int, role_id: int) -> Rule | None:
        """The rule of a role."""

    async def stop(self, guild_id: int, role_id: int, state: RuleState, note: str) -> bool:
        """Put an ACTIVE rule into another state; False when it was not active (so that one of many callers tells)."""


class Drafts(Protocol):
    """Rule changes that wait for a confirmation."""

    async def add(
        self, guild_id: int, admin_id: int, proposal: Proposal, basis: str, expires_at: datetime
    ) -> RuleDraft:
        """Remember a proposal."""

    async def get(self, draft_id: int) -> RuleDraft | None:
        """One draft, whatever became of it."""

    async def close(self, draft_id: int, state: DraftState) -> bool:
        """Decide about an open draft, atomically: True for exactly one caller."""

    async def purge(self, expired_before: datetime) -> int:
        """Delete drafts that expired before then. Returns how many."""


class Settings(Protocol):
    """Servers' settings."""

    async def get(self, guild_id: int) -> GuildSettings:
        """A server's settings; defaults when nothing was set."""

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, GuildSettings]:
        """The settings of each of several servers."""

    async def save(self, settings: GuildSettings) -> None:
        """Write them."""


class Audit(Protocol):
    """Audit lines."""

    async def add(self, line: AuditLine) -> None:
        """Append a line."""

    async def recent(
        self, guild_id: int, limit: int, leaving_out: AnyOf[AuditAction] = frozenset()
    ) -> Sequence[AuditLine]:
        """A server's newest lines, newest first."""

    async def after(self, number: int, limit: int) -> Sequence[NumberedLine]:
        """The oldest lines of all servers with a higher number, in order."""

    async def newest_before(self, at: datetime) -> int:
        """The highest number of the lines from before then; 0 without any."""
