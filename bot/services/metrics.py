"""What services count. An adapter turns it into metrics; `bot/app.py` plugs it in."""

from enum import StrEnum
from typing import Protocol

from bot.domain.challenges import Purpose
from bot.domain.ledger import RoleAction, RoleOutcome


class ChallengeOutcome(StrEnum):
    """What became of a challenge, or of a request for one."""

    ISSUED = "issued"
    PROVEN = "proven"
    REFUSED = "refused"


class ReadingOutcome(StrEnum):
    """How a reading ended."""

    COMPLETE = "complete"
    UNKNOWN = "unknown"
    INVALID = "invalid"


class Metrics(Protocol):
    """Counters. Labels are short fixed words: never an id, an address or a secret."""

    def challenge(self, purpose: Purpose, outcome: ChallengeOutcome, reason: str = "") -> None:
        """A challenge was handed out, answered well, or refused; `reason` is the code of a refusal."""

    def web_link(self, outcome: str) -> None:
        """A link to the verify page was made or opened, or refused with that code."""

    def reading(self, network: str, outcome: ReadingOutcome, reason: str = "") -> None:
        """A provider was asked about a wallet; `reason` says why the answer is unknown or invalid."""

    def role_write(self, action: RoleAction, outcome: RoleOutcome) -> None:
        """A role was written to Discord, or not."""


class NoMetrics:
    """Counts nothing, for parts that are used outside a running bot."""

    def challenge(self, purpose: Purpose, outcome: ChallengeOutcome, reason: str = "") -> None:
        """Count nothing."""

    def web_link(self, outcome: str) -> None:
        """Count nothing."""

    def reading(self, network: str, outcome: ReadingOutcome, reason: str = "") -> None:
        """Count nothing."""

    def role_write(self, action: RoleAction, outcome: RoleOutcome) -> None:
        """Count nothing."""
