"""What services ask of the database when somebody wants to know about one member."""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.case_facts import CaseFacts, Contact
from bot.domain.ledger import JournalEntry


class Cases(Protocol):
    """What there is about one member."""

    async def contact(self, guild_id: int, user_id: int) -> Contact | None:
        """What matters when a member uses the bot; None for who is not known to be in the server."""

    async def facts(self, guild_id: int, user_id: int) -> CaseFacts:
        """What there is about a member."""

    async def last_lines(self, guild_id: int, user_id: int) -> Mapping[int, JournalEntry]:
        """The newest line of the journal about each role of a member, by role id."""
