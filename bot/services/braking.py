"""The brake at work: which removals pass, which wait for an admin, and what an admin decides about those.

The removals of one role that exceed the brake go into its hold. While a hold is open, every further removal of the
role joins it: the suspicion stands until somebody has looked. A removal that was asked for never waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.brake_causes import HoldNotice, likely_causes
from bot.domain.brakes import BRAKE_WINDOW, Brake, BrakeHold, HoldDecision
from bot.domain.ledger import LedgerState
from bot.domain.members import Unreachable
from bot.domain.role_plans import Step
from bot.services.admins import Admin
from bot.services.member_cases import RoleDecision
from bot.services.ports import Clock, HoldBoard, Store
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

BRAKE_RETRY = timedelta(hours=1)
"""How often a waiting removal is planned anew, in case nothing else makes its member due."""
WAITS_SHOWN = 500
"""As many removals of a hold are loaded at once; the rest is a number."""
HOLDS_PER_PASS = 20
POST_RETRY = timedelta(minutes=1)
_LINES_LOOKED_AT = 50
_SAID = {HoldDecision.APPROVED: AuditAction.REMOVALS_APPROVED, HoldDecision.KEPT: AuditAction.REMOVALS_KEPT}


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a press on Approve or Keep."""

    hold: BrakeHold | None
    """The hold as it is now; None when it is too old to be known."""
    is_new: bool
    """Whether it was this press that decided."""


class Braking:
    """Holds removals back, and lets admins decide about them."""

    def __init__(self, store: Store, clock: Clock, brake: Brake) -> None:
        self._store = store
        self._clock = clock
        self._brake = brake

    async def apply(self, unit: UnitOfWork, decision: RoleDecision, now: datetime) -> RoleDecision:
        """Return the decision, or when it is a removal that must wait, the one to wait."""
        entry, planned = decision.entry, decision.plan.entry
        if decision.plan.step is not Step.TAKE or entry is None or planned is None or decision.is_exempt_from_brake:
            return decision
        if entry.state is LedgerState.TAKING and entry.lapsed_at == planned.lapsed_at:
            return decision  # passed the brake when the intent was written, for this lapse
        if await unit.brake_holds.is_approved(planned):
            return decision
        hold = await unit.brake_holds.open_of_role(entry.guild_id, entry.role_id)
        if hold is None and await self._passes(unit, entry.guild_id, entry.role_id, now):
            return decision
        waiting = replace(planned, state=LedgerState.HELD)
        if await unit.brake_holds.add(waiting, decision.evidence, now):
            log.warning("brake.held", guild_id=entry.guild_id, role_id=entry.role_id)
            name = "" if decision.rule is None else decision.rule.role_name
            line = AuditLine(now, entry.guild_id, None, AuditAction.REMOVALS_HELD, name)
            await unit.audit.add(line)
        plan = replace(decision.plan, step=Step.NOTHING, entry=waiting, look_again_at=now + BRAKE_RETRY)
        return replace(decision, plan=plan)

    async def room_for(self, unit: UnitOfWork, guild_id: int, role_id: int, removals: int, now: datetime) -> int:
        """How many of so many removals of a role would pass now; the others would wait for an admin."""
        if await unit.brake_holds.open_of_role(guild_id, role_id) is not None:
            return 0
        held, leaving = await unit.ledger.count(guild_id, role_id)
        gone = leaving + await unit.journal.taken_since(guild_id, role_id, now - BRAKE_WINDOW)
        passing = 0
        while passing < removals and self._brake.allows(gone + passing, held - passing):
            passing += 1
        return passing

    async def _passes(self, unit: UnitOfWork, guild_id: int, role_id: int, now: datetime) -> bool:
        held, leaving = await unit.ledger.count(guild_id, role_id)
        taken = await unit.journal.taken_since(guild_id, role_id, now - BRAKE_WINDOW)
        return self._brake.allows(taken + leaving, held)

    async def decide(self, admin: Admin, hold_id: int, decision: HoldDecision, through: int) -> Decided:
        """Approve the removals of a hold, or let the members keep the role: those up to the wait `through`.

        These are the ones that the admin saw. Whoever came after them waits in a new hold.
        """
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.brake_holds.prune(now)
            hold = await unit.brake_holds.get(hold_id)
            if hold is None or hold.guild_id != admin.guild_id:
                return Decided(None, is_new=False)
            if not await unit.brake_holds.decide(hold_id, decision, through, admin.user_id, now):
                return Decided(hold, is_new=False)
            members = await unit.brake_holds.decided_members(hold_id)
            if decision is HoldDecision.KEPT:
                await unit.ledger.keep(hold.guild_id, hold.role_id, members, now)
            await unit.members.touch_members(hold.guild_id, members)
            rule = await unit.rules.of_role(hold.guild_id, hold.role_id)
            name = "" if rule is None else rule.role_name
            after = f"{len(members)} {'member' if len(members) == 1 else 'members'}"
            await unit.audit.add(AuditLine(now, hold.guild_id, admin.user_id, _SAID[decision], name, after=after))
            return Decided(await unit.brake_holds.get(hold_id), is_new=True)

    async def open_holds(self, guild_id: int) -> Sequence[HoldNotice]:
        """What waits for an admin in a server."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.brake_holds.prune(now)
            return [await notice_of(unit, hold, now) for hold in await unit.brake_holds.open_of_guild(guild_id)]


class HoldPosting:
    """Keeps every hold's post in its server's log channel true: one post per hold, edited as the list changes.

    What is to be shown is in the database, so nothing is lost in a restart. A crash between a post and its record makes
    a second post; both then lead to the same decision.
    """

    def __init__(self, store: Store, board: HoldBoard, clock: Clock) -> None:
        self._store = store
        self._board = board
        self._clock = clock

    async def show_due(self) -> None:
        """Bring the posts up to date that are not."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            await unit.brake_holds.prune(now)
            due = await unit.brake_holds.to_show(now, HOLDS_PER_PASS)
        for hold in due:
            await self._show(hold, now)

    async def _show(self, hold: BrakeHold, now: datetime) -> None:
        async with self._store.unit() as unit:
            if not await unit.brake_holds.claim(hold, now, now + POST_RETRY):
                return
            hold = await unit.brake_holds.get(hold.id) or hold  # as it is since nobody else can claim it
            log_channel_id = (await unit.settings.get(hold.guild_id)).log_channel_id
            notice = await notice_of(unit, hold, now)
        channel_id = log_channel_id if hold.post is None else hold.post.channel_id
        shown = None
        if channel_id is not None and (hold.is_open or hold.post is not None):
            shown = await self._board.show(notice, channel_id)
        if isinstance(shown, Unreachable):
            return  # due again in a while
        async with self._store.unit() as unit:
            await unit.brake_holds.shown(hold, shown)


async def notice_of(unit: UnitOfWork, hold: BrakeHold, now: datetime) -> HoldNotice:
    """Put together what an admin needs to decide about a hold."""
    waits = await unit.brake_holds.waits(hold.id, WAITS_SHOWN)
    rule = await unit.rules.of_role(hold.guild_id, hold.role_id)
    lines = await unit.audit.recent(hold.guild_id, _LINES_LOOKED_AT)
    figures = await unit.sweeps.figures(hold.guild_id, now)
    unreadable = sum(count for _, count in figures.wallets_unknown)
    name = "" if rule is None else rule.role_name
    return HoldNotice(hold, name, waits, likely_causes(waits, hold.opened_at, rule, lines, unreadable))
