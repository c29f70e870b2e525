"""What admins configure: collections, rules, settings."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NameTakenError, RoleTakenError
from bot.domain.expressions import Expression, render
from bot.domain.grammar import parse
from bot.domain.guilds import GuildSettings
from bot.domain.markup import plain
from bot.domain.rules import Collection, Rule, RuleState
from bot.domain.selectors import Selector
from bot.store.editions import current_editions, new_edition
from bot.store.guild_models import CollectionRow, GuildSettingsRow, RuleRow
from bot.store.statements import in_batches, insert_into, inserted_id, write


class SqlCollections:
    """Collections in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, guild_id: int, name: str, selector: Selector, now: datetime) -> Collection:
        """Add one. Raises `NameTakenError`."""
        name = name.lower()
        new = insert_into(self._session, CollectionRow).values(
            guild_id=guild_id,
            name=name,
            network=selector.network,
            kind=selector.kind,
            items=sorted(selector.items),
            created_at=now,
        )
        new_id = await inserted_id(self._session, new.on_conflict_do_nothing().returning(CollectionRow.id))
        if new_id is None:
            raise NameTakenError(f"This server has a collection named {name} already. Choose another name.")
        await new_edition(self._session, guild_id)
        return Collection(new_id, guild_id, name, selector)

    async def remove(self, collection_id: int) -> None:
        """Remove one."""
        guild_id = await self._session.scalar(select(CollectionRow.guild_id).where(CollectionRow.id == collection_id))
        if guild_id is not None:
            await new_edition(self._session, guild_id)
            await write(self._session, delete(CollectionRow).where(CollectionRow.id == collection_id))

    async def of_guild(self, guild_id: int) -> Sequence[Collection]:
        """Return all of a server, by name."""
        return (await self.of_guilds([guild_id]))[guild_id]

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, Sequence[Collection]]:
        """Return all of several servers, by server and by name."""
        found: dict[int, list[Collection]] = {guild_id: [] for guild_id in guild_ids}
        for some in in_batches(sorted(found)):
            for row in await self._session.scalars(select(CollectionRow).where(CollectionRow.guild_id.in_(some))):
                selector = Selector(row.network, row.kind, frozenset(row.items))
                found[row.guild_id].append(Collection(row.id, row.guild_id, row.name, selector))
        return {
            guild_id: sorted(collections, key=lambda collection: collection.name)
            for guild_id, collections in found.items()
        }


_RULE_COLUMNS = tuple(RuleRow.__table__.columns)


class SqlRules:
    """Rules in the database. A rule's server and role never change; what it asks for does."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, guild_id: int, role_id: int, role_name: str, expression: Expression, grace: timedelta) -> Rule:
        """Add one. Raises `RoleTakenError` when the role has a rule already."""
        new = insert_into(self._session, RuleRow).values(
            guild_id=guild_id,
            role_id=role_id,
            role_name=role_name,
            expression=render(expression),
            grace=grace,
            state=RuleState.ACTIVE,
            state_note="",
        )
        new_id = await inserted_id(self._session, new.on_conflict_do_nothing().returning(RuleRow.id))
        if new_id is None:
            raise RoleTakenError(
                f"There is a rule for the role “{plain(role_name)}” already. Change it with `/rule edit`."
            )
        await new_edition(self._session, guild_id)
        return Rule(new_id, guild_id, role_id, role_name, expression, grace)

    async def save(self, rule: Rule) -> None:
        """Write a rule's new state."""
        await new_edition(self._session, rule.guild_id)
        changed = update(RuleRow).where(RuleRow.id == rule.id)
        await write(
            self._session,
            changed.values(
                role_name=rule.role_name,
                expression=render(rule.expression),
                grace=rule.grace,
                state=rule.state,
                state_note=rule.state_note,
            ),
        )

    async def remove(self, rule_id: int) -> None:
        """Remove one."""
        guild_id = await self._session.scalar(select(RuleRow.guild_id).where(RuleRow.id == rule_id))
        if guild_id is not None:
            await new_edition(self._session, guild_id)
            await write(self._session, delete(RuleRow).where(RuleRow.id == rule_id))

    async def begin_change(self, guild_id: int) -> None:
        """Let nobody else use a server's rules until the unit ends; called before rows of its members are written."""
        await new_edition(self._session, guild_id)

    async def editions(self, guild_ids: AnyOf[int]) -> Mapping[int, str]:
        """Return what changes with every change of a server's rules or collections, held still until the unit ends."""
        return await current_editions(self._session, guild_ids)

    async def of_guild(self, guild_id: int) -> Sequence[Rule]:
        """Return all of a server, in the order they were made."""
        return (await self.of_guilds([guild_id]))[guild_id]

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, Sequence[Rule]]:
        """Return all of several servers, by server, in the order they were made."""
        found: dict[int, list[Rule]] = {guild_id: [] for guild_id in guild_ids}
        for some in in_batches(sorted(found)):
            query = select(*_RULE_COLUMNS).where(RuleRow.guild_id.in_(some)).order_by(RuleRow.id)
            for row in await self._session.execute(query):
                found[row.guild_id].append(_rule(row))
        return found

    async def of_role(self, guild_id: int, role_id: int) -> Rule | None:
        """Return the rule of a role."""
        query = select(RuleRow).where(RuleRow.guild_id == guild_id, RuleRow.role_id == role_id)
        row = (await self._session.scalars(query)).one_or_none()
        return None if row is None else _rule(row)

    async def stop(self, guild_id: int, role_id: int, state: RuleState, note: str) -> bool:
        """Put an ACTIVE rule into another state; False when it was not active (so that one of many callers tells)."""
        await new_edition(self._session, guild_id)
        active = update(RuleRow).where(
            RuleRow.guild_id == guild_id, RuleRow.role_id == role_id, RuleRow.state == RuleState.ACTIVE
        )
        return await write(self._session, active.values(state=state, state_note=note)) == 1


def _rule(row: RuleRow | Row[*tuple[Any, ...]]) -> Rule:
    return Rule(
        row.id, row.guild_id, row.role_id, row.role_name, _read(row.expression), row.grace, row.state, row.state_note
    )


@lru_cache(maxsize=8192)
def _read(expression: str) -> Expression:
    """Parse a stored expression once: a server's rules are loaded for every one of its members."""
    return parse(expression, None)


class SqlSettings:
    """Servers' settings in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, guild_id: int) -> GuildSettings:
        """Return a server's settings; defaults when nothing was set."""
        return (await self.of_guilds([guild_id]))[guild_id]

    async def of_guilds(self, guild_ids: AnyOf[int]) -> Mapping[int, GuildSettings]:
        """Return several servers' settings; defaults where nothing was set."""
        found = {guild_id: GuildSettings(guild_id) for guild_id in guild_ids}
        for some in in_batches(sorted(found)):
            for row in await self._session.scalars(select(GuildSettingsRow).where(GuildSettingsRow.guild_id.in_(some))):
                found[row.guild_id] = GuildSettings(
                    row.guild_id, row.log_channel_id, row.grace, row.paused, row.notice_channel_id
                )
        return found

    async def save(self, settings: GuildSettings) -> None:
        """Write them."""
        state = {
            "log_channel_id": settings.log_channel_id,
            "grace": settings.grace,
            "paused": settings.paused,
            "notice_channel_id": settings.notice_channel_id,
        }
        new = insert_into(self._session, GuildSettingsRow).values(guild_id=settings.guild_id, **state)
        await write(self._session, new.on_conflict_do_update(index_elements=["guild_id"], set_=state))
