"""What the database says, read past the bot's own code."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.fuzz.requirements import BY_TEXT
from tests.fuzz.witness import Key, RuleFacts


class Records:
    """Reads a SQLite database that a bot may be using."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _rows(self, query: str, *values: int) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self._file)) as connection:
            rows: list[tuple[str, ...]] = connection.execute(query, values).fetchall()
        return rows

    def links(self) -> dict[str, int]:
        """Live links: address -> user."""
        query = "SELECT address, user_id FROM links JOIN wallets ON wallets.id = wallet_id WHERE ended_at IS NULL"
        return {address: int(user_id) for address, user_id in self._rows(query)}

    def rules(self) -> dict[tuple[int, int], RuleFacts]:
        """All rules."""
        rows = self._rows("SELECT guild_id, role_id, expression, grace, state FROM rules")
        return {
            (int(guild_id), int(role_id)): RuleFacts(
                BY_TEXT[expression], timedelta(microseconds=int(grace)), state == "active"
            )
            for guild_id, role_id, expression, grace, state in rows
        }

    def ledger(self) -> dict[Key, str]:
        """The state of every entry in the ledger."""
        rows = self._rows("SELECT guild_id, user_id, role_id, state FROM ledger")
        return {(int(guild), int(user), int(role)): state for guild, user, role, state in rows}

    def journal(self) -> Counter[tuple[Key, bool]]:
        """How many lines there are of roles being given (True) and taken (False)."""
        rows = self._rows("SELECT guild_id, user_id, role_id, action FROM journal")
        return Counter(((int(guild), int(user), int(role)), action == "give") for guild, user, role, action in rows)
