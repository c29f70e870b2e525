"""Sweeps that somebody asked for: starting one, seeing how it goes, calling it off, and noticing its end.

How far a sweep is stands in the wallets themselves, so a restart loses nothing and every process sees the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.services.guild_log import GuildLog
from bot.services.ports import Clock, Store
from bot.services.repositories import UnitOfWork


async def put_back(unit: UnitOfWork, made_due_at: datetime) -> int:
    """Undo what one sweep has made due, except where another one that runs waits for it. Returns how many wallets."""
    for other in await unit.sweeps.unfinished():
        await unit.wallets.pass_on(made_due_at, other.started_at, other.guild_id)
    return await unit.wallets.put_back(made_due_at)


class CallCount(Protocol):
    """Counts, for the sweeps that run, what balance services are asked meanwhile."""

    async def note(self) -> None:
        """Put what this process has counted so far where all see it. May raise `StoreBusyError`."""


class Report(Protocol):
    """Words for a sweep that has come to its end."""

    def __call__(self, sweep: Sweep, progress: SweepProgress, figures: SweepFigures, now: datetime) -> str:
        """Say in a server's log channel how it went."""


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """How re-verification stands in a server, and the last sweep that somebody asked for."""

    figures: SweepFigures
    sweep: Sweep | None
    progress: SweepProgress | None


class SweepRequests:
    """Keeps the record of requested sweeps."""

    def __init__(self, store: Store, guild_log: GuildLog, clock: Clock, calls: CallCount, report: Report) -> None:
        self._store = store
        self._guild_log = guild_log
        self._clock = clock
        self._calls = calls
        self._report = report

    async def request(self, guild_id: int, requested_by: int) -> tuple[Sweep, bool]:
        """Make a server's wallets due now. Returns the sweep, and False when one was running already."""
        await self._calls.note()
        now = self._clock.now()
        async with self._store.unit() as unit:
            running = await unit.sweeps.running(guild_id)
            if running is not None:
                if not (await unit.sweeps.progress(running, now)).is_finished:
                    return running, False
                await unit.sweeps.finish(running, now)
            await unit.wallets.make_due(now, guild_id=guild_id)
            await unit.members.touch_guild(guild_id)
            line = AuditLine(now, guild_id, requested_by, AuditAction.SWEEP_REQUESTED, "all linked wallets")
            await unit.audit.add(line)
            return await unit.sweeps.start(guild_id, requested_by, now), True

    async def cancel(self, guild_id: int, sweep_id: int, cancelled_by: int) -> tuple[Sweep, SweepProgress]:
        """End a sweep early. What it made due and nobody has read yet goes back to the time it had before.

        Nothing that was read is lost, and what follows from it for roles is still done. Raises `UserError` for a sweep
        that is over already, or not one of this server's.
        """
        now = self._clock.now()
        await self._calls.note()
        async with self._store.unit() as unit:
            sweep = await unit.sweeps.get(sweep_id)
            if sweep is None or sweep.guild_id != guild_id:
                raise UserError("That sweep is not known here any more. `/sweep status` shows the last one.")
            if not await unit.sweeps.cancel(sweep, cancelled_by, now):
                raise UserError("That sweep was over already, so there was nothing left to cancel.")
            progress = await unit.sweeps.progress(sweep, now)
            await put_back(unit, sweep.started_at)
            done = f"{progress.wallets_done} of {progress.wallets_total} wallets read"
            line = AuditLine(now, guild_id, cancelled_by, AuditAction.SWEEP_CANCELLED, "all linked wallets", after=done)
            await unit.audit.add(line)
            ended = await unit.sweeps.get(sweep_id)
        return ended or sweep, progress

    async def status(self, guild_id: int) -> SweepStatus:
        """How re-verification stands in a server."""
        now = self._clock.now()
        await self._calls.note()
        async with self._store.reading() as unit:
            sweep = await unit.sweeps.latest(guild_id)
            progress = await unit.sweeps.progress(sweep, now) if sweep else None
            return SweepStatus(await unit.sweeps.figures(guild_id, now), sweep, progress)

    async def figures(self) -> SweepFigures:
        """How re-verification stands in the whole installation. Raises `StoreBusyError`."""
        async with self._store.reading() as unit:
            return await unit.sweeps.figures(None, self._clock.now())

    async def close_finished(self) -> None:
        """Finish requested sweeps that have nothing left to do, and tell the servers' log channels."""
        async with self._store.unit() as unit:
            unfinished = await unit.sweeps.unfinished()
        if unfinished:
            await self._calls.note()
        for sweep in unfinished:
            now = self._clock.now()
            async with self._store.unit() as unit:
                progress = await unit.sweeps.progress(sweep, now)
                if not progress.is_finished or not await unit.sweeps.close(sweep, now):
                    continue
                figures = await unit.sweeps.figures(sweep.guild_id, now)
                ended = await unit.sweeps.get(sweep.id)
            if sweep.guild_id is not None:
                await self._guild_log.post(sweep.guild_id, self._report(ended or sweep, progress, figures, now))
