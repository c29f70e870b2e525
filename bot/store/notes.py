"""Small facts about the installation."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import NoteRow
from bot.store.statements import insert_into, write


class SqlNotes:
    """Notes in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> str | None:
        """Return what was noted."""
        return await self._session.scalar(select(NoteRow.text).where(NoteRow.name == name))

    async def set(self, name: str, text: str) -> None:
        """Note something, replacing what was noted before."""
        new = insert_into(self._session, NoteRow).values(name=name, text=text)
        await write(self._session, new.on_conflict_do_update(index_elements=["name"], set_={"text": new.excluded.text}))

    async def ensure(self, name: str, text: str) -> str:
        """Note something unless there is such a note already. Returns what is noted now."""
        await write(
            self._session, insert_into(self._session, NoteRow).values(name=name, text=text).on_conflict_do_nothing()
        )
        return (await self._session.scalars(select(NoteRow.text).where(NoteRow.name == name))).one()

    async def starting_with(self, prefix: str) -> Mapping[str, str]:
        """Return all notes whose names begin like that: their texts by name."""
        query = select(NoteRow).where(NoteRow.name.startswith(prefix, autoescape=True))
        return {row.name: row.text for row in await self._session.scalars(query)}

    async def drop(self, name: str) -> None:
        """Forget what was noted."""
        await write(self._session, delete(NoteRow).where(NoteRow.name == name))
