"""Undoing a sweep: giving back what it took, and taking back what it gave.

An undo is written down as steps, one for each role of each member, and the reconciliation carries them out with the
same care as everything else. So it goes on after a restart, and it can be undone itself.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.assignability import why_not_allowed, why_not_assignable
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.guilds import GuildSnapshot
from bot.domain.members import Presence, Unreachable
from bot.domain.sweeps import Sweep, SweepChanges, SweepKind
from bot.domain.undos import SkipReason, UndoAction, UndoState, UndoStep, net_changes, opposite
from bot.services.admins import Admin
from bot.services.guild_log import GuildLog
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.repositories import UnitOfWork

UNDOABLE_FOR = timedelta(days=30)
"""How old a sweep may be that is offered for undoing."""
MOST_OFFERED = 25


@dataclass(frozen=True, slots=True)
class UndoOutline:
    """What undoing a sweep would do."""

    sweep: Sweep
    steps: Sequence[UndoStep]
    """All of them; those that are not possible are skipped already, with the reason."""

    def to_do(self, action: UndoAction) -> Sequence[UndoStep]:
        """The steps that would be carried out."""
        return [step for step in self.steps if step.action is action and step.state is UndoState.WAITING]

    @property
    def size(self) -> tuple[int, int]:
        """How many roles would be given back, and taken back."""
        return len(self.to_do(UndoAction.GIVE)), len(self.to_do(UndoAction.TAKE))

    @property
    def skipped(self) -> Mapping[SkipReason, int]:
        """How many steps are not possible, by reason."""
        return Counter(step.skipped for step in self.steps if step.skipped is not None)


@dataclass(frozen=True, slots=True)
class UndoProgress:
    """How far an undo is, in roles of members."""

    undo: Sweep
    given: int
    taken: int
    waiting: int
    skipped: Mapping[SkipReason, int]

    @property
    def total(self) -> int:
        """How many roles it is about."""
        return self.given + self.taken + self.waiting + sum(self.skipped.values())


class OutlineChangedError(UserError):
    """More has changed since the admin looked; `outline` is what the undo would do now."""

    def __init__(self, outline: UndoOutline) -> None:
        super().__init__("Roles have changed since this was shown, so look again at what the undo would do now.")
        self.outline = outline


class Undoing:
    """The use cases of `/sweep undo`."""

    def __init__(
        self,
        store: Store,
        gateway: DiscordGateway,
        guild_log: GuildLog,
        clock: Clock,
        in_words: Callable[[UndoProgress], str],
    ) -> None:
        self._in_words = in_words
        self._store = store
        self._gateway = gateway
        self._guild_log = guild_log
        self._clock = clock

    async def recent(self, guild_id: int) -> Sequence[SweepChanges]:
        """The newest sweeps that changed roles, newest first."""
        async with self._store.reading() as unit:
            return await unit.sweeps.with_changes(guild_id, self._clock.now() - UNDOABLE_FOR, MOST_OFFERED)

    async def outline(self, admin: Admin, sweep_id: int) -> UndoOutline:
        """What undoing a sweep would do now. Raises `UserError` when there is nothing to undo, or it may not be."""
        guild = await self._guild(admin.guild_id)
        async with self._store.unit() as unit:
            return await _outline(unit, guild, admin, sweep_id)

    async def start(self, admin: Admin, sweep_id: int, shown: tuple[int, int]) -> Sweep:
        """Begin to undo a sweep. Returns the undo, which is a sweep of its own.

        `shown`: how many roles the admin agreed to have given back and taken back. Raises `OutlineChangedError` when
        that is not what would be done now, and `UserError` as `outline` does.
        """
        guild = await self._guild(admin.guild_id)
        now = self._clock.now()
        async with self._store.unit() as unit:
            outline = await _outline(unit, guild, admin, sweep_id)
            if outline.size != shown:
                raise OutlineChangedError(outline)
            undo = await unit.sweeps.start_undo(outline.sweep, admin.user_id, now)
            await unit.undos.settle_written(admin.guild_id)
            await unit.undos.add([replace(step, sweep_id=undo.id) for step in outline.steps])
            waiting = [step.user_id for step in outline.steps if step.state is UndoState.WAITING]
            await unit.members.touch_members(admin.guild_id, waiting)
            await unit.audit.add(_audit_line(admin, outline, now))
        return undo

    async def progress(self, guild_id: int, undo_id: int) -> UndoProgress | None:
        """How far an undo is; None when there is no such undo in the server."""
        async with self._store.reading() as unit:
            undo = await unit.sweeps.get(undo_id)
            if undo is None or undo.guild_id != guild_id or undo.kind is not SweepKind.UNDO:
                return None
            return await _progress(unit, undo)

    async def running(self, guild_id: int) -> UndoProgress | None:
        """The undo that is under way in a server, if there is one."""
        async with self._store.reading() as unit:
            undos = [undo for undo in await unit.sweeps.unfinished(SweepKind.UNDO) if undo.guild_id == guild_id]
            return await _progress(unit, undos[0]) if undos else None

    async def close_finished(self) -> None:
        """Close undos that have nothing left to do, and tell the servers' log channels, each once."""
        closed = []
        async with self._store.unit() as unit:
            for undo in await unit.sweeps.unfinished(SweepKind.UNDO):
                await unit.undos.skip_absent(undo.id)
                progress = await _progress(unit, undo)
                if not progress.waiting and await unit.sweeps.close(undo, self._clock.now()):
                    closed.append(replace(progress, undo=replace(undo, finished_at=self._clock.now())))
        for progress in closed:
            if progress.undo.guild_id is not None:
                await self._guild_log.post(progress.undo.guild_id, self._in_words(progress))

    async def _guild(self, guild_id: int) -> GuildSnapshot:
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            raise UserError(
                "Discord does not answer at the moment, so the roles cannot be checked and nothing was changed. "
                "Try again in a minute."
            )
        return guild


async def _outline(unit: UnitOfWork, guild: GuildSnapshot, admin: Admin, sweep_id: int) -> UndoOutline:
    sweep = await unit.sweeps.get(sweep_id)
    if sweep is None or sweep.guild_id != guild.guild_id:
        raise UserError("There is no such sweep in this server. Choose one from the list that the option offers.")
    if any(undo.guild_id == guild.guild_id for undo in await unit.sweeps.unfinished(SweepKind.UNDO)):
        raise UserError(
            "A sweep is being undone here at the moment. Its end is told in the log channel; try again after that."
        )
    changes = net_changes(await unit.journal.of_sweep(sweep_id))
    if not changes:
        raise UserError("That sweep left all roles as they were, so there is nothing to undo.")
    for role_id in {line.role_id for line in changes}:
        problem = why_not_allowed(guild, role_id, admin.user_id, admin.role_ids)
        if problem is not None:
            raise UserError(f"{problem} This sweep changed that role, so nothing was undone.")
    newer = await unit.journal.changed_besides(guild.guild_id, sweep_id, changes[0].at)
    present = set(await unit.members.in_guild(guild.guild_id, Presence.PRESENT))
    steps = []
    for line in changes:
        step = UndoStep(0, guild.guild_id, line.user_id, line.role_id, opposite(line.action), line.at)
        changed_at = newer.get((line.user_id, line.role_id))
        if changed_at is not None and changed_at > line.at:
            step = step.skip(SkipReason.CHANGED_SINCE)
        elif line.user_id not in present:
            step = step.skip(SkipReason.LEFT)
        elif guild.role(line.role_id) is None:
            step = step.skip(SkipReason.ROLE_GONE)
        elif why_not_assignable(guild, line.role_id) is not None:
            step = step.skip(SkipReason.FORBIDDEN)
        steps.append(step)
    return UndoOutline(sweep, steps)


async def _progress(unit: UnitOfWork, undo: Sweep) -> UndoProgress:
    done: Counter[UndoAction] = Counter()
    skipped: Counter[SkipReason] = Counter()
    waiting = 0
    for action, state, reason, number in await unit.undos.counts(undo.id):
        match state:
            case UndoState.WAITING:
                waiting += number
            case UndoState.WRITTEN | UndoState.DONE:
                done[action] += number
            case UndoState.SKIPPED if reason is not None:
                skipped[reason] += number
    return UndoProgress(undo, done[UndoAction.GIVE], done[UndoAction.TAKE], waiting, skipped)


def _audit_line(admin: Admin, outline: UndoOutline, now: datetime) -> AuditLine:
    given, taken = outline.size
    return AuditLine(
        now,
        admin.guild_id,
        admin.user_id,
        AuditAction.SWEEP_UNDONE,
        f"the sweep of {outline.sweep.started_at:%Y-%m-%d %H:%M} UTC",
        after=f"{given} to give back, {taken} to take back",
    )
