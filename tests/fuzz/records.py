"""What the database says, read past the bot's own code."""

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from tests.fuzz.decisions import Key
from tests.fuzz.requirements import BY_TEXT
from tests.fuzz.witness import RuleFacts

_LINKS = "SELECT address, user_id FROM links JOIN wallets ON wallets.id = wallet_id WHERE ended_at IS NULL"
_RULES = "SELECT guild_id, role_id, expression, grace, state FROM rules"
_LEDGER = "SELECT guild_id, user_id, role_id, state FROM ledger"
_ADOPTED = "SELECT guild_id, user_id, role_id FROM ledger WHERE adopted_until IS NOT NULL"
_FLIPS = "SELECT guild_id, user_id, role_id FROM role_flips"
_JOURNAL = "SELECT guild_id, user_id, role_id, action, outcome, evidence FROM journal ORDER BY id"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal."""

    key: Key
    action: str
    outcome: str
    requirement: str
    note: str
    wallets: tuple[str, ...]


class Records:
    """Reads a SQLite database that a bot may be using."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, isolation_level=None)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """What a query finds."""
        found: list[tuple[str, ...]] = self._connection.execute(query).fetchall()
        return found

    def links(self) -> dict[str, int]:
        """Live links: address -> user."""
        return {address: int(user_id) for address, user_id in self.rows(_LINKS)}

    def rules(self) -> dict[tuple[int, int], RuleFacts]:
        """All rules."""
        return {
            (int(guild_id), int(role_id)): RuleFacts(
                BY_TEXT[expression], timedelta(microseconds=int(grace)), state == "active"
            )
            for guild_id, role_id, expression, grace, state in self.rows(_RULES)
        }

    def ledger(self) -> dict[Key, str]:
        """The state of every entry in the ledger."""
        return {(int(guild), int(user), int(role)): state for guild, user, role, state in self.rows(_LEDGER)}

    def adopted(self) -> set[Key]:
        """The entries of roles that were adopted and not earned yet."""
        return {(int(guild), int(user), int(role)) for guild, user, role in self.rows(_ADOPTED)}

    def flips(self) -> Counter[Key]:
        """How often the bot says that somebody undid what it did."""
        return Counter((int(guild), int(user), int(role)) for guild, user, role in self.rows(_FLIPS))

    def journal(self) -> list[Line]:
        """All lines, oldest first."""
        return [
            _line((int(guild), int(user), int(role)), action, outcome, evidence)
            for guild, user, role, action, outcome, evidence in self.rows(_JOURNAL)
        ]


def _line(key: Key, action: str, outcome: str, evidence: str) -> Line:
    told = json.loads(evidence)
    wallets = tuple(reading["wallet"] for reading in told["readings"])
    return Line(key, action, outcome, told["requirement"], told["note"], wallets)
