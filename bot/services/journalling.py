"""Which sweep a line of the journal belongs to."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.ledger import JournalEntry
from bot.domain.undos import UndoStep
from bot.services.repositories import UnitOfWork


async def write_line(unit: UnitOfWork, line: JournalEntry, step: UndoStep | None, interval: timedelta) -> None:
    """Write a line down as part of the undo that it carries out, or else of the server's present sweep."""
    sweep_id = (await unit.sweeps.current(line.guild_id, line.at, interval)).id if step is None else step.sweep_id
    await unit.journal.add(replace(line, sweep_id=sweep_id))
