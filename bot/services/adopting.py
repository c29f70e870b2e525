"""Adopting a role: what members have from somebody else is handed over to the bot, with time for them to verify.

An adopted role stays until its date, whoever verifies by then holds it like everybody else, and afterwards it is taken
from the rest as after any lapse: with the rule's grace, the brake, and never while a reading is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.markup import plain
from bot.domain.members import MembersHidden, MemberSnapshot, Unreachable
from bot.domain.rules import Rule
from bot.services.admins import Admin
from bot.services.loose_ends import CHANGED_SINCE, tie_up
from bot.services.ports import Clock, ServerLists, Store
from bot.services.repositories import UnitOfWork

MEMBERS_A_UNIT = 200
"""So many are adopted in one unit of work, so that nobody waits long for the database."""
ADOPTED = "the member had the role before, and an admin adopted it"
"""The note in the journal."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A member whose adopted role nothing speaks for yet."""

    user_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class AdoptionReport:
    """How an adoption stands."""

    rule: Rule
    verified: Sequence[int]
    """User ids of those whose holdings meet the rule by now."""
    unverified: Sequence[Unverified]
    """Those who have not shown that yet, the first to lose the role first."""
    over: int
    """How many adopted roles are gone: taken after the date, or the member left."""
    adopted_now: int = 0
    """How many were adopted just now."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody's role was ever adopted."""
        return not self.verified and not self.unverified and not self.over


class Adopting:
    """The use cases of `/rule adopt`."""

    def __init__(self, store: Store, lists: ServerLists, clock: Clock) -> None:
        self._store = store
        self._lists = lists
        self._clock = clock

    async def adopt(self, admin: Admin, role_id: int, until: datetime) -> AdoptionReport:
        """Adopt a role from everybody who has it now, until then; those adopted before get the new date.

        Cut short, it can simply be asked for again. Raises `UserError` without a rule, or when Discord does not list
        the members.
        """
        await self._rule(admin.guild_id, role_id)
        adopted = 0
        after = 0
        asked_at = self._clock.now()
        while page := await self._page(admin.guild_id, after):
            after = page[-1].user_id
            holders = [member.user_id for member in page if role_id in member.role_ids]
            for start in range(0, len(holders), MEMBERS_A_UNIT):
                some = holders[start : start + MEMBERS_A_UNIT]
                async with self._store.unit() as unit:
                    now = self._clock.now()
                    adopted += await _adopt_some(unit, admin.guild_id, role_id, some, until, asked_at, now)
            asked_at = self._clock.now()
        now = self._clock.now()
        async with self._store.unit() as unit:
            await _extend(unit, admin.guild_id, role_id, until)
            rule = await _rule(unit, admin.guild_id, role_id)
            after_words = f"{adopted} {'member' if adopted == 1 else 'members'}, until {until:%Y-%m-%d %H:%M} UTC"
            line = AuditLine(
                now, admin.guild_id, admin.user_id, AuditAction.ROLE_ADOPTED, rule.role_name, after=after_words
            )
            await unit.audit.add(line)
            report = await _report(unit, rule)
        return replace(report, adopted_now=adopted)

    async def report(self, guild_id: int, role_id: int) -> AdoptionReport:
        """Who has verified and who has not. Raises `UserError` when the role has no rule."""
        async with self._store.reading() as unit:
            return await _report(unit, await _rule(unit, guild_id, role_id))

    async def _rule(self, guild_id: int, role_id: int) -> Rule:
        async with self._store.reading() as unit:
            return await _rule(unit, guild_id, role_id)

    async def _page(self, guild_id: int, after: int) -> Sequence[MemberSnapshot]:
        match await self._lists.members(guild_id, after):
            case MembersHidden():
                raise UserError(
                    "Discord does not show Holdfast who is in this server, so nobody's role was adopted. The host of "
                    "this bot must switch on “Server Members Intent” for it in Discord's Developer Portal (the page "
                    "Bot, under Privileged Gateway Intents). Then use this command again."
                )
            case Unreachable():
                raise UserError(
                    "Discord did not list all members, so the adoption is not complete. Nobody lost anything. "
                    "Use the command again in a minute: it goes on where it stopped."
                )
            case members:
                return members


async def _rule(unit: UnitOfWork, guild_id: int, role_id: int) -> Rule:
    rule = await unit.rules.of_role(guild_id, role_id)
    if rule is None:
        raise UserError(
            f"There is no rule for <@&{role_id}>, so nothing would tell who may keep it. Nothing was changed. "
            "Make the rule first with `/rule add`."
        )
    return rule


async def _adopt_some(
    unit: UnitOfWork,
    guild_id: int,
    role_id: int,
    holders: Sequence[int],
    until: datetime,
    asked_at: datetime,
    now: datetime,
) -> int:
    """Adopt the role from these, who had it when Discord was asked. Return how many that were."""
    opted_out = await unit.opt_outs.of_guild(guild_id)
    known = {entry.user_id: entry for entry in await unit.ledger.of_role_among(guild_id, role_id, holders)}
    adopted: list[int] = []
    for user_id in holders:
        entry = known.get(user_id)
        if user_id in opted_out or (entry is not None and not _is_somebody_elses(entry, asked_at)):
            continue  # not to be judged here; or the bot gave the role itself
        await unit.members.meet(guild_id, user_id, now)
        if entry is not None:
            await tie_up(unit, [entry], now, CHANGED_SINCE)
        await unit.ledger.save(
            LedgerEntry(guild_id, user_id, role_id, LedgerState.HELD, now, verified_at=now, adopted_until=until)
        )
        evidence = Evidence("", note=ADOPTED)
        await unit.journal.add(
            JournalEntry(now, guild_id, user_id, role_id, RoleAction.ADOPT, RoleOutcome.DONE, evidence)
        )
        adopted.append(user_id)
    await unit.members.touch_members(guild_id, adopted)
    return len(adopted)


def _is_somebody_elses(entry: LedgerEntry, asked_at: datetime) -> bool:
    """Whether a role that a member had at that time was given by somebody else after the bot had lost or taken it.

    As long as it is not known whether the bot's removal was carried out, the admin's word goes before it.
    """
    match entry.state:
        case LedgerState.WITHHELD:
            return True
        case LedgerState.TAKING:
            return entry.missing_since is None or entry.missing_since < asked_at
        case _:
            return False


async def _extend(unit: UnitOfWork, guild_id: int, role_id: int, until: datetime) -> None:
    """Give everybody who has not verified yet the same date."""
    changed = [
        replace(entry, adopted_until=until, lapsed_at=None, notified_at=None)
        for entry in await unit.ledger.of_role(guild_id, role_id)
        if entry.adopted_until is not None and entry.adopted_until != until and entry.state is LedgerState.HELD
    ]
    for entry in changed:
        await unit.ledger.save(entry)
    await unit.members.touch_members(guild_id, [entry.user_id for entry in changed])


async def _report(unit: UnitOfWork, rule: Rule) -> AdoptionReport:
    entries = {entry.user_id: entry for entry in await unit.ledger.of_role(rule.guild_id, rule.role_id)}
    ever = await unit.journal.adopters(rule.guild_id, rule.role_id)
    held = [entries[user_id] for user_id in ever if user_id in entries and not entries[user_id].is_gone]
    unverified = [Unverified(entry.user_id, entry.adopted_until) for entry in held if entry.adopted_until is not None]
    return AdoptionReport(
        rule=rule,
        verified=[entry.user_id for entry in held if entry.adopted_until is None],
        unverified=sorted(unverified, key=lambda member: (member.until, member.user_id)),
        over=len(ever) - len(held),
    )


def needs_date(role_name: str) -> UserError:
    """What to say when a role that nobody's was adopted yet comes without a date."""
    return UserError(
        f"Nobody's role “{plain(role_name)}” was adopted yet. Say until when its holders have time to verify: give "
        "`until` a date such as 2026-12-24, or a span such as 14d."
    )
