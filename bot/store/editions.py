"""Which edition of a server's rules and collections is the current one.

An edition is a random word that every change replaces, in the same transaction. Whoever has kept the rules asks for the
word alone. While they use what they kept, nobody changes it: two transactions that did not see each other could
otherwise miss a member for whom the new rule and the new holdings matter together.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import NoteRow
from bot.store.statements import in_batches, insert_into, write

_PREFIX = "rules:"


async def new_edition(session: AsyncSession, guild_id: int) -> None:
    """Record that rules or collections of a server change."""
    new = insert_into(session, NoteRow).values(name=edition_name(guild_id), text=uuid4().hex)
    await write(session, new.on_conflict_do_update(index_elements=["name"], set_={"text": new.excluded.text}))


async def current_editions(session: AsyncSession, guild_ids: AnyOf[int]) -> Mapping[int, str]:
    """Return the current edition of each server, kept from changing until the unit ends."""
    found = await _find(session, guild_ids)
    unknown = sorted(guild_id for guild_id in guild_ids if guild_id not in found)
    if not unknown:
        return found
    rows = [{"name": edition_name(guild_id), "text": uuid4().hex} for guild_id in unknown]
    await write(session, insert_into(session, NoteRow).on_conflict_do_nothing(), rows)
    return await _find(session, guild_ids)


async def forget_editions(session: AsyncSession, guild_id: int) -> None:
    """Delete what is noted of a server."""
    await write(session, delete(NoteRow).where(NoteRow.name == edition_name(guild_id)))


async def _find(session: AsyncSession, guild_ids: AnyOf[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in in_batches(sorted(guild_ids)):
        query = select(NoteRow.name, NoteRow.text).where(NoteRow.name.in_(edition_name(guild_id) for guild_id in some))
        rows = await session.execute(query.order_by(NoteRow.name).with_for_update(read=True))
        found |= {int(row.name.removeprefix(_PREFIX)): row.text for row in rows}
    return found


def edition_name(guild_id: int) -> str:
    """Return the name of the note with a server's edition."""
    return f"{_PREFIX}{guild_id}"
