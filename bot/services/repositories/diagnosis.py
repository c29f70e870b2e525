"""What the doctor, and whoever asks why, ask of the database. Every answer is made of domain objects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.diagnosis import FrozenWallets, NetworkReadings, QueueFigures


class Diagnosis(Protocol):
    """Questions of the doctor that go over many wallets or servers at once, and who decided what."""

    async def frozen(self, guild_id: int, stale_before: datetime) -> Sequence[FrozenWallets]:
        """Linked wallets of a server's present members that are no evidence, by network and cause.

        A reading from `stale_before` or earlier is none. That one wallet lags behind another of the same member is
        over within minutes and not looked for.
        """

    async def readings(self) -> Sequence[NetworkReadings]:
        """How reading goes on each network on which a wallet is linked."""

    async def newest_line(
        self, guild_id: int, action: AuditAction, subject: str | None, until: datetime
    ) -> AuditLine | None:
        """The newest audit line of that kind up to a time, about one subject if given."""

    async def queue(self) -> QueueFigures | None:
        """How many shared jobs wait for somebody to take them; None where no jobs can be shared."""

    async def ruled_guilds(self) -> Sequence[int]:
        """The ids of all servers with a rule, in order."""
