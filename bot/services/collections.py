"""Configuring a server's collections."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.expressions import check_name, names, render
from bot.domain.markup import plain
from bot.domain.networks import Network
from bot.domain.rules import Collection
from bot.domain.selectors import SelectorKind, parse_selector
from bot.services.admins import Admin
from bot.services.ports import Clock, Store

MOST_COLLECTIONS = 200


@dataclass(frozen=True, slots=True)
class CollectionUse:
    """A collection and the requirements that name it."""

    collection: Collection
    requirements: tuple[str, ...]


class CollectionAdmin:
    """The use cases of `/collection`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, admin: Admin, name: str, network: Network, kind: SelectorKind, items: str) -> Collection:
        """Add a collection. Raises `UserError` for a bad or taken name, or ids that do not fit."""
        canonical = check_name(name)
        selector = parse_selector(network, kind, items)
        now = self._clock.now()
        async with self._store.unit() as unit:
            if len(await unit.collections.of_guild(admin.guild_id)) >= MOST_COLLECTIONS:
                raise UserError(
                    f"This server has {MOST_COLLECTIONS} collections, which is the most there can be. "
                    "Remove one with `/collection remove` first."
                )
            collection = await unit.collections.add(admin.guild_id, canonical, selector, now)
            line = AuditLine(
                now,
                admin.guild_id,
                admin.user_id,
                AuditAction.COLLECTION_ADDED,
                canonical,
                after=selector.describe(),
            )
            await unit.audit.add(line)
        return collection

    async def remove(self, admin: Admin, name: str) -> Collection:
        """Remove a collection that no rule names. Raises `UserError` otherwise."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            collection = _named(await unit.collections.of_guild(admin.guild_id), name)
            users = [
                rule.role_name
                for rule in await unit.rules.of_guild(admin.guild_id)
                if collection.name in names(rule.expression)
            ]
            if users:
                listed = ", ".join(f"“{plain(user)}”" for user in users[:10])
                raise UserError(
                    f"The collection `{collection.name}` is used by the rule for {listed}, so removing it would leave "
                    "holders without a way to qualify. Change that rule with `/rule edit`, or remove it, first."
                )
            await unit.collections.remove(collection.id)
            line = AuditLine(
                now,
                admin.guild_id,
                admin.user_id,
                AuditAction.COLLECTION_REMOVED,
                collection.name,
                before=collection.selector.describe(),
            )
            await unit.audit.add(line)
        return collection

    async def of_guild(self, guild_id: int) -> Sequence[CollectionUse]:
        """All collections of a server, with the requirements that name them."""
        async with self._store.reading() as unit:
            rules = await unit.rules.of_guild(guild_id)
            return [
                CollectionUse(
                    collection,
                    tuple(render(rule.expression) for rule in rules if collection.name in names(rule.expression)),
                )
                for collection in await unit.collections.of_guild(guild_id)
            ]

    async def names_like(self, guild_id: int, typed: str, limit: int) -> Sequence[str]:
        """Collection names that contain what was typed, best first: those that start with it."""
        wanted = typed.strip().lower()
        async with self._store.reading() as unit:
            found = [c.name for c in await unit.collections.of_guild(guild_id) if wanted in c.name]
        return sorted(found, key=lambda name: (not name.startswith(wanted), name))[:limit]


def _named(collections: Sequence[Collection], name: str) -> Collection:
    wanted = name.strip().lower()
    for collection in collections:
        if collection.name == wanted:
            return collection
    known = ", ".join(f"`{collection.name}`" for collection in collections[:20]) or "none yet"
    raise UserError(f"There is no collection `{wanted[:40]}` in this server. It has: {known}.")
