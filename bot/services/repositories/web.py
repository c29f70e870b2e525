"""What services ask of the database about the verify page. Every answer is made of domain objects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.challenges import ProvenWallet
from bot.domain.links import Applicant
from bot.domain.web_links import PendingProof, WebLink, WebSession


class WebLinks(Protocol):
    """One-time links to the verify page, and the browser sessions behind them."""

    async def add(self, link: WebLink) -> None:
        """Remember a link."""

    async def get(self, digest: str) -> WebLink | None:
        """One link."""

    async def consume(self, digest: str, now: datetime) -> bool:
        """Use a link up, atomically: True for exactly one caller, and only before it expires."""

    async def made_since(self, user_id: int, since: datetime) -> int:
        """How many links were made for a user since then."""

    async def add_session(self, session: WebSession) -> None:
        """Remember a session."""

    async def session(self, digest: str, now: datetime) -> WebSession | None:
        """One session that has not expired."""

    async def confirm_session(self, digest: str) -> None:
        """Note that a session is known to be the member's."""

    async def purge(self, expired_before: datetime) -> int:
        """Delete links, sessions and pending proofs that expired before then. Returns how many."""


class PendingProofs(Protocol):
    """Proofs from a browser that wait for a code typed into Discord."""

    async def add(
        self, session: str, who: Applicant, proven: ProvenWallet, code: str, tries: int, expires_at: datetime
    ) -> None:
        """Remember a proof (`code` is a digest) in place of any other that waits in the same session."""

    async def waiting(self, user_id: int, guild_id: int, now: datetime) -> Sequence[PendingProof]:
        """The proofs that wait for a code of a member, newest first."""

    async def of_session(self, session: str, now: datetime) -> PendingProof | None:
        """The proof that waits in a session."""

    async def consume(self, pending_id: int, now: datetime) -> bool:
        """Take a proof out, atomically: True for exactly one caller, while it waits."""

    async def count_miss(self, user_id: int, guild_id: int, now: datetime) -> None:
        """Note a wrong code, which costs every proof that waits for the member's code one try."""
