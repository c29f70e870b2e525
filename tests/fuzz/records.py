"""What the database says, read past the bot's own code."""

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from tests.fuzz.decisions import Key, Membership
from tests.fuzz.facts import RuleFacts
from tests.fuzz.requirements import BY_TEXT

_LINKS = "SELECT address, user_id FROM links JOIN wallets ON wallets.id = wallet_id WHERE ended_at IS NULL"
_RULES = "SELECT guild_id, role_id, expression, grace, state FROM rules"
_LEDGER = "SELECT guild_id, user_id, role_id, state FROM ledger"
_ADOPTED = "SELECT guild_id, user_id, role_id FROM ledger WHERE adopted_until IS NOT NULL"
_WAIVED = "SELECT guild_id, user_id, role_id FROM ledger WHERE grace_waived"
_DOUBTED = (
    "SELECT guild_id, user_id, role_id FROM ledger"
    " WHERE state IN ('giving', 'held') AND verified_at IS NULL AND missing_since IS NOT NULL"
)
_KEPT = "SELECT guild_id, user_id, role_id FROM ledger WHERE kept_at IS NOT NULL"
_FLIPS = "SELECT guild_id, user_id, role_id FROM role_flips"
_OPTED_OUT = "SELECT guild_id, user_id FROM opt_outs"
_FORGETTING = "SELECT user_id FROM deletions"
_UNDOING = "SELECT guild_id, user_id, role_id, action FROM undo_steps WHERE state IN ('waiting', 'written')"
_UNDOS = "SELECT id FROM sweeps WHERE kind = 'undo' AND finished_at IS NULL"
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

    def waived(self) -> set[Key]:
        """The entries of roles whose holders gave up or lost a wallet, so that nothing delays their end."""
        return {(int(guild), int(user), int(role)) for guild, user, role in self.rows(_WAIVED)}

    def doubted(self) -> set[Key]:
        """The entries of roles that were given as Discord showed no role at all, and were not seen since."""
        return {(int(guild), int(user), int(role)) for guild, user, role in self.rows(_DOUBTED)}

    def kept(self) -> set[Key]:
        """The entries of roles that their holders keep whatever the evidence, since an admin decided so."""
        return {(int(guild), int(user), int(role)) for guild, user, role in self.rows(_KEPT)}

    def flips(self) -> Counter[Key]:
        """How often the bot says that somebody undid what it did."""
        return Counter((int(guild), int(user), int(role)) for guild, user, role in self.rows(_FLIPS))

    def opted_out(self) -> set[Membership]:
        """The members who do not want to count in a server."""
        return {(int(guild), int(user)) for guild, user in self.rows(_OPTED_OUT)}

    def forgetting(self) -> set[int]:
        """The users whose data is being deleted."""
        return {int(user) for (user,) in self.rows(_FORGETTING)}

    def undoing(self) -> dict[Key, bool]:
        """What undos have still to do, or to look after: True to give a role back, False to take it back."""
        return {
            (int(guild), int(user), int(role)): action == "give" for guild, user, role, action in self.rows(_UNDOING)
        }

    def undos(self) -> int:
        """How many undos are not finished."""
        return len(self.rows(_UNDOS))

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
