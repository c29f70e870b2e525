"""Discord's limits for the whole bot token and for each server, shared by processes on one PostgreSQL database.

Each process alone would learn what is left of a limit only from the answers to its own requests. So they ask here
before each one, by the database's clock. A process that dies has at most used up a turn or two that nobody gets.
"""

from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.role_rooms import SharedRoom
from bot.domain.urgency import Urgency
from bot.store.failures import trouble_told

_LONGEST_WAIT: Final = 10.0
"""Seconds; a row that says more is from a clock that went back."""
_FORGOTTEN_AFTER: Final = 3_600.0
"""Seconds after its last use; a room says nothing then that one answer would not tell."""

# These rows are worth nothing after a crash, so nobody waits for the disk.
_NO_WAIT: Final = text("SELECT set_config('synchronous_commit', 'off', true)")
_NEXT_TURNS: Final = text("""
    INSERT INTO provider_paces (provider, free_at)
    VALUES ('discord', clock_timestamp() + make_interval(secs => :span - :burst))
    ON CONFLICT (provider) DO UPDATE SET free_at = make_interval(secs => :span) + LEAST(
        GREATEST(provider_paces.free_at, clock_timestamp() - make_interval(secs => :burst)),
        clock_timestamp() + make_interval(secs => :longest)
    )
    RETURNING extract(epoch FROM free_at - make_interval(secs => :span) - clock_timestamp())
""")
_NOW: Final = text("SELECT extract(epoch FROM clock_timestamp())")
_ROOM: Final = text("SELECT text FROM notes WHERE name = :name FOR UPDATE")
_NEW_ROOM: Final = text("INSERT INTO notes (name, text) VALUES (:name, :text) ON CONFLICT (name) DO NOTHING")
_SET_ROOM: Final = text("UPDATE notes SET text = :text WHERE name = :name")
_FORGET_ROOMS: Final = text("DELETE FROM notes WHERE name LIKE 'room:%' AND text < :before")


class DiscordLimits:
    """Shares the limits of one bot token."""

    def __init__(self, engine: AsyncEngine) -> None:
        """`engine`: of a PostgreSQL database."""
        self._engine = engine

    async def next_turns(self, turns: int, spacing: float, burst: int) -> float:
        """Take the next turns of all processes, `spacing` seconds apart; after a pause, `burst` of them at once.

        Returns the seconds until the first of them, negative for one that was due already. Raises `StoreBusyError`.
        """
        spans = {"span": turns * spacing, "burst": burst * spacing, "longest": _LONGEST_WAIT}
        with trouble_told():
            async with self._engine.begin() as connection:
                await connection.execute(_NO_WAIT)
                return await _number(connection, _NEXT_TURNS, spans)

    async def ask(self, guild_id: int, lane: str, urgency: Urgency) -> float:
        """Ask for one request of a server's limit. Returns the seconds to wait before asking again, 0 if it may go.

        Raises `StoreBusyError`.
        """
        name = _name(guild_id, lane)
        with trouble_told():
            async with self._engine.begin() as connection:
                room = await _room(connection, name)
                wait, after = room.ask(urgency, await _number(connection, _NOW))
                await connection.execute(_SET_ROOM, {"name": name, "text": _written(after)})
        return wait

    async def tell(self, guild_id: int, lane: str, told: tuple[int, int, float] | None) -> None:
        """Say what the answer to a request told: limit, what remains, and seconds to the reset; None for nothing.

        Raises `StoreBusyError`.
        """
        name = _name(guild_id, lane)
        with trouble_told():
            async with self._engine.begin() as connection:
                room = await _room(connection, name)
                now = await _number(connection, _NOW)
                if told is None:
                    after = room.told_nothing(now)
                else:
                    limit, remaining, resets_in = told
                    after = room.told(limit, remaining, now + resets_in, now)
                if after != room:
                    await connection.execute(_SET_ROOM, {"name": name, "text": _written(after)})


async def _room(connection: AsyncConnection, name: str) -> SharedRoom:
    """Read a room, and keep it for this transaction."""
    await connection.execute(_NO_WAIT)
    found = await connection.scalar(_ROOM, {"name": name})
    if found is None:
        before = SharedRoom(resets_at=await _number(connection, _NOW) - _FORGOTTEN_AFTER)
        await connection.execute(_FORGET_ROOMS, {"before": _written(before)})
        await connection.execute(_NEW_ROOM, {"name": name, "text": _written(SharedRoom())})
        found = await connection.scalar(_ROOM, {"name": name})
    return _read(str(found))


async def _number(connection: AsyncConnection, query: TextClause, values: dict[str, float] | None = None) -> float:
    return float(await connection.scalar(query, values) or 0.0)


def _name(guild_id: int, lane: str) -> str:
    return f"room:{guild_id}:{lane}"


def _written(room: SharedRoom) -> str:
    """As a note; the time comes first and has one length, so that notes are in its order."""
    return f"{room.resets_at:014.3f} {room.limit} {room.remaining} {room.window:.3f} {room.people_until:.3f}"


def _read(note: str) -> SharedRoom:
    resets_at, limit, remaining, window, people_until = note.split()
    return SharedRoom(int(limit), int(remaining), float(resets_at), float(window), float(people_until))


def limits_of(engine: AsyncEngine) -> DiscordLimits | None:
    """Return the limits that processes on a database share; None on SQLite, where an installation is one process."""
    return DiscordLimits(engine) if engine.dialect.name == "postgresql" else None
