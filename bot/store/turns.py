"""Whose turn it is: work that only one may do at a time, in this process or in the whole installation.

On SQLite an installation is one process, so locks of the event loop are enough. On PostgreSQL several processes may
share a database, and its advisory locks keep them apart. They end with the connection that holds them, so a process
that is killed leaves nothing behind.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from bot.store.failures import trouble_told

log = structlog.get_logger(__name__)

_LOOK_AGAIN: Final = 0.05
"""Seconds until somebody who waits for another process looks again."""
_PULSE: Final = 10.0
"""Seconds between two signs of life on the connection that holds the turns."""
_LONGEST_SILENCE_MS: Final = 60_000
"""A process that hangs, or whose machine is gone, loses its turns after that time."""
_KNOWS_IDLE_SESSIONS: Final = 140_000
"""PostgreSQL's version that can end a session for being silent."""


class LocalTurns:
    """Turns inside this process."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, *names: str) -> AsyncIterator[None]:
        """Wait until nobody else has the turn of any of these names, and keep them for the block."""
        async with AsyncExitStack() as held:
            for name in sorted(set(names)):  # in one order, so that no two wait for each other
                await held.enter_async_context(self._locks.setdefault(name, asyncio.Lock()))
            yield

    @asynccontextmanager
    async def attempt(self, name: str) -> AsyncIterator[bool]:
        """Take a turn for the block if nobody has it; tells whether it did."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        if lock.locked():
            yield False
            return
        async with lock:
            yield True

    async def close(self) -> None:
        """Nothing to end."""


class PostgresTurns:
    """Turns in the whole installation, on one connection of its own.

    Whoever loses the connection loses the turns and is not told: what is done in a turn must stay harmless when two do
    it, and only costs more then.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._here = LocalTurns()  # one session may take an advisory lock twice, so who asks first is decided here
        self._asking = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._pulse: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def of(self, *names: str) -> AsyncIterator[None]:
        """Wait until nobody else has the turn of any of these names, and keep them for the block.

        Raises `StoreBusyError`.
        """
        async with self._here.of(*names), AsyncExitStack() as held:
            for name in sorted(set(names)):
                while not await self._take(name):  # noqa: ASYNC110 - it is other processes that are waited for
                    await asyncio.sleep(_LOOK_AGAIN)
                held.push_async_callback(self._give_back, name)
            yield

    @asynccontextmanager
    async def attempt(self, name: str) -> AsyncIterator[bool]:
        """Take a turn for the block if nobody has it; tells whether it did. Raises `StoreBusyError`."""
        async with self._here.attempt(name) as is_free:
            if not (is_free and await self._take(name)):
                yield False
                return
            try:
                yield True
            finally:
                await self._give_back(name)

    async def close(self) -> None:
        """Give all turns back."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.wait({self._pulse})
        async with self._asking:
            await self._drop()

    async def _take(self, name: str) -> bool:
        with trouble_told():
            asking = asyncio.create_task(self._ask("pg_try_advisory_lock", name))
            try:
                return await asyncio.shield(asking)
            except asyncio.CancelledError:
                # Half-said, it would cost the connection, and everybody else their turns.
                await asyncio.wait({asking})
                if not asking.cancelled() and asking.exception() is None and asking.result():
                    await self._give_back(name)
                raise

    async def _give_back(self, name: str) -> None:
        asking = asyncio.create_task(self._ask("pg_advisory_unlock", name, anew=False))
        try:
            await asyncio.shield(asking)
        except SQLAlchemyError:
            pass  # without its connection the turn is gone already
        except asyncio.CancelledError:
            await asyncio.wait({asking})
            raise

    async def _ask(self, function: str, name: str, *, anew: bool = True) -> bool:
        """Ask on the connection; `anew`: begin another one if there is none, or if it broke off."""
        async with self._asking:
            was_open = self._connection is not None
            if not (was_open or anew):
                return False
            try:
                return await self._say(function, name)
            except SQLAlchemyError:
                if not (was_open and anew):
                    raise
            return await self._say(function, name)

    async def _say(self, function: str, name: str) -> bool:
        try:
            connection = self._connection or await self._connect()
            answer = await connection.scalar(text(f"SELECT {function}(:number)"), {"number": _number(name)})
        except BaseException:
            await self._drop()
            raise
        return bool(answer)

    async def _connect(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            if int(await connection.scalar(text("SHOW server_version_num")) or 0) >= _KNOWS_IDLE_SESSIONS:
                await connection.execute(text(f"SET idle_session_timeout = {_LONGEST_SILENCE_MS}"))
        except BaseException:
            await connection.invalidate()
            raise
        self._connection = connection
        if self._pulse is None:
            self._pulse = asyncio.create_task(self._keep_alive(), name="turns")
        return connection

    async def _drop(self) -> None:
        # Closed for good: back in the pool it would still hold its locks.
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                await connection.invalidate()
                await connection.close()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_PULSE)
            async with self._asking:
                if self._connection is None:
                    continue
                try:
                    await self._connection.execute(text("SELECT 1"))
                except SQLAlchemyError as error:
                    log.warning("turns.lost", error=type(error).__name__)
                    await self._drop()


def turns_of(engine: AsyncEngine) -> LocalTurns | PostgresTurns:
    """Return the turns for a database."""
    return PostgresTurns(engine) if engine.dialect.name == "postgresql" else LocalTurns()


async def hold_until_end(session: AsyncSession, name: str) -> None:
    """Wait until no other transaction holds a name, and hold it until this one ends.

    On SQLite nobody can hold it, since its transactions come one after the other.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(f"until end: {name}")})


def _number(name: str) -> int:
    """The number of an advisory lock: one of 2**64, so that names meet by accident practically never."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, person=b"holdfast").digest(), signed=True)
