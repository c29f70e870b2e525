"""When a role in the ledger needs a look at its member, and what a look is worth."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import MemberSnapshot

SECOND_LOOK = timedelta(minutes=1)
"""A role that suddenly is missing is looked at once more after this time: Discord has been seen to answer with an
empty role list, and to report writes as done that were not."""
NEWCOMER = timedelta(hours=1)
"""Who joined within this time before may well have no role at all yet, and get others at the same time as the bot's."""
LOOK_EVERY = timedelta(days=1)
"""Where Discord does not tell who leaves, everybody who has a role from the bot is looked at at least this often."""


def second_look_at(entry: LedgerEntry) -> datetime | None:
    """When a role that was missing at one look is to be looked at once more."""
    return None if entry.missing_since is None else entry.missing_since + SECOND_LOOK


def second_look_is_due(entry: LedgerEntry, now: datetime) -> bool:
    """Whether that time has come."""
    look_at = second_look_at(entry)
    return look_at is not None and now >= look_at


def routine_look_at(entry: LedgerEntry, look_every: timedelta | None) -> datetime | None:
    """When to look whether a role is still there, though nothing else calls for it; None for never.

    Some members' looks are a little closer together than others', so that roles given together, be it thousands, do not
    stay together. All roles of one member are looked at at once.
    """
    if look_every is None or entry.state is not LedgerState.HELD or entry.verified_at is None:
        return None
    digest = blake2b(f"{entry.guild_id}:{entry.user_id}".encode(), digest_size=4).digest()
    return entry.verified_at + look_every * (0.75 + 0.25 * int.from_bytes(digest) / (1 << 32))


def is_strangely_bare(member: MemberSnapshot, now: datetime, entries: Iterable[LedgerEntry] = ()) -> bool:
    """Whether Discord shows no role at all, and that in one way only, on somebody who should have one by now.

    That is who has been there for a while, and who got one from the bot since they joined: see `entries`.
    """
    if member.role_ids or member.is_confirmed:
        return False
    joined_at = member.joined_at
    if joined_at is None or now - joined_at > NEWCOMER:
        return True
    return any(entry.state is LedgerState.HELD and entry.given_at > joined_at for entry in entries)
