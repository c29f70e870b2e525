"""The ledger (which roles the bot itself gave) and the journal (what it wrote, when, on what evidence)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.intervals import Interval


class LedgerState(StrEnum):
    """Where a role that the bot gave stands.

    GIVING and TAKING are written down before Discord is called, so that a crash between the call and its record
    cannot make the bot forget, or claim, a role.
    """

    GIVING = "giving"
    HELD = "held"
    TAKING = "taking"
    WITHHELD = "withheld"
    """Somebody took the role away by hand; the bot does not fight over it."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One role of one member that the bot gave."""

    guild_id: int
    user_id: int
    role_id: int
    state: LedgerState
    given_at: datetime
    verified_at: datetime | None = None
    """When the role was last seen on the member after it was given."""
    missing_since: datetime | None = None
    """When the role was first seen missing; a second look decides whether that was real. For one that was given and not
    seen since, see `rests_on_empty_list`."""
    lapsed_at: datetime | None = None
    """When the requirement was first seen not to be met; the grace period runs from here."""
    grace_waived: bool = False
    """The member gave the wallet up, or an admin ended the rule: no grace."""
    kept_at: datetime | None = None
    """When an admin decided that the member keeps the role despite the evidence. It ends when the member is entitled
    again, when an admin releases it, and when the rule asks for something else."""
    notified_at: datetime | None = None
    """When the member was told of this lapse, and until when the role stays."""
    adopted_until: datetime | None = None
    """The role was there before, from somebody else; until then it stays while its holder verifies."""

    @property
    def rests_on_empty_list(self) -> bool:
        """Whether the role was given because Discord showed no role at all (`missing_since`), and was not seen since.

        Discord has been seen to leave all roles out, so it may have been there before, from somebody else.
        """
        is_unseen = self.state in (LedgerState.GIVING, LedgerState.HELD) and self.verified_at is None
        return is_unseen and self.missing_since is not None

    @property
    def begun(self) -> "RoleAction | None":
        """The change that was set out upon, as long as it is not known whether Discord carried it out."""
        match self.state:
            case LedgerState.GIVING:
                return RoleAction.GIVE
            case LedgerState.TAKING if self.missing_since is None:
                return RoleAction.TAKE
            case _:
                return None

    @property
    def is_gone(self) -> bool:
        """Whether Discord said that it took the role away; the next look sees to it that this stuck."""
        return self.state is LedgerState.TAKING and self.missing_since is not None

    def is_to_be_finished(self, grace: timedelta, now: datetime) -> bool:
        """Whether a removal was begun, and is due still: no grace runs, or the lapse has lasted for so long."""
        if self.state is not LedgerState.TAKING:
            return False
        return self.grace_waived or (self.lapsed_at is not None and now >= self.lapsed_at + grace)

    @property
    def under_new_rule(self) -> "LedgerEntry | None":
        """What an ended rule leaves to a new one for the same role; None for nothing.

        The new rule alone decides: neither an earlier lapse counts, nor that the ended rule's roles were to be taken
        back, even when that was under way. A role that was only adopted is not the bot's any more.
        """
        if self.adopted_until is not None:
            return None
        return replace(self, lapsed_at=None, notified_at=None, grace_waived=False)


class RoleAction(StrEnum):
    """What the journal records."""

    GIVE = "give"
    TAKE = "take"
    ADOPT = "adopt"
    """The member had the role from somebody else, and an admin handed it over to the bot. Nothing was written."""
    FORGET = "forget"
    """The role is gone without the bot's doing (left the server, role deleted, taken by hand)."""


class RoleOutcome(StrEnum):
    """How a write to Discord ended."""

    DONE = "done"
    MEMBER_GONE = "member_gone"
    ROLE_GONE = "role_gone"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    """Discord did not answer, or not clearly: the write may or may not have happened."""


@dataclass(frozen=True, slots=True)
class ReadingUsed:
    """A wallet's share in a decision. The address is shortened."""

    wallet: str
    source: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a role was given or taken."""

    requirement: str
    counts: tuple[tuple[str, Interval], ...] = ()
    readings: tuple[ReadingUsed, ...] = ()
    note: str = ""
    """For changes that rest on something else than holdings, e.g. an unlinked wallet."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal."""

    at: datetime
    guild_id: int
    user_id: int
    role_id: int
    action: RoleAction
    outcome: RoleOutcome
    evidence: Evidence
    sweep_id: int | None = None
    """The sweep that the change belongs to. Lines from before there were such have none."""
