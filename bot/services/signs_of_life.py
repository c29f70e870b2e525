"""Which processes of an installation live: each one shows it in the database, for health checks and the doctor."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.services.ports import Clock, Store

SIGN: Final = "process:"
"""How the names of the notes begin."""
SHOW_EVERY: Final = timedelta(seconds=20)
LONGEST_PROCESS_SILENCE: Final = timedelta(seconds=70)
"""A process that has shown nothing for so long is gone, or not well."""
_KEPT: Final = timedelta(days=1)
_WORKS: Final = "jobs"


class ProcessKind(StrEnum):
    """What a process is there for, by the command that started it."""

    RUN = "run"
    WORKER = "worker"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Process:
    """One process, and whether jobs are among what it does."""

    kind: ProcessKind
    host: str
    """The name of its machine, or of its container."""
    number: int
    """Which one on that machine."""
    does_jobs: bool

    @property
    def note(self) -> str:
        """The name of its note."""
        which = f"{self.kind} {self.number} {self.host}"
        return SIGN + hashlib.blake2b(which.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Sign:
    """A process that showed that it was well."""

    process: Process
    at: datetime


class SignsOfLife:
    """Where processes show that they live, and others see it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, process: Process) -> None:
        """Note that a process is well now, and forget those that ended long ago without a word."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            for name, text in (await unit.notes.starting_with(SIGN)).items():
                sign = _read(text)
                if sign is None or sign.at < now - _KEPT:
                    await unit.notes.drop(name)
            await unit.notes.set(process.note, _written(Sign(process, now)))

    async def withdraw(self, process: Process) -> None:
        """Note that a process ends."""
        async with self._store.unit() as unit:
            await unit.notes.drop(process.note)

    async def seen(self) -> Sequence[Sign]:
        """All processes that were well a moment ago."""
        oldest = self._clock.now() - LONGEST_PROCESS_SILENCE
        async with self._store.unit() as unit:
            noted = await unit.notes.starting_with(SIGN)
        signs = [sign for sign in map(_read, noted.values()) if sign is not None and sign.at >= oldest]
        return sorted(signs, key=lambda sign: (sign.process.kind, sign.process.host, sign.process.number))


def _written(sign: Sign) -> str:
    process = sign.process
    works = _WORKS if process.does_jobs else "-"
    return f"{sign.at.isoformat()} {process.kind} {works} {process.number} {process.host}"


def _read(text: str) -> Sign | None:
    """Read a note; None for one of another version."""
    try:
        at, kind, works, number, host = text.split(" ", 4)
        return Sign(Process(ProcessKind(kind), host, int(number), works == _WORKS), datetime.fromisoformat(at))
    except ValueError:
        return None
